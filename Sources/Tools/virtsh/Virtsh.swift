internal import ArgumentParser
internal import LibvirtRemote

/// The program, for its help page; lines run through ``Main``.
struct Virtsh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "virtsh",
        abstract: "Manage virtual machines of a libvirt daemon.",
        usage: """
            virtsh [options] <command> [arguments ...]
            virtsh [options] '<command> [arguments]; <command> ...'
            """,
        discussion: """
            Options and texts are virsh's. With --output json, before or after the command, results are JSON: \
            docs/virtsh.md describes it. Without a command, commands are read from the standard input.
            """,
        subcommands: shellCommands)

    @OptionGroup var options: GlobalOptions
}

@main
struct Main {
    static func main() async {
        Terminal.useLocaleOfEnvironment()
        Terminal.ignoreBrokenPipes()
        let arguments = Array(CommandLine.arguments.dropFirst())
        Terminal.exit(await Runner.run(arguments))
    }
}
