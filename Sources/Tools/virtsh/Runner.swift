internal import ArgumentParser
internal import LibvirtRemote

/// Runs the commands of one call of the program.
struct Runner: Sendable {
    let shell: Shell
    let isTimed: Bool

    /// - Returns: the exit status: that of the last command, or 1 if the line could not be understood.
    static func run(_ arguments: [String]) async -> Int32 {
        let isTerminal = Terminal.isTerminal(1)
        var output = Output()
        output.style = Style(
            isColored: Style.isColored(isTerminal: isTerminal, environment: Terminal.environment))
        output.errorStyle = Style(
            isColored: Style.isColored(
                isTerminal: isTerminal && Terminal.isTerminal(2), environment: Terminal.environment))
        do {
            let (optionWords, words) = try GlobalWords.split(arguments)
            if optionWords.contains("--help") || optionWords.contains("-h") {
                output.printRaw(HelpPage.program())
                return 0
            }
            // ArgumentParser would answer this one itself, for its own idea of the program.
            let script = "--generate-completion-script="
            if let word = optionWords.first(where: { $0.hasPrefix(script) }) {
                output.printRaw(try CompletionScript.text(for: String(word.dropFirst(script.count))))
                return 0
            }
            let options = try parseGlobals(optionWords)
            output.format = options.output
            output.isQuiet = options.quiet
            if options.wantsVersion {
                VersionText.print(isLong: options.wantsLongVersion, to: output)
                return 0
            }
            return try await run(words, options: options, output: output)
        } catch {
            output.errors(lines(of: error))
            return 1
        }
    }

    static func parseGlobals(_ words: [String]) throws -> GlobalOptions {
        do {
            return try GlobalOptions.parse(words)
        } catch {
            throw ShellError(GlobalOptions.message(for: error))
        }
    }

    private static func run(_ words: [String], options: GlobalOptions, output: Output) async throws -> Int32 {
        var escape = EscapeCharacter.standard
        if let text = options.escape {
            guard let character = EscapeCharacter(text) else {
                throw ShellError("Invalid string '\(text)' for escape sequence")
            }
            escape = character
        }
        let uri = [options.connect, Terminal.environment("VIRSH_DEFAULT_CONNECT_URI")].lazy.compactMap { $0 }
            .first { !$0.isEmpty }
        let session = Session(
            uri: uri, isReadOnly: options.readonly, isInteractive: words.isEmpty,
            options: ConnectOptions(keepaliveInterval: options.keepaliveInterval, count: options.keepaliveCount))
        let runner = Runner(shell: Shell(session: session, output: output, escape: escape), isTimed: options.timing)
        let status: Int32
        if words.isEmpty {
            if options.connect != nil { _ = try await session.connection() }
            await Prompt(runner: runner).run()
            status = 0
        } else {
            // One word may be a line of several commands; several words are one command.
            let lines = words.count == 1 ? try Words.split(words[0]) : [words]
            let commands = try lines.map { try Self.parse($0) }
            // A connection that was asked for is opened at once, and its failure is not one of a command.
            if options.connect != nil, commands.first?.command.name != Command.complete.name {
                _ = try await session.connection()
            }
            do {
                status = try await runner.run(commands)
            } catch {
                status = 0
            }
        }
        await session.close()
        return status
    }

    struct ParsedCommand: Sendable {
        let command: Command
        let arguments: Arguments
        let format: OutputFormat?
    }

    /// Finds the command and checks its words as far as virsh does before it runs anything.
    static func parse(_ words: [String]) throws(ShellError) -> ParsedCommand {
        var words = words
        let name = words.removeFirst()
        guard let command = Command.named(name) else { throw ShellError("unknown command: '\(name)'") }
        let format = command.needsConnection || command.name == "event" ? try takeFormat(from: &words) : nil
        let arguments = try Arguments(words, of: command)
        if arguments.wantsHelp {
            return ParsedCommand(command: .help, arguments: try Arguments([name], of: .help), format: nil)
        }
        return ParsedCommand(command: command, arguments: arguments, format: format)
    }

    /// Takes `--output FORMAT` out of a command's words; no command of virsh's has an option of this name.
    static func takeFormat(from words: inout [String]) throws(ShellError) -> OutputFormat? {
        var format: OutputFormat?
        var index = 0
        while index < words.count, words[index] != "--" {
            let word = words[index]
            guard word == "--output" || word.hasPrefix("--output=") else {
                index += 1
                continue
            }
            let attached = word.hasPrefix("--output=") ? String(word.dropFirst(9)) : nil
            guard let value = attached ?? (index + 1 < words.count ? words[index + 1] : nil) else {
                throw ShellError("expected syntax: --output <text|json>")
            }
            guard let known = OutputFormat(rawValue: value) else {
                throw ShellError("unknown output format '\(value)', expecting 'text' or 'json'")
            }
            format = known
            words.removeSubrange(index..<(index + (attached == nil ? 2 : 1)))
        }
        return format
    }

    /// - Throws: `SessionEnd` if a command ends the shell.
    func run(_ commands: [ParsedCommand]) async throws -> Int32 {
        var status: Int32 = 0
        for command in commands { status = try await run(command) }
        return status
    }

    private func run(_ parsed: ParsedCommand) async throws -> Int32 {
        var shell = shell
        if let format = parsed.format { shell.output.format = format }
        let output = shell.output
        let start = ContinuousClock.now
        var status: Int32 = 0
        do {
            // A command that needs a connection fails without one before it looks at its options, as in virsh.
            if parsed.command.needsConnection { _ = try await shell.connection() }
            try await parsed.command.body(Invocation(shell: shell, arguments: parsed.arguments))
        } catch let end as SessionEnd {
            throw end
        } catch {
            output.errors(Self.lines(of: error))
            status = 1
        }
        if isTimed {
            let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
            output.remarkAlways("\n(Time: \(Decimal.text(elapsed, places: 3)) ms)\n")
        } else {
            output.remark("")
        }
        return status
    }

    /// What an error prints. Texts of ArgumentParser come without its usage lines.
    static func lines(of error: any Error) -> [String] {
        if error is CancellationError { return ["interrupted"] }
        return ShellError.lines(of: error)
    }
}
