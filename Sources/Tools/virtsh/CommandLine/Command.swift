/// A command of the shell: its name, its options in virsh's order, and what it does.
///
/// A command is a constant in an extension of this type, in the file of its topic, and is listed in the
/// ``CommandGroup`` of virsh's help page that it belongs to.
struct Command: Sendable {
    typealias Body = @Sendable (Invocation) async throws -> Void

    let name: String
    let summary: String
    let options: [CommandOption]
    /// Whether nothing happens without a connection.
    let needsConnection: Bool
    let body: Body

    init(
        _ name: String, _ summary: String, _ options: [CommandOption] = [], needsConnection: Bool = true,
        _ body: @escaping Body
    ) {
        self.name = name
        self.summary = summary
        self.options = options
        self.needsConnection = needsConnection
        self.body = body
    }

    func option(_ name: String) -> CommandOption? { options.first { $0.name == name } }
}

/// Commands of one kind, as virsh's help page groups them.
struct CommandGroup: Sendable {
    let title: String
    /// What `help KEYWORD` shows it for.
    let keyword: String
    let commands: [Command]

    init(_ title: String, keyword: String, _ commands: [Command]) {
        self.title = title
        self.keyword = keyword
        self.commands = commands
    }

    /// Every group, in the order of the help page.
    static let all: [CommandGroup] = [
        .domain, .monitor, .events, .host, .checkpoint, .interface, .filter, .network, .nodeDevice, .secret, .snapshot,
        .backup, .pool, .volume, .shell,
    ]

    static func named(_ keyword: String) -> CommandGroup? {
        all.first { $0.keyword == keyword || $0.title == keyword }
    }
}

extension Command {
    private static let byName: [String: Command] = {
        var byName: [String: Command] = [:]
        for group in CommandGroup.all {
            for command in group.commands { byName[command.name] = command }
        }
        for command in hidden { byName[command.name] = command }
        for (alias, name) in aliases { byName[alias] = byName[name] }
        return byName
    }()

    /// Older names.
    static let aliases = ["nodedev-dettach": "nodedev-detach"]

    /// Commands that the help page does not list.
    static let hidden: [Command] = [.complete]

    static func named(_ name: String) -> Command? { byName[name] }
}
