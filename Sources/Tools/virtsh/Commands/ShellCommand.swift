internal import ArgumentParser
internal import LibvirtRemote

/// A command of the shell. Its options are declared for ArgumentParser, and their order and presence in ``syntax``.
protocol ShellCommand: AsyncParsableCommand {
    static var syntax: Syntax { get }
    static var abstract: String { get }
    func run(in shell: Shell) async throws
}

extension ShellCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: syntax.command, abstract: abstract, usage: syntax.usage)
    }

    func run() async throws {
        guard let shell = Shell.current else { throw ShellError("no shell") }
        try await run(in: shell)
    }

    /// The number that an option's text stands for.
    static func number<Value: FixedWidthInteger>(_ text: String?, _ option: String, in range: ClosedRange<Value>)
        throws(ShellError) -> Value?
    {
        guard let text else { return nil }
        guard let value = Value(text), range.contains(value) else {
            throw ShellError("Numeric value '\(text)' for <\(option)> option is malformed or out of range")
        }
        return value
    }

    /// Refuses two options together.
    static func exclude(_ first: (Bool, String), _ second: (Bool, String)) throws(ShellError) {
        if first.0 && second.0 {
            throw ShellError("Options --\(first.1) and --\(second.1) are mutually exclusive")
        }
    }
}

/// Every command, in the order of the help page.
let shellCommands: [any ShellCommand.Type] = [
    ListCommand.self, DominfoCommand.self, DomstateCommand.self, DomidCommand.self, DomnameCommand.self,
    DomuuidCommand.self, DumpxmlCommand.self, DomstatsCommand.self, DefineCommand.self, UndefineCommand.self,
    CreateCommand.self, StartCommand.self, ShutdownCommand.self, RebootCommand.self, DestroyCommand.self,
    SuspendCommand.self, ResumeCommand.self, EventCommand.self, ConsoleCommand.self, ScreenshotCommand.self,
    VolUploadCommand.self, VolDownloadCommand.self, NodeinfoCommand.self, CapabilitiesCommand.self,
    VersionCommand.self, UriCommand.self, HostnameCommand.self,
]
