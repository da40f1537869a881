internal import ArgumentParser
internal import LibvirtRemote

/// Runs the commands of one call of the program.
struct Runner {
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
                output.printRaw(Virtsh.helpMessage(columns: isTerminal ? Terminal.columns(of: 1) : 80) + "\n")
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
            uri: uri, isReadOnly: options.readonly,
            options: ConnectOptions(keepaliveInterval: options.keepaliveInterval, count: options.keepaliveCount))
        let runner = Runner(shell: Shell(session: session, output: output, escape: escape), isTimed: options.timing)
        let status: Int32
        if words.isEmpty {
            status = await runner.runStandardInput()
        } else {
            // One word may be a line of several commands; several words are one command.
            let lines = words.count == 1 ? try Words.split(words[0]) : [words]
            let commands = try lines.map { try runner.parse($0) }
            // A connection that was asked for is opened at once, and its failure is not one of a command.
            if options.connect != nil { _ = try await session.connection() }
            status = await runner.run(commands)
        }
        await session.close()
        return status
    }

    private struct ParsedCommand {
        let type: any ShellCommand.Type
        let words: [String]
        let format: OutputFormat?
        let isHelp: Bool
    }

    /// Finds the command and checks its words as far as virsh does before it runs anything.
    private func parse(_ words: [String]) throws(ShellError) -> ParsedCommand {
        var words = words
        let name = words.removeFirst()
        if name == "help" {
            guard let topic = words.first else {
                return ParsedCommand(type: ListCommand.self, words: [], format: nil, isHelp: true)
            }
            guard let type = Self.command(topic) else { throw ShellError("command or command group '\(topic)' doesn't exist") }
            return ParsedCommand(type: type, words: [topic], format: nil, isHelp: true)
        }
        guard let type = Self.command(name) else { throw ShellError("unknown command: '\(name)'") }
        let format = try Self.takeFormat(from: &words)
        if words.prefix(while: { $0 != "--" }).contains("--help") {
            return ParsedCommand(type: type, words: [name], format: format, isHelp: true)
        }
        return ParsedCommand(
            type: type, words: try type.syntax.normalize(words), format: format, isHelp: false)
    }

    static func command(_ name: String) -> (any ShellCommand.Type)? {
        shellCommands.first { $0.syntax.command == name }
    }

    /// Takes `--output FORMAT` out of a command's words; no command of virsh's that is here has an option of this name.
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

    private func run(_ commands: [ParsedCommand]) async -> Int32 {
        var status: Int32 = 0
        for command in commands { status = await run(command) }
        return status
    }

    private func run(_ command: ParsedCommand) async -> Int32 {
        var shell = shell
        if let format = command.format { shell.output.format = format }
        let output = shell.output
        if command.isHelp {
            output.printRaw(
                command.words.isEmpty
                    ? Virtsh.helpMessage() : Virtsh.helpMessage(for: command.type))
            output.remark("\n")
            return 0
        }
        let start = ContinuousClock.now
        var status: Int32 = 0
        do {
            // A command that needs a connection fails without one before it looks at its options, as in virsh.
            if command.type.needsConnection(command.words) { _ = try await shell.connection() }
            let parsed = try command.type.parseForShell(command.words)
            try await Shell.$current.withValue(shell) { try await parsed.run(in: shell) }
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

    /// Commands from the standard input: with a prompt on a terminal, else as virsh takes them from a pipe.
    private func runStandardInput() async -> Int32 {
        let output = shell.output
        let isTerminal = Terminal.isTerminal(0)
        if isTerminal && !output.isQuiet {
            output.remark("Welcome to virtsh.\n\nType:  'help' for help with commands\n       'quit' to quit\n")
        }
        var status: Int32 = 0
        while true {
            if isTerminal { output.printRaw(shell.session.isReadOnly ? "virtsh > " : "virtsh # ") }
            guard let line = readLine() else { break }
            do {
                let commands = try Words.split(line)
                if let name = commands.first?.first, name == "quit" || name == "exit" { break }
                status = await run(try commands.map { try parse($0) })
            } catch {
                output.errors(Self.lines(of: error))
                status = 1
            }
        }
        return status
    }

    /// What an error prints. Texts of ArgumentParser come without its usage lines.
    static func lines(of error: any Error) -> [String] {
        if let error = error as? ShellError { return error.lines }
        if error is VirtError { return ShellError.lines(of: error) }
        if error is CancellationError { return ["interrupted"] }
        return ShellError.lines(of: error)
    }
}

extension ShellCommand {
    /// Gives the words of a line their types.
    static func parseForShell(_ words: [String]) throws -> Self {
        do {
            return try parse(words)
        } catch {
            throw ShellError(message(for: error))
        }
    }

    /// Whether the command does nothing without a connection.
    static func needsConnection(_ words: [String]) -> Bool {
        !(syntax.command == "event" && words.contains("--list"))
    }
}
