internal import LibvirtRemote

/// The shell without a command: lines from the standard input, with a prompt before each.
struct Prompt: Sendable {
    let runner: Runner

    func run() async {
        let output = runner.shell.output
        if !output.isQuiet {
            output.printRaw(
                """
                Welcome to virtsh, the shell of swift-libvirt.

                Type:  'help' for help with commands
                       'quit' to quit


                """)
        }
        let reader = LineReader(completer: { line in await LineCompletion.candidates(of: line, in: runner.shell) })
        defer { reader.saveHistory() }
        while true {
            let prompt = await runner.shell.session.isReadOnly ? "virtsh > " : "virtsh # "
            guard let line = reader.read(prompt: prompt) else {
                output.printRaw("\n")
                return
            }
            if line.isEmpty { continue }
            do {
                let commands = try Words.split(line).map { try Runner.parse($0) }
                _ = try await runner.run(commands)
            } catch is SessionEnd {
                return output.printRaw("\n")
            } catch {
                output.errors(Runner.lines(of: error))
            }
        }
    }
}
