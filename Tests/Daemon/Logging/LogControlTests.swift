import Glibc
import Libvirt
import Logging
import Testing

@testable import VirtDaemon

@Suite struct LogControlTests {
    private let directory = TemporaryDirectory()

    /// A log into file `log`.
    private func control(
        _ level: LogPriority = .warning, _ filters: String = "", introduction: [String] = []
    ) throws -> LogControl {
        try LogControl(
            LogControl.Settings(level: level, filters: try LogFilter.parse(filters)),
            defaultOutput: LogOutput(priority: .debug, destination: .file(directory.file("log"))),
            introduction: introduction)
    }

    /// The lines of a file without time and thread.
    private func lines(_ name: String = "log") -> [String] {
        directory.text(name).split(separator: "\n").map { line in
            line.split(separator: ": ", maxSplits: 2).last.map(String.init) ?? ""
        }
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00.000+0000"), (951_782_399_999, "2000-02-28 23:59:59.999+0000"),
        (951_782_400_000, "2000-02-29 00:00:00.000+0000"), (1_795_387_381_012, "2026-11-22 22:43:01.012+0000"),
        (4_107_542_400_000, "2100-03-01 00:00:00.000+0000"), (-1, "1969-12-31 23:59:59.999+0000"),
    ] as [(Int64, String)])
    func timestamps(_ milliseconds: Int64, _ expected: String) {
        #expect(LogRecord.timestamp(milliseconds) == expected)
    }

    @Test func lineFormat() {
        let record = LogRecord(
            priority: .info, label: "daemon", place: .init(function: "open(_:flags:)", file: "M/F.swift", line: 27),
            message: "hello", milliseconds: 1_795_387_381_123, threadID: 1234)
        #expect(record.line == "2026-11-22 22:43:01.123+0000: 1234: info : open:27 : hello\n")
        let bare = LogRecord(priority: .error, label: "", message: "x", milliseconds: 0, threadID: 1)
        #expect(bare.line == "1970-01-01 00:00:00.000+0000: 1: error : x\n")
    }

    @Test(arguments: [
        ("plain é", "plain é"), ("a\nb\r\u{1b}[0m\tc\u{85}", "a\\nb\\r\\x1b[0m\\tc\\x85"),
    ])
    func textsStayOnOneLine(_ text: String, _ expected: String) {
        #expect(LogRecord.printable(text) == expected.replacing("\\t", with: "\t"))
    }

    @Test func longTextsAreCut() {
        let text = LogRecord.printable(String(repeating: "é", count: 100_000))
        #expect(text.utf8.count < LogRecord.longestMessage + 8)
        #expect(text.hasSuffix("é…"))
    }

    @Test func levelsFiltersAndMetadata() throws {
        let control = try control(.warning, "1:qemu 4:rpc.noisy")
        var daemon = control.logger("daemon")
        daemon[metadataKey: "client"] = "7"
        let qemu = control.logger("qemu.monitor")
        let noisy = control.logger("rpc.noisy")
        daemon.info("no")
        daemon.warning("yes", metadata: ["a": "b"])
        qemu.trace("trace")
        noisy.warning("no")
        noisy.critical("critical")
        #expect(!daemon.handler.logLevel.isAtMost(.info))
        control.flush()
        let line = #line - 6
        #expect(
            lines() == [
                "warning : levelsFiltersAndMetadata:\(line) : yes [a=b client=7]",
                "debug : levelsFiltersAndMetadata:\(line + 1) : trace",
                "error : levelsFiltersAndMetadata:\(line + 3) : critical",
            ])
    }

    @Test func changesAtRunTime() throws {
        let control = try control()
        let logger = control.logger("qemu")
        logger.info("1")
        control.level = .info
        logger.info("2")
        try control.setFilters("3:qemu")
        logger.info("3")
        #expect(control.filters == "3:*qemu* ")
        try control.setFilters("")
        logger.info("4")
        #expect(control.outputs == "1:file:\(directory.file("log"))")
        try control.setOutputs("3:file:\(directory.file("warnings")) 2:file:\(directory.file("all"))")
        logger.info("5")
        logger.warning("6")
        #expect(throws: VirtError.self) { try control.setOutputs("1:file:/nonexistent/x") }
        #expect(throws: VirtError.self) { try control.setFilters("9:x") }
        logger.warning("7")
        control.flush()
        func numbers(_ name: String) -> [String] { lines(name).compactMap { $0.split(separator: " ").last.map(String.init) } }
        #expect(numbers("log") == ["2", "4"])
        #expect(numbers("warnings") == ["6", "7"])
        #expect(numbers("all") == ["5", "6", "7"])
    }

    @Test func filesArePrivateAppendedAndIntroduced() throws {
        do {
            let control = try control(introduction: ["version"])
            control.logger("a").error("1")
            control.logger("a").error("2")
        }
        do {
            let control = try control(introduction: ["version"])
            control.logger("a").error("3")
            control.flush()
        }
        #expect(lines().map { $0.prefix { $0 != ":" } } == ["info ", "error ", "error ", "info ", "error "])
        #expect(lines()[0] == "info : version")
        var status = stat()
        #expect(stat(directory.file("log"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func reopens() throws {
        let control = try control()
        let logger = control.logger("a")
        logger.error("old")
        control.flush()
        #expect(rename(directory.file("log"), directory.file("log.1")) == 0)
        logger.error("still old")
        #expect(control.reopen().isEmpty)
        logger.error("new")
        control.flush()
        #expect(lines("log.1").count == 2)
        #expect(lines().count == 1)
    }

    @Test func manyThreadsLoseNothing() async throws {
        let control = try control(.info)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let logger = control.logger("t\(task)")
                    for number in 0..<500 { logger.info("\(task) \(number)") }
                }
            }
        }
        control.flush()
        let pairs = lines().compactMap { line in line.split(separator: " : ").last?.split(separator: " ").compactMap { Int($0) } }
        #expect(pairs.count == 4000)
        for task in 0..<8 { #expect(pairs.filter { $0[0] == task }.map { $0[1] } == Array(0..<500)) }
    }

    @Test func theThreadWritesByItself() async throws {
        let control = try control()
        control.logger("a").error("x")
        for _ in 0..<200 where lines().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        #expect(lines().count == 1)
    }

    @Test func standardErrorThatNobodyReadsDoesNotBlock() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let sink = StandardErrorSink(descriptor: ends[1])
        let record = LogRecord(priority: .error, label: "a", message: String(repeating: "x", count: 1000))
        let start = ContinuousClock.now
        for _ in 0..<70 { sink.write(record) }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func theQueueIsBounded() throws {
        let control = try control()
        let record = LogRecord(priority: .error, label: "a", message: String(repeating: "x", count: 16000))
        // Faster than any disk.
        for _ in 0..<2000 { control.write(record) }
        control.flush()
        #expect(lines().count <= 2001)
    }

    @Test func journalFields() throws {
        let path = directory.file("journal")
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(receiver) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        let record = LogRecord(
            priority: .warning, label: "rpc", place: .init(function: "f(x:)", file: "M/F.swift", line: 3),
            message: "hello", milliseconds: 0, threadID: 9)
        try JournalSink(path: path).write(record)
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = recv(receiver, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        #expect(
            String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == """
                MESSAGE=hello
                PRIORITY=4
                SYSLOG_FACILITY=3
                LIBVIRT_SOURCE=rpc
                TID=9
                CODE_FILE=M/F.swift
                CODE_LINE=3
                CODE_FUNC=f

                """)
        var lines = record
        lines.message = "a\nb"
        #expect(JournalSink.datagram(lines).starts(with: Array("MESSAGE\n\u{3}\0\0\0\0\0\0\0a\nb\n".utf8)))
    }
}

extension Logger.Level {
    fileprivate func isAtMost(_ other: Self) -> Bool { self <= other }
}
