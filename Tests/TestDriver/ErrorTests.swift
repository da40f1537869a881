import Libvirt
import Testing
import XDR

@testable import TestDriver

@Suite struct ErrorTests {
    typealias FlagCall = @Sendable (TestConnection, DomainRef, UInt32) async throws -> Void

    /// Functions that take flags, with the bits that libvirt 9.0's knows.
    static let functions: [(String, UInt32, FlagCall)] = [
        ("testDomainCreateWithFlags", 0, { _ = try await $0.domainCreateWithFlags($1, flags: .init(rawValue: $2)) }),
        (
            "testDomainCreateXML", 16,
            { c, _, f in
                _ = try await c.domainCreateXML(xmlDesc: xml("n"), flags: .init(rawValue: f))
            }
        ),
        (
            "testDomainDefineXMLFlags", 1,
            { c, _, f in
                _ = try await c.domainDefineXMLFlags(xml: xml("n"), flags: .init(rawValue: f))
            }
        ),
        ("testDomainUndefineFlags", 3, { try await $0.domainUndefineFlags($1, flags: .init(rawValue: $2)) }),
        ("testDomainDestroyFlags", 1, { try await $0.domainDestroyFlags($1, flags: .init(rawValue: $2)) }),
        ("testDomainShutdownFlags", 0, { try await $0.domainShutdownFlags($1, flags: .init(rawValue: $2)) }),
        ("testDomainGetXMLDesc", 11, { _ = try await $0.domainGetXMLDesc($1, flags: .init(rawValue: $2)) }),
        (
            "testDomainSetMemoryFlags", 7,
            {
                try await $0.domainSetMemoryFlags($1, memory: 1000, flags: .init(rawValue: $2))
            }
        ),
        ("testDomainSetVcpusFlags", 7, { try await $0.domainSetVCPUsFlags($1, nvcpus: 1, flags: .init(rawValue: $2)) }),
        (
            "testDomainGetSchedulerParametersFlags", 0,
            {
                _ = try await $0.domainGetSchedulerParametersFlags($1, flags: .init(rawValue: $2))
            }
        ),
        (
            "testDomainGetMemoryParameters", 7,
            {
                _ = try await $0.domainGetMemoryParameters($1, flags: .init(rawValue: $2))
            }
        ),
        ("testDomainManagedSave", 7, { try await $0.domainManagedSave($1, flags: .init(rawValue: $2)) }),
        (
            "testDomainCoreDumpWithFormat", 1,
            {
                try await $0.domainCoreDump($1, to: "/dev/null", flags: .init(rawValue: $2))
            }
        ),
        (
            "testDomainSnapshotCreateXML", 0x3cb,
            {
                _ = try await $0.domainSnapshotCreateXML($1, xmlDesc: "<domainsnapshot/>", flags: .init(rawValue: $2))
            }
        ),
        ("testConnectGetSysinfo", 0, { c, _, f in _ = try await c.connectGetSysinfo(flags: f) }),
    ]

    @Test func unknownFlags() async throws {
        for (name, known, call) in Self.functions {
            for bit in (0..<31).map({ UInt32(1) << $0 }) where known & bit == 0 {
                let connection = newConnection()
                let test = try await connection.test
                let text = "8/12 unsupported flags (0x\(String(bit, radix: 16))) in function \(name)"
                // Bits that are known are not told.
                #expect(await failure { try await call(connection, test, bit | known) } == text)
            }
        }
    }

    @Test func detailsAreLibvirts() async throws {
        do {
            _ = try await newConnection().connectGetSysinfo(flags: 1)
            Issue.record("no error")
        } catch let error as VirtError {
            #expect(error.details.string1 == "testConnectGetSysinfo")
            #expect(error.details.string2 == "flags")
            #expect(error.details.string3 == nil)
            #expect(error.details.number1 == 0 && error.details.number2 == 0)
        }
        do {
            try await newConnection().domainRestore(from: "/nonono")
            Issue.record("no error")
        } catch let error as VirtError {
            #expect(error.message == "cannot read domain image '/nonono': No such file or directory")
            #expect(error.details.string1 == "%s" && error.details.string2 == error.message)
            #expect(error.details.number1 == 2 && error.details.number2 == -1)
        }
    }

    @Test func definitions() async {
        let connection = newConnection()
        for (text, expected) in [
            ("<x/>", "27/5 XML error: expecting root element of 'domain', not 'x'"),
            ("<x", "35/20 (domain_definition):1: Couldn't find end of Start Tag x line 1\n<x\n--^"),
            ("", "35/20 (domain_definition):1: Document is empty\n(null)\n^"),
            (xml("e").replacing("hvm", with: "exe"), "27/20 XML error: init binary must be specified"),
        ] {
            #expect(await failure { _ = try await connection.domainDefineXML(xml: text) } == expected)
        }
    }

    @Test func liveAndConfig() async throws {
        let connection = newConnection()
        let test = try await connection.test
        let off = try await connection.domainDefineXML(xml: xml("off"))
        let transient = try await connection.domainCreateXML(xmlDesc: xml("tr"), flags: [])
        func set(_ domain: DomainRef, _ flags: UInt32) async -> String {
            await failure {
                try await connection.domainSetMemoryFlags(domain, memory: 4096, flags: .init(rawValue: flags))
            }
        }
        #expect(
            await set(test, 3)
                == "8/20 Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive")
        #expect(await set(off, 1) == "55/20 Requested operation is not valid: domain is not running")
        #expect(
            await set(transient, 2)
                == "55/20 Requested operation is not valid: transient domains do not have any persistent config")
        #expect(
            await set(test, 4)
                == "55/12 Requested operation is not valid: cannot resize the maximum memory on an active domain")
        #expect(await set(test, 2) == "-")
        #expect(try await connection.domainGetInfo(test).memory == 2_097_152)
        #expect(await set(test, 6) == "-")
        let text = try await connection.domainGetXMLDesc(test, flags: .init(rawValue: 2))
        #expect(text.contains("<memory unit='KiB'>4096</memory>"))
        #expect(try await connection.domainGetMaxMemory(test) == 8_388_608)
    }

    @Test func saveImages() async throws {
        let path = "/tmp/swift-libvirt-save-\(UInt64.random(in: 0..<UInt64.max))"
        let connection = newConnection()
        let mark = Array("TestGuestMagic\0".utf8)
        for (bytes, expected) in [
            ([UInt8(1)], "38/12 incomplete save header in '\(path)': Success"),
            (Array("root:x:0:0:root:/".utf8), "1/12 internal error: mismatched header magic"),
            (mark + [1], "38/12 failed to read metadata length in '\(path)': Success"),
            (mark + [16, 0, 0, 0, 97], "38/12 incomplete metadata in '\(path)': Success"),
            (mark + [0, 0, 0, 0, 97], "1/12 internal error: length of metadata out of range"),
            (mark + [0xFF, 0xFF, 0xFF, 0xFF], "1/12 internal error: length of metadata out of range"),
            (
                mark + [3, 0, 0, 0, 97, 98, 99],
                "35/20 (domain_definition):1: Start tag expected, '<' not found\nabc\n^"
            ),
        ] {
            try TestFile.write(bytes, to: path)
            #expect(await failure { try await connection.domainRestore(from: path) } == expected)
        }
        let events = Recorder(connection)
        let test = try await connection.test
        try await connection.domainSave(test, to: path)
        #expect(try await connection.state(test) == "5.5")
        let image = try TestFile.contents(of: path, limit: 10_000)
        #expect(image.starts(with: mark))
        #expect(image[19...].starts(with: Array("<domain type='test' id='1'>".utf8)))
        try await connection.domainRestore(from: path)
        #expect(try await connection.state(test) == "1.3")
        #expect(events.take() == ["test -1 5.4", "test 2 2.2"])
        #expect(
            await failure { try await connection.domainRestore(from: path) }
                == "55/20 Requested operation is not valid: domain 'test' is already active")
        try await connection.domainCoreDump(test, to: path, flags: .init(rawValue: 1))
        #expect(try TestFile.contents(of: path, limit: 100) == mark)
        #expect(try await connection.state(test) == "5.3")
        #expect(events.take() == ["test -1 5.2"])
    }
}
