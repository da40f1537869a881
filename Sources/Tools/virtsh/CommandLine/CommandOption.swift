/// An option of a command, in virsh's terms: its name, where it may stand, and what it takes.
struct CommandOption: Sendable {
    enum Kind: Sendable, Equatable {
        /// Takes no value.
        case flag
        /// Takes a value, by name or by position.
        case text, number
        /// Takes a value, usually by position; the help page names it so.
        case data
        /// Takes all the words that are left.
        case rest
        /// Another name of an option that is declared before or after it; `name` or `name=value`.
        case alias(String)
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    /// Whether a word without `--name` may fill it.
    let isPositional: Bool
    let allowsEmpty: Bool
    let summary: String
    let completion: Completion

    init(
        _ name: String, _ kind: Kind, _ summary: String, isRequired: Bool = false, isPositional: Bool = true,
        allowsEmpty: Bool = false, completion: Completion = .none
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = isRequired
        self.isPositional = isPositional
        self.allowsEmpty = allowsEmpty
        self.completion = completion
    }

    static func flag(_ name: String, _ summary: String) -> CommandOption {
        CommandOption(name, .flag, summary, isPositional: false)
    }
    /// A value that must be there.
    static func required(
        _ name: String, _ summary: String, empty: Bool = false, _ completion: Completion = .none
    ) -> CommandOption {
        CommandOption(name, .data, summary, isRequired: true, allowsEmpty: empty, completion: completion)
    }
    static func text(
        _ name: String, _ summary: String, empty: Bool = false, _ completion: Completion = .none
    ) -> CommandOption {
        CommandOption(name, .text, summary, allowsEmpty: empty, completion: completion)
    }
    /// A value that is given by name only.
    static func named(
        _ name: String, _ summary: String, empty: Bool = false, _ completion: Completion = .none
    ) -> CommandOption {
        CommandOption(name, .text, summary, isPositional: false, allowsEmpty: empty, completion: completion)
    }
    static func number(_ name: String, _ summary: String, required: Bool = false) -> CommandOption {
        CommandOption(name, .number, summary, isRequired: required)
    }
    static func namedNumber(_ name: String, _ summary: String) -> CommandOption {
        CommandOption(name, .number, summary, isPositional: false)
    }
    static func rest(
        _ name: String, _ summary: String, required: Bool = false, _ completion: Completion = .none
    ) -> CommandOption {
        CommandOption(name, .rest, summary, isRequired: required, completion: completion)
    }
    static func alias(_ name: String, of other: String) -> CommandOption {
        CommandOption(name, .alias(other), "", isPositional: false)
    }

    /// The word for its value in complaints.
    var valueName: String { kind == .number ? "number" : "string" }

    /// How a synopsis writes it; `isFirst`: no value comes before it.
    func synopsis(isFirst: Bool) -> String? {
        switch kind {
        case .rest where isFirst: name == "string" ? "[<string>]..." : "[<\(name)>]..."
        case .flag: "[--\(name)]"
        case .text: "[--\(name) <string>]"
        case .number: isRequired ? "<\(name)>" : "[--\(name) <number>]"
        case .data: isRequired ? "<\(name)>" : "[<\(name)>]"
        case .rest: isRequired ? "{[--\(name)] <string>}..." : "[[--\(name)] <string>]..."
        case .alias: nil
        }
    }

    /// How the list of options on a help page writes it.
    func heading(isFirst: Bool) -> String? {
        switch kind {
        case .rest where isFirst: "<\(name)>"
        case .flag: "--\(name)"
        case .text: "--\(name) <string>"
        case .number: isRequired ? "[--\(name)] <number>" : "--\(name) <number>"
        case .data: isRequired ? "[--\(name)] <string>" : "--\(name) <string>"
        case .rest: "[--\(name)] <string>"
        case .alias: nil
        }
    }
}

extension CommandOption {
    static let domain = required("domain", "Name, id or UUID of the domain.", .domains)
    static let network = required("network", "Name or UUID of the network.", .networks)
    static let pool = required("pool", "Name or UUID of the storage pool.", .pools)
    static let volume = required("vol", "Name, key or path of the volume.", .volumes)
    static let poolOfVolume = text("pool", "Name or UUID of the volume's pool.", .pools)
    static let interface = required("interface", "Name or MAC address of the host's interface.", .interfaces)
    static let secret = required("secret", "UUID of the secret.", .secrets)
    static let nwfilter = required("nwfilter", "Name or UUID of the filter.", .nwfilters)
    static let device = required("device", "Name of the device, or wwnn,wwpn of a virtual HBA.", .nodeDevices)
    static let config = flag("config", "Change what the next start takes.")
    static let live = flag("live", "Change the running domain.")
    static let current = flag("current", "Change the domain as it is now, running or not.")
    static let persistent = flag("persistent", "Change the running domain and what the next start takes.")
    static let xpath = named("xpath", "Print only what this XPath expression selects.")
    static let wrap = flag("wrap", "Put what --xpath selects into one element.")
    static let validate = flag("validate", "Check the XML against the schema.")
    static func file(_ summary: String) -> CommandOption { required("file", summary, .files) }
    static func file(_ name: String, _ summary: String) -> CommandOption { required(name, summary, .files) }
}
