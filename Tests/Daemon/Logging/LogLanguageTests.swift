import Libvirt
import Testing

@testable import VirtDaemon

/// Filters and outputs as text; the errors are libvirt 9.0's.
@Suite struct LogLanguageTests {
    @Test(arguments: [
        ("", ""), (" ", ""), ("1:qemu", "1:*qemu* "), ("  1:a   2:b ", "1:*a* 2:*b* "),
        ("01:+x 4:a:b", "1:*x* 4:*a:b* "), ("1:a,2:b", "1:*a,2:b* "),
    ])
    func filters(_ text: String, _ expected: String) throws {
        #expect(LogFilter.text(try LogFilter.parse(text)) == expected)
    }

    @Test(arguments: [
        ("0:x", "Invalid priority '0' for filter '0:x'"), ("1:ok 9:y", "Invalid priority '9' for filter '9:y'"),
        ("x:y", "Invalid priority 'x' for filter 'x:y'"), (":x", "Invalid priority '' for filter ':x'"),
        ("1:", "Invalid match string ''"), ("1:+", "Invalid match string '+'"),
        ("1", "Malformed format for filter '1'"), ("1 :x", "Malformed format for filter '1'"),
        ("99999999999:x", "Invalid priority '99999999999' for filter '99999999999:x'"),
    ])
    func badFilters(_ text: String, _ expected: String) throws {
        let error = try #require(throws: VirtError.self) { try LogFilter.parse(text) }
        #expect(error.message == "invalid argument: \(expected)")
        #expect(error.code.rawValue == 8)
    }

    @Test(arguments: [
        ("rpc.server", "3:rpc", true), ("rpc.server", "3:server", true), ("rpc.server", "3:c.s", true),
        ("rpc.server", "3:r?c", true), ("rpc.server", "3:rpc*r", true), ("rpc.server", "3:Server", false),
        ("rpc.server", "3:[r]pc", false), ("rpc.server", "3:+rpc", true),
    ])
    func fits(_ label: String, _ filter: String, _ expected: Bool) throws {
        #expect(try LogFilter.parse(filter)[0].fits(label) == expected)
    }

    @Test func theFirstFilterThatFitsCounts() throws {
        let settings = LogControl.Settings(level: .warning, filters: try LogFilter.parse("4:qemu.monitor 1:qemu"))
        #expect(LogControl.priority(of: "qemu.monitor", settings) == .error)
        #expect(LogControl.priority(of: "qemu.process", settings) == .debug)
        #expect(LogControl.priority(of: "rpc", settings) == .warning)
    }

    @Test(arguments: [
        ("", ""), ("1:stderr", "1:stderr"), ("1:stderr 2:stderr", "2:stderr"), ("3:syslog:x", "3:syslog:x"),
        ("3:syslog:", "3:syslog:virtd"), ("1:journald", "1:journald"), ("1:file:rel", "1:file:/start/rel"),
        ("1:file:/a:b 4:stderr", "1:file:/a:b 4:stderr"),
    ])
    func outputs(_ text: String, _ expected: String) throws {
        #expect(LogOutput.text(try LogOutput.parse(text, directory: "/start")) == expected)
    }

    @Test(arguments: [
        ("1:stderr:x", "Log output '1:stderr:x' does not meet the format requirements for destination type 'stderr'"),
        ("1:syslog", "Log output '1:syslog' does not meet the format requirements for destination type 'syslog'"),
        (
            "1:syslog:x:y",
            "Log output '1:syslog:x:y' does not meet the format requirements for destination type 'syslog'"
        ),
        ("1:file", "Log output '1:file' does not meet the format requirements for destination type 'file'"),
        ("1:file:", "Log output '1:file:' does not meet the format requirements for destination type 'file'"),
        ("1:foo", "Invalid log destination 'foo' for log output '1:foo'"),
        ("1:", "Invalid log destination '' for log output '1:'"),
        ("2:stderr 5:stderr", "Invalid log priority '5' for log output '5:stderr'"),
        ("x:stderr", "Invalid log priority 'x' for log output 'x:stderr'"),
        ("1", "Malformed format for log output '1'"),
    ])
    func badOutputs(_ text: String, _ expected: String) throws {
        let error = try #require(throws: VirtError.self) { try LogOutput.parse(text) }
        #expect(error.message == "invalid argument: \(expected)")
    }

    @Test func theEnvironmentIsStrongerThanTheFileAndTheCommandLineStrongest() throws {
        var file = DaemonConfiguration()
        file.logLevel = 4
        file.logFilters = "1:a"
        file.logOutputs = "1:stderr"
        func settings(_ variables: [String: String], isVerbose: Bool = false) throws -> LogControl.Settings {
            try LogControl.Settings(file, isVerbose: isVerbose, directory: "/") { variables[$0] }
        }
        #expect(try settings([:]).level == .error)
        #expect(try settings([:]).filters == [LogFilter(priority: .debug, pattern: "*a*")])
        #expect(try settings(["LIBVIRT_DEBUG": "", "LIBVIRT_LOG_FILTERS": ""]) == settings([:]))
        #expect(try settings(["LIBVIRT_DEBUG": "warning"]).level == .warning)
        #expect(try settings(["LIBVIRT_DEBUG": "error"], isVerbose: true).level == .info)
        #expect(try settings(["LIBVIRT_DEBUG": "1"], isVerbose: true).level == .debug)
        #expect(try settings(["LIBVIRT_LOG_FILTERS": "2:b"]).filters == [LogFilter(priority: .info, pattern: "*b*")])
        #expect(
            try settings(["LIBVIRT_LOG_OUTPUTS": "4:journald"]).outputs
                == [LogOutput(priority: .error, destination: .journald)])
        for bad in ["0", "5", "DEBUG", "warn", "1x"] {
            let error = try #require(throws: VirtError.self) { try settings(["LIBVIRT_DEBUG": bad]) }
            #expect(error.message == "invalid argument: Failed to set logging priority, argument '\(bad)' is invalid")
        }
    }

    @Test func defaultOutput() {
        func text(_ isBackground: Bool, _ hasTerminal: Bool, _ isJournalAvailable: Bool, root: String = "") -> String {
            LogOutput.text([
                .byDefault(
                    isBackground: isBackground, hasTerminal: hasTerminal, isJournalAvailable: isJournalAvailable,
                    paths: .system(root: root))
            ])
        }
        #expect(text(false, true, true) == "1:stderr")
        #expect(text(false, false, true) == "1:journald")
        #expect(text(false, false, false) == "1:stderr")
        #expect(text(true, true, true) == "1:journald")
        #expect(text(true, true, false) == "1:file:/var/log/libvirt/libvirtd.log")
        #expect(text(true, true, true, root: "/r") == "1:file:/r/var/log/libvirt/libvirtd.log")
    }
}
