internal import ArgumentParser

/// The options before the command: virsh's, and `--output`.
struct GlobalOptions: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp("Hypervisor connection URI.", valueName: "URI"))
    var connect: String?
    @Option(name: [.short, .long], help: ArgumentHelp("Accepted for virsh's sake; 0 to 4.", valueName: "NUM"))
    var debug: Int?
    @Option(
        name: [.short, .long], help: ArgumentHelp("Character that leaves the console, such as ^].", valueName: "char"))
    var escape: String?
    @Option(
        name: [.customShort("k"), .long],
        help: ArgumentHelp("Seconds between keepalive messages; 0: none.", valueName: "NUM"))
    var keepaliveInterval: Int?
    @Option(
        name: [.customShort("K"), .long],
        help: ArgumentHelp("Keepalive messages that may stay unanswered.", valueName: "NUM"))
    var keepaliveCount: Int?
    @Option(help: ArgumentHelp("What commands print: text or json.", valueName: "format"))
    var output: OutputFormat = .text
    @Flag(name: [.short, .long], help: "Print results only.")
    var quiet = false
    @Flag(name: [.short, .long], help: "Connect read-only.")
    var readonly = false
    @Flag(name: [.short, .long], help: "Print how long each command took.")
    var timing = false
    @Flag(name: .short, help: "Short version.")
    var version_ = false
    @Flag(name: .customShort("V"), help: "Long version.")
    var longVersion = false
    @Option(name: .customLong("version"), help: ArgumentHelp("Version; short or long.", valueName: "TYPE"))
    var versionKind: String?

    /// What kind of version was asked for.
    var wantsVersion: Bool { version_ || longVersion || versionKind != nil }
    var wantsLongVersion: Bool { longVersion || versionKind == "long" }
}

/// Separates the options before the command from the command's words, as getopt does for virsh.
enum GlobalWords {
    private static let shortFlags: Set<Character> = ["h", "q", "r", "t", "v", "V"]
    private static let shortOptions: [Character: String] = [
        "c": "connect", "d": "debug", "e": "escape", "k": "keepalive-interval", "K": "keepalive-count", "l": "log",
    ]
    private static let longFlags: Set<String> = ["help", "quiet", "readonly", "timing"]
    private static let longOptions: Set<String> = [
        "connect", "debug", "escape", "keepalive-interval", "keepalive-count", "log", "output",
        "generate-completion-script",
    ]

    /// - Returns: global options in a form that ArgumentParser takes, and the words of the command.
    static func split(_ arguments: [String]) throws(ShellError) -> (options: [String], command: [String]) {
        var options: [String] = []
        var index = arguments.startIndex
        func value(_ attached: String?, _ names: String) throws(ShellError) -> String {
            if let attached { return attached }
            guard index < arguments.endIndex else { throw ShellError("option \(names) requires an argument") }
            defer { index += 1 }
            return arguments[index]
        }

        while index < arguments.endIndex {
            let word = arguments[index]
            if word == "--" {
                index += 1
                break
            }
            guard word.hasPrefix("-"), word.count > 1 else { break }
            index += 1
            if word.hasPrefix("--") {
                let body = word.dropFirst(2)
                let sign = body.firstIndex(of: "=")
                let name = String(body[..<(sign ?? body.endIndex)])
                let attached = sign.map { String(body[body.index(after: $0)...]) }
                if name == "version" {
                    options.append("--version=\(attached ?? "short")")
                } else if longFlags.contains(name), attached == nil {
                    options.append("--\(name)")
                } else if longOptions.contains(name) {
                    let short = shortOptions.first { $0.value == name }.map { "'-\($0.key)'/" } ?? ""
                    try add(name, try value(attached, "\(short)'--\(name)'"), "--\(name)", to: &options)
                } else {
                    throw ShellError("unsupported option '\(word)'. See --help.")
                }
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                if shortFlags.contains(letter) {
                    options.append("-\(letter)")
                } else if let name = shortOptions[letter] {
                    let attached = letters.isEmpty ? nil : String(letters)
                    letters = ""
                    try add(name, try value(attached, "'-\(letter)'/'--\(name)'"), "-\(letter)", to: &options)
                } else {
                    throw ShellError("unsupported option '-\(letter)'. See --help.")
                }
            }
        }
        return (options, Array(arguments[index...]))
    }

    private static func add(
        _ name: String, _ value: String, _ written: String, to options: inout [String]
    ) throws(ShellError) {
        switch name {
        case "log": return
        case "debug", "keepalive-interval", "keepalive-count":
            guard let number = Int(value) else {
                throw ShellError(
                    name == "debug"
                        ? "option -d takes a numeric argument" : "Invalid value for option \(written)")
            }
            if number < 0 { throw ShellError("option \(written) requires a positive integer argument") }
        default: break
        }
        // ArgumentParser takes no empty value behind `=`, and no value that looks like an option elsewhere.
        options += value.isEmpty ? ["--\(name)", ""] : ["--\(name)=\(value)"]
    }
}
