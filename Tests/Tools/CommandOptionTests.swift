import LibvirtRemote
import Testing

@testable import virtsh

@Suite struct CommandOptionTests {
    private func parse<Command: ShellCommand>(_ type: Command.Type, _ line: String) throws -> Command {
        try type.parseForShell(try type.syntax.normalize(line.split(separator: " ").map(String.init)))
    }

    private static let filters: [(String, UInt32)] = [
        ("", 1), ("--inactive", 2), ("--all", 3), ("--all --inactive", 3), ("--state-shutoff", 1 | 64 | 2),
        ("--persistent", 1 | 4), ("--all --with-managed-save --no-autostart", 3 | 256 | 2048),
        ("--with-snapshot --without-checkpoint", 1 | 4096 | 32768),
    ]

    @Test(arguments: filters)
    func listFilters(line: String, flags: UInt32) throws {
        #expect(try parse(ListCommand.self, line).filter.rawValue == flags)
    }

    private static let statisticsLines: [(String, UInt32, UInt32)] = [
        ("", 0, 0), ("--state --vm", 1 | 1 << 10, 0), ("--raw --balloon a b", 4, 0),
        ("--enforce --backing --nowait", 0, 0xe000_0000), ("--list-active --list-other", 0, 1 | 128),
    ]

    @Test(arguments: statisticsLines)
    func statistics(line: String, groups: UInt32, flags: UInt32) throws {
        let command = try parse(DomstatsCommand.self, line)
        #expect(command.groups == groups)
        #expect(command.flags.rawValue == flags)
    }

    @Test func statisticsOfDomains() throws {
        #expect(try parse(DomstatsCommand.self, "--state a b --raw -- --c").domains == ["a", "b", "--c"])
    }

    @Test func startFlags() throws {
        #expect(try parse(StartCommand.self, "x --paused --force-boot").flags == [.paused, .forceBoot])
        #expect(try parse(CreateCommand.self, "f --validate --autodestroy").flags == [.validate, .autodestroy])
        #expect(try parse(UndefineCommand.self, "x --nvram --managed-save").flags == [.nvram, .managedSave])
        #expect(try parse(DumpxmlCommand.self, "x --security-info --inactive").flags == [.secure, .inactive])
    }

    @Test func stopModes() throws {
        #expect(try StopMode.bits(nil, choices: "") == 0)
        #expect(try StopMode.bits("acpi,agent", choices: "") == 3)
        #expect(try parse(ShutdownCommand.self, "x paravirt").mode == "paravirt")
        #expect(throws: ShellError.self) { try StopMode.bits("acpi,", choices: "") }
    }

    @Test func events() throws {
        #expect(try parse(EventCommand.self, "--event io-error").chosenEvents() == [4])
        #expect(try parse(EventCommand.self, "--all").chosenEvents() == Array(0...26))
        #expect(try parse(EventCommand.self, "--event nic-mac-change").chosenEvents() == [27])
        #expect(throws: ShellError.self) { try parse(EventCommand.self, "--event none").chosenEvents() }
        #expect(throws: ShellError.self) { try parse(EventCommand.self, "").chosenEvents() }
    }

    @Test func numbers() throws {
        #expect(try ScreenshotCommand.number("7", "screen", in: 0...UInt32.max) == 7)
        #expect(try ScreenshotCommand.number(nil, "screen", in: 0...UInt32.max) == nil)
        #expect(throws: ShellError.self) { try ScreenshotCommand.number("-1", "screen", in: 0...UInt32.max) }
    }

    @Test func screenshotNames() {
        let time = LocalTime(seconds: 1_795_390_538, isUTC: true)
        let name = { ScreenshotCommand.fileName(domain: "test", type: $0, time: time) }
        #expect(name("image/png") == "test-2026-11-22-23:35:38.png")
        #expect(name("image/x-portable-pixmap") == "test-2026-11-22-23:35:38.ppm")
        #expect(name("image/other") == "test-2026-11-22-23:35:38")
        #expect(name(nil) == "test-2026-11-22-23:35:38")
        #expect(LocalTime(seconds: 0, milliseconds: 7, isUTC: true).stamp == "1970-01-01 00:00:00.007+0000")
    }
}
