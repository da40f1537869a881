import LibvirtRemote
import Testing

@testable import virtsh

@Suite struct CommandOptionTests {
    /// A run of a command that never gets as far as a connection.
    private func invocation(_ command: Command, _ line: String) throws -> Invocation {
        let session = Session(uri: nil, isReadOnly: false, options: ConnectOptions(keepaliveInterval: nil, count: nil))
        let words = line.split(separator: " ").map(String.init)
        return Invocation(
            shell: Shell(session: session, output: Output()), arguments: try Arguments(words, of: command))
    }

    private static let filters: [(String, UInt32)] = [
        ("", 1), ("--inactive", 2), ("--all", 3), ("--all --inactive", 3), ("--state-shutoff", 1 | 64 | 2),
        ("--persistent", 1 | 4), ("--all --with-managed-save --no-autostart", 3 | 256 | 2048),
        ("--with-snapshot --without-checkpoint", 1 | 4096 | 32768),
    ]

    @Test(arguments: filters)
    func listFilters(line: String, flags: UInt32) throws {
        #expect(DomainListing(call: try invocation(.list, line)).filter.rawValue == flags)
    }

    private static let statisticsLines: [(String, UInt32, UInt32)] = [
        ("", 0, 0), ("--state --vm", 1 | 1 << 10, 0), ("--raw --balloon a b", 4, 0),
        ("--enforce --backing --nowait", 0, 0xe000_0000), ("--list-active --list-other", 0, 1 | 128),
    ]

    @Test(arguments: statisticsLines)
    func statistics(line: String, groups: UInt32, flags: UInt32) throws {
        let call = try invocation(.domstats, line)
        #expect(DomainStatistics.groups(call) == groups)
        #expect(DomainStatistics.flags(call).rawValue == flags)
    }

    @Test func statisticsOfDomains() throws {
        #expect(try invocation(.domstats, "--state a b --raw -- --c").rest == ["a", "b", "--c"])
    }

    @Test func impact() throws {
        #expect(try invocation(.memtune, "x --live --config").impact() == [.live, .config])
        #expect(try invocation(.memtune, "x --current").impact() == [])
        #expect(throws: ShellError.self) { try invocation(.memtune, "x --live --current").impact() }
    }

    @Test func stopModes() throws {
        #expect(try StopMode.bits(nil, choices: "") == 0)
        #expect(try StopMode.bits("acpi,agent", choices: "") == 3)
        #expect(try invocation(.shutdown, "x paravirt").text("mode") == "paravirt")
        #expect(throws: ShellError.self) { try StopMode.bits("acpi,", choices: "") }
    }

    @Test func events() throws {
        #expect(try DomainEventNames.chosen(isAll: false, name: "io-error") == [4])
        #expect(try DomainEventNames.chosen(isAll: true, name: nil) == Array(0...26))
        #expect(try DomainEventNames.chosen(isAll: false, name: "nic-mac-change") == [27])
        #expect(throws: ShellError.self) { try DomainEventNames.chosen(isAll: false, name: "none") }
        #expect(throws: ShellError.self) { try DomainEventNames.chosen(isAll: false, name: nil) }
    }

    @Test func numbers() throws {
        #expect(try invocation(.screenshot, "x --screen 7").integer("screen", as: UInt32.self) == 7)
        #expect(try invocation(.screenshot, "x").integer("screen", as: UInt32.self) == nil)
        #expect(throws: ShellError.self) {
            try invocation(.screenshot, "x --screen -1").integer("screen", as: UInt32.self)
        }
        #expect(try invocation(.setmem, "x 2M").size("size", unit: 1024) == 2 << 20)
        #expect(try invocation(.setmem, "x 2").size("size", unit: 1024) == 2048)
    }

    private static let scaled: [(String, UInt64, UInt64?)] = [
        ("1", 1024, 1024), ("1k", 1, 1024), ("3KB", 1, 3000), ("1GiB", 1, 1_073_741_824), ("7b", 1024, 7),
        ("7bytes", 1024, 7), ("", 1, nil), ("x", 1, nil), ("1x", 1, nil), ("1kk", 1, nil),
        ("18446744073709551616", 1, nil), ("17E", 1, nil),
    ]

    @Test(arguments: scaled)
    func scaledNumbers(text: String, unit: UInt64, bytes: UInt64?) {
        #expect((try? ScaledNumber.bytes(text, unit: unit, limit: .max)) == bytes)
    }

    @Test func screenshotNames() {
        let time = LocalTime(seconds: 1_795_390_538, isUTC: true)
        let name = { Screenshot.fileName(domain: "test", type: $0, time: time) }
        #expect(name("image/png") == "test-2026-11-22-23:35:38.png")
        #expect(name("image/x-portable-pixmap") == "test-2026-11-22-23:35:38.ppm")
        #expect(name("image/other") == "test-2026-11-22-23:35:38")
        #expect(name(nil) == "test-2026-11-22-23:35:38")
        #expect(LocalTime(seconds: 0, milliseconds: 7, isUTC: true).stamp == "1970-01-01 00:00:00.007+0000")
    }

    private static let lists: [(String, [Int])] = [
        ("0-2", [0, 1, 2]), ("0-4,^2", [0, 1, 3, 4]), ("r", [0, 1, 2, 3]), ("7", [7]), ("^1", []), ("x", []),
        ("3-1", []),
        ("99999", []), ("", []),
    ]

    @Test(arguments: lists)
    func processorLists(text: String, members: [Int]) {
        let map = CPUMap(text, count: 4)
        let found: [Int] = map.map { map in map.members.indices.filter { map.members[$0] } } ?? []
        #expect(found == members)
    }

    @Test func processorMaps() {
        let map = CPUMap(bytes: [0b1011, 1], count: 10)
        #expect(map.ranges == "0-1,3,8")
        #expect(map.letters == "yy-y----y-")
        #expect(map.bytes == [0b1011, 1])
    }
}
