#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension CommandGroup {
    static let shell = CommandGroup(
        "Virsh itself", keyword: "virsh", [.cd, .echo, .exit, .help, .pwd, .quit, .connect])
}

extension Command {
    static let cd = Command(
        "cd", "Change the current directory.", [.text("dir", "Directory; the user's home if there is none.", .files)],
        needsConnection: false
    ) { call in
        guard call.shell.session.isInteractive else { throw ShellError("cd: command valid only in interactive mode") }
        let directory = try call.text("dir") ?? Terminal.environment("HOME") ?? "/"
        guard chdir(directory) == 0 else {
            throw ShellError("cd: \(String(cString: strerror(errno))): \(directory)")
        }
    }

    static let pwd = Command("pwd", "Print the current directory.", needsConnection: false) { call in
        guard let path = getcwd(nil, 0) else {
            throw ShellError("pwd: cannot get current directory: \(String(cString: strerror(errno)))")
        }
        defer { free(path) }
        call.output.print(String(cString: path))
    }

    static let echo = Command(
        "echo", "Print words.",
        [
            .flag("shell", "Quoted for a shell."), .flag("xml", "Escaped for XML."),
            .flag("split", "Split each word at commas."), .flag("err", "On standard error."),
            .alias("str", of: "string"),
            .alias("hi", of: "string=hello"), .rest("string", "Words to print."),
        ], needsConnection: false
    ) { call in
        try call.exclude("shell", "xml")
        try call.exclude("shell", "split")
        try call.exclude("xml", "split")
        var words: [String] = []
        for word in call.rest {
            if call.has("xml") {
                words.append(XMLText.escape(word))
            } else if call.has("shell") {
                words.append(shellQuoted(word))
            } else if call.has("split") {
                words.append(OptionList.split(word).joined(separator: "\n") + "\n")
            } else {
                words.append(word)
            }
        }
        let text = words.joined(separator: " ")
        // The end of the command ends the line.
        call.has("err") ? call.output.errors([text]) : call.output.printRaw(text)
    }

    /// A word that a POSIX shell reads as it is.
    private static func shellQuoted(_ word: String) -> String {
        let special = " \t\n\r!$&'\"\\()*;<>?[]^`{|}~#="
        guard word.isEmpty || word.contains(where: { special.contains($0) }) else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    static let exit = Command("exit", "Leave this shell.", needsConnection: false) { _ in throw SessionEnd() }
    static let quit = Command("quit", "Leave this shell.", needsConnection: false) { _ in throw SessionEnd() }

    static let help = Command(
        "help", "Explain a command, a group of commands or all of them.",
        [.text("command", "Name of a command, or keyword of a group.", .commands)], needsConnection: false
    ) { call in
        guard let name = try call.text("command") else { return call.output.printRaw(HelpPage.overview()) }
        if let command = named(name) {
            call.output.printRaw(HelpPage.command(command))
        } else if let group = CommandGroup.named(name) {
            call.output.printRaw(HelpPage.group(group))
        } else {
            throw ShellError("command or command group '\(name)' doesn't exist")
        }
    }

    static let connect = Command(
        "connect", "Connect with a hypervisor, instead of the one before.",
        [
            .text("name", "URI of the hypervisor.", empty: true), .flag("readonly", "Connect read-only."),
        ], needsConnection: false
    ) { call in
        try await call.shell.session.reconnect(to: try call.text("name"), readOnly: call.has("readonly"))
    }
}
