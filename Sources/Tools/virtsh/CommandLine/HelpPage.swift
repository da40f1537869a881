/// Pages of `help`: of everything, of a group, of a command.
enum HelpPage {
    static func overview() -> String {
        "Grouped commands:\n\n" + CommandGroup.all.map { self.group($0) + "\n" }.joined()
    }

    static func group(_ group: CommandGroup) -> String {
        var text = " \(group.title) (help keyword '\(group.keyword)'):\n"
        for command in group.commands { text += "    \(command.name.padded(to: 30)) \(command.summary)\n" }
        return text
    }

    /// The line of a command's options.
    static func synopsis(_ command: Command) -> String {
        ([command.name] + parts(command).compactMap { $0.synopsis(isFirst: $1) }).joined(separator: " ")
    }

    /// The options, and of each whether no value comes before it.
    private static func parts(_ command: Command) -> [(CommandOption, Bool)] {
        var isFirst = true
        return command.options.map { option in
            defer { if option.isPositional { isFirst = false } }
            return (option, isFirst)
        }
    }

    static func command(_ command: Command) -> String {
        var text = "  NAME\n    \(command.name) - \(command.summary)\n\n  SYNOPSIS\n    \(synopsis(command))\n"
        let options = parts(command).compactMap { part in
            part.0.heading(isFirst: part.1).map { ($0, part.0.summary) }
        }
        if !options.isEmpty { text += "\n  OPTIONS\n" }
        for (heading, summary) in options { text += "    \(heading.padded(to: 15))  \(summary)\n" }
        return text + "\n"
    }

    /// What `--help` of the program itself prints.
    static func program() -> String {
        """

        virtsh [options]... [<command_string>]
        virtsh [options]... <command> [args...]

          options:
            -c | --connect=URI      URI of the hypervisor
            -d | --debug=NUM        accepted for virsh's sake
            -e | --escape <char>    character that leaves the console
            -h | --help             this page
            -k | --keepalive-interval=NUM
                                    seconds between keepalive messages, 0 for none
            -K | --keepalive-count=NUM
                                    keepalive messages that may stay unanswered
            -l | --log=FILE         accepted for virsh's sake
            -q | --quiet            print results only
            -r | --readonly         connect read-only
            -t | --timing           print how long each command took
                 --output=FORMAT    what commands print: text or json
                 --generate-completion-script=SHELL
                                    print a script for bash, zsh or fish
            -v                      short version
            -V                      long version
                 --version[=TYPE]   version, TYPE is short or long (default short)
          commands (non interactive mode):


        """
            + CommandGroup.all.map { group($0) + "\n" }.joined()
            + "  (help <group> tells of the commands in the group)\n\n  (help <command> tells of the command)\n\n"
    }
}
