import Libvirt
import Testing

@testable import TestDriver

@Suite("The host's memory, security, marks")
struct HostMemoryTests {
    @Test func statistics() async throws {
        let connection = newConnection()
        func free() async throws -> UInt64? {
            try await connection.nodeGetMemoryStats(cellNum: -1, flags: 0).first { $0.field == "free" }?.value
        }
        func failed(_ cell: Int32, _ flags: UInt32 = 0) async -> String {
            await failure { _ = try await connection.nodeGetMemoryStats(cellNum: cell, flags: flags) }
        }
        #expect(
            try await connection.nodeGetMemoryStats(cellNum: -1, flags: 0).map(\.field)
                == ["total", "free", "buffers", "cached"])
        #expect(try await connection.nodeGetMemoryStats(cellNum: 1, flags: 0).map(\.value) == [4_194_304, 4_194_304])
        // A guest has 2 GiB of 3.
        #expect(try await free() == 1 << 20)
        try await connection.domainDestroy(try await connection.test)
        #expect(try await free() == 3 << 20)
        #expect(await failed(2) == "8/0 cellNum in virHostMemGetStats must be less than or equal to 1")
        #expect(
            await failed(-2) == "8/20 cellNum in virNodeGetMemoryStats only accepts -1 as a negative value")
        #expect(await failed(0, 1) == "8/0 unsupported flags (0x1) in function virHostMemGetStats")
    }

    @Test func parameters() async throws {
        let connection = newConnection()
        func set(_ parameter: TypedParameter) async -> String {
            await failure { try await connection.nodeSetMemoryParameters(params: [parameter], flags: 0) }
        }
        #expect(await set(TypedParameter("shm_pages_to_scan", .uint(7))) == "-")
        #expect(
            await set(TypedParameter("shm_pages_shared", .ullong(7)))
                == "74/0 argument unsupported: parameter 'shm_pages_shared' not supported")
        let found = try await connection.nodeGetMemoryParameters(flags: [])
        #expect(found.count == 8 && word(found[0].value) == "u7" && word(found[1].value) == "u20")
    }

    @Test func security() async throws {
        let connection = newConnection()
        let domain = try await connection.test
        let labels = try await connection.domainGetSecurityLabelList(domain)
        #expect(labels.ret == 1 && labels.labels.first?.enforcing == 1)
        #expect(
            await failure { _ = try await connection.nodeGetSEVInfo(flags: []) }
                == "84/12 Operation not supported: QEMU does not support SEV guest")
        func set(_ params: [TypedParameter], _ flags: UInt32 = 0) async -> String {
            await failure {
                try await connection.domainSetLaunchSecurityState(domain, params: params, flags: flags)
            }
        }
        let secret = TypedParameter("sev-secret", .string("a"))
        #expect(await set([]) == "8/20 params in virDomainSetLaunchSecurityState must not be NULL")
        #expect(await set([secret], 1) == "8/12 unsupported flags (0x1) in function testDomainSetLaunchSecurityState")
        #expect(
            await set([TypedParameter("x", .string("a"))]) == "74/0 argument unsupported: parameter 'x' not supported")
        #expect(
            await set([secret])
                == "84/12 Operation not supported: setting a launch secret is only supported in SEV-enabled domains")
        try await connection.domainDestroy(domain)
        #expect(try await connection.domainGetSecurityLabelList(domain).labels.isEmpty)
    }

    @Test func autostartOnce() async throws {
        let connection = newConnection()
        let domain = try await connection.test
        try await connection.domainSetAutostartOnce(domain, autostart: true)
        #expect(try await connection.domainGetAutostartOnce(domain))
        #expect(try await !connection.domainGetAutostart(domain))
        let transient = try await connection.domainCreateXML(xmlDesc: xml("t"), flags: [])
        #expect(
            await failure { try await connection.domainSetAutostartOnce(transient, autostart: true) }
                == "55/12 Requested operation is not valid: cannot set autostart for transient domain")
    }
}
