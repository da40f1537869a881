import Testing

@testable import virtsh

@Suite struct CommandLineTests {
    private func failure(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch {
            return ShellError.lines(of: error)
        }
    }

    @Test(arguments: [
        ("list --all; uri", [["list", "--all"], ["uri"]]), ("a 'b c' \"d \\\" e\"", [["a", "b c", "d \" e"]]),
        (" ; ;a;", [["a"]]), ("a\\ b", [["a b"]]), ("a '' b", [["a", "", "b"]]), ("a # rest\nb", [["a"], ["b"]]),
        ("x#y", [["x#y"]]),
    ])
    func words(text: String, commands: [[String]]) throws {
        #expect(try Words.split(text) == commands)
    }

    @Test func openQuote() {
        #expect(failure { _ = try Words.split("dominfo \"te") } == ["missing \""])
        #expect(failure { _ = try Words.split("a\\") } == ["dangling \\"])
    }

    private static let sorted: [([String], [String: String], Set<String>)] = [
        (["test"], ["domain": "test"], []), (["--domain", "test"], ["domain": "test"], []),
        (["--domain=test"], ["domain": "test"], []),
        (["--xpath", "//name", "test", "--wrap"], ["xpath": "//name", "domain": "test"], ["wrap"]),
        (["--", "--odd"], ["domain": "--odd"], []), (["-x"], ["domain": "-x"], []),
    ]

    @Test(arguments: sorted)
    func sorts(words: [String], values: [String: String], flags: Set<String>) throws {
        let arguments = try Arguments(words, of: .dumpxml)
        #expect(arguments.values == values)
        #expect(arguments.flags == flags)
    }

    @Test(arguments: [
        ([], "command 'dumpxml' requires <domain> option"), (["a", "b"], "unexpected data 'b'"),
        (["--bogus"], "command 'dumpxml' doesn't support option --bogus"),
        (["--xpath"], "expected syntax: --xpath <string>"),
        (["--inactive=yes", "a"], "invalid '=' after option --inactive"),
        (["--domain=a", "--domain", "b"], "option --domain already seen"),
    ])
    func refuses(words: [String], line: String) {
        #expect(failure { _ = try Arguments(words, of: .dumpxml) } == [line])
    }

    @Test func namesEachMissingOption() {
        #expect(
            failure { _ = try Arguments([], of: .volUpload) } == [
                "command 'vol-upload' requires <vol> option", "command 'vol-upload' requires <file> option",
            ])
    }

    @Test func otherNamesOfOptions() throws {
        #expect(
            try Arguments(["--total_bytes_sec", "1", "a", "b"], of: .blkdeviotune).values["total-bytes-sec"] == "1")
        let raw = try Arguments(["--raw", "a", "b"], of: .blockcopy)
        #expect(raw.values == ["format": "raw", "domain": "a", "path": "b"])
        #expect(try Arguments(["a", "1"], of: .sendKey).rest == ["1"])
    }

    @Test func helpOfACommand() throws {
        #expect(try Runner.parse(["list", "--help"]).command.name == "help")
        #expect(
            HelpPage.synopsis(.sendKey)
                == "send-key <domain> [--codeset <string>] [--holdtime <number>] {[--keycode] <string>}...")
        #expect(HelpPage.synopsis(.domid) == "domid <domain>")
    }

    @Test(arguments: [("a,b", ["a", "b"]), ("a,,b,c", ["a,b", "c"]), ("", [""]), ("a,", ["a", ""])])
    func lists(text: String, values: [String]) {
        #expect(OptionList.split(text) == values)
    }

    @Test(arguments: [
        (["-c", "test:///default", "list", "--all"], ["--connect=test:///default"], ["list", "--all"]),
        (["-rqc", "x", "uri"], ["-r", "-q", "--connect=x"], ["uri"]), (["-cx", "uri"], ["--connect=x"], ["uri"]),
        (["--connect=x", "--", "uri"], ["--connect=x"], ["uri"]), (["--version"], ["--version=short"], []),
        (["--version=long"], ["--version=long"], []), (["--output", "json", "uri"], ["--output=json"], ["uri"]),
        (["-k", "0", "-K3", "-t", "uri"], ["--keepalive-interval=0", "--keepalive-count=3", "-t"], ["uri"]),
    ])
    func globals(arguments: [String], options: [String], command: [String]) throws {
        let split = try GlobalWords.split(arguments)
        #expect(split.options == options)
        #expect(split.command == command)
        _ = try Runner.parseGlobals(split.options)
    }

    @Test(arguments: [
        (["-x"], "unsupported option '-x'. See --help."),
        (["--foo", "list"], "unsupported option '--foo'. See --help."),
        (["-c"], "option '-c'/'--connect' requires an argument"), (["-k", "x"], "Invalid value for option -k"),
        (["-K", "-3"], "option -K requires a positive integer argument"),
    ])
    func globalRefusals(arguments: [String], line: String) {
        #expect(failure { _ = try GlobalWords.split(arguments) } == [line])
    }

    @Test func outputOptionAnywhereInALine() throws {
        var words = ["test", "--output", "json", "--inactive"]
        #expect(try Runner.takeFormat(from: &words) == .json)
        #expect(words == ["test", "--inactive"])
        words = ["--", "--output"]
        #expect(try Runner.takeFormat(from: &words) == nil)
        #expect(words == ["--", "--output"])
    }

    /// Every name is there once, and no option twice in a command.
    @Test func commandsAreDistinct() {
        let commands = CommandGroup.all.flatMap(\.commands)
        #expect(commands.count > 270)
        #expect(Set(commands.map(\.name)).count == commands.count)
        for command in commands {
            #expect(Set(command.options.map(\.name)).count == command.options.count, "\(command.name)")
        }
    }

    /// In virsh's words: what may be left out comes after what must be there, and a rest comes last.
    @Test func optionsAreInOrder() {
        for command in CommandGroup.all.flatMap(\.commands) {
            let positional = command.options.filter(\.isPositional)
            let required = positional.prefix { $0.isRequired || $0.kind == .rest }
            let others = positional.dropFirst(required.count)
            #expect(others.allSatisfy { !$0.isRequired || $0.kind == .rest }, "\(command.name)")
            #expect(command.options.dropLast().allSatisfy { $0.kind != .rest }, "\(command.name)")
        }
    }

    @Test(arguments: [
        ("^]", EscapeCharacter(byte: 0x1d), "^] (Ctrl + ])"), ("^a", EscapeCharacter(byte: 1), "^A (Ctrl + A)"),
        ("~", EscapeCharacter(byte: 0x7e), "~"),
    ])
    func escapeCharacters(text: String, character: EscapeCharacter, explanation: String) {
        #expect(EscapeCharacter(text) == character)
        #expect(character.explanation == explanation)
    }

    @Test(arguments: ["", "^", "^1", "ab"])
    func noEscapeCharacter(text: String) {
        #expect(EscapeCharacter(text) == nil)
    }
}
