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

    @Test(arguments: [
        (["test"], ["--domain=test"]), (["--domain", "test"], ["--domain=test"]), (["--domain=test"], ["--domain=test"]),
        (["--xpath", "//name", "test", "--wrap"], ["--xpath=//name", "--domain=test", "--wrap"]),
        (["--", "--odd"], ["--domain=--odd"]), (["-x"], ["--domain=-x"]),
    ])
    func normalizes(words: [String], line: [String]) throws {
        #expect(try DumpxmlCommand.syntax.normalize(words) == line)
    }

    @Test(arguments: [
        ([], "command 'dumpxml' requires <domain> option"), (["a", "b"], "unexpected data 'b'"),
        (["--bogus"], "command 'dumpxml' doesn't support option --bogus"),
        (["--xpath"], "expected syntax: --xpath <string>"), (["--inactive=yes", "a"], "invalid '=' after option --inactive"),
        (["--domain=a", "--domain", "b"], "option --domain already seen"),
    ])
    func refuses(words: [String], line: String) {
        #expect(failure { _ = try DumpxmlCommand.syntax.normalize(words) } == [line])
    }

    @Test func namesEachMissingOption() {
        #expect(
            failure { _ = try VolUploadCommand.syntax.normalize([]) } == [
                "command 'vol-upload' requires <vol> option", "command 'vol-upload' requires <file> option",
            ])
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
        (["-x"], "unsupported option '-x'. See --help."), (["--foo", "list"], "unsupported option '--foo'. See --help."),
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

    /// ArgumentParser knows exactly the options that the syntax table has.
    @Test(arguments: shellCommands.map { $0.syntax.command })
    func everyOptionIsDeclared(command: String) throws {
        let type = try #require(Runner.command(command))
        var words = type.syntax.flags.map { "--\($0)" }
        for operand in type.syntax.operands {
            words.append(operand.presence == .rest ? "word" : "--\(operand.name)=1")
        }
        _ = try type.parseForShell(try type.syntax.normalize(words))
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
