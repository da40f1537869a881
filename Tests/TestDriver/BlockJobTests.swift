import Libvirt
import Testing

@testable import TestDriver

/// Answers, definitions and events of libvirt 9.0's QEMU driver for the same calls.
@Suite("Block jobs of the test driver")
struct BlockJobTests {
    private static let chain = """
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/top'/>\
        <backingStore type='file'><format type='qcow2'/><source file='/middle'/>\
        <backingStore type='file'><format type='raw'/><source file='/base'/><backingStore/></backingStore>\
        </backingStore><target dev='vda' bus='virtio'/></disk>\
        <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
        """

    private func guest(_ connection: TestConnection) async throws -> DomainRef {
        let domain = try await connection.domainDefineXML(xml: xml("guest", devices: Self.chain))
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        try await connection.domainBlockResize(domain, disk: "vda", size: 64 << 20, flags: .bytes)
        return try await connection.domainLookupByName(name: "guest")
    }

    /// The images of the disk, from the top down.
    private func images(_ connection: TestConnection, _ domain: DomainRef, _ flags: DomainXMLFlags = []) async throws
        -> [Substring]
    {
        let text = try await connection.domainGetXMLDesc(domain, flags: flags)
        let disk = text.prefix(upTo: text.firstRange(of: "</disk>")?.lowerBound ?? text.endIndex)
        return disk.split(separator: "file='").dropFirst().map { $0.prefix { $0 != "'" } }
    }

    private func passes(_ seconds: UInt64, _ connection: TestConnection) async throws {
        try await connection.nodeSuspendForDuration(target: 0, duration: seconds, flags: 0)
    }

    @Test func aPullMovesOnWithTheClock() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        func information() async throws -> DomainBlockJobInfo {
            try await connection.domainGetBlockJobInfo(domain, path: "vda", flags: [])
        }
        #expect(try await information().found == 0)
        try await connection.domainBlockPull(domain, path: "/top", bandwidth: 1, flags: [])
        var now = try await information()
        #expect(now.found == 1 && now.type == .pull && now.bandwidth == 1 && now.cur == 0 && now.end == 64 << 20)
        try await passes(16, connection)
        now = try await information()
        #expect(now.cur == 16 << 20)
        try await connection.domainBlockJobSetSpeed(domain, path: "vda", bandwidth: 12, flags: [])
        #expect(try await information().bandwidth == 12)
        try await passes(3, connection)
        #expect(try await information().cur == 52 << 20)
        #expect(try await images(connection, domain) == ["/top", "/middle", "/base"])
        #expect(recorder.take().isEmpty)
        try await passes(1, connection)
        #expect(try await information().found == 0)
        #expect(recorder.take() == ["guest block job /top pull completed", "guest block job vda pull completed"])
        #expect(try await images(connection, domain) == ["/top"])
        #expect(try await images(connection, domain, .inactive) == ["/top"])
    }

    @Test func partsOfAChain() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        try await connection.domainBlockRebase(domain, path: "vda", base: "vda[2]", bandwidth: 0, flags: [])
        try await passes(1, connection)
        #expect(try await images(connection, domain) == ["/top", "/base"])
    }

    @Test func aCommitOfLayersBelowEndsByItself() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        try await connection.domainBlockCommit(
            domain, disk: "vda", base: nil, top: "/middle", bandwidth: 0, flags: [])
        try await passes(1, connection)
        #expect(try await images(connection, domain) == ["/top", "/base"])
    }

    @Test func theGuestGoesOverWhenItIsTold() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        try await connection.domainBlockCommit(
            domain, disk: "vda", base: "/base", top: nil, bandwidth: 0, flags: .active)
        #expect(
            await failure { try await connection.domainBlockJobAbort(domain, path: "vda", flags: .pivot) }
                == "83/12 block copy still active: block job 'activeCommit-vda' not ready for pivot yet")
        try await passes(60, connection)
        let text = try await connection.domainGetXMLDesc(domain, flags: [])
        #expect(text.contains("<mirror type='file' job='active-commit' ready='yes'>"))
        #expect(!(try await connection.domainGetXMLDesc(domain, flags: .inactive)).contains("<mirror"))
        let done = try await connection.domainGetBlockJobInfo(domain, path: "vda", flags: .bandwidthBytes)
        #expect(done.type == .activeCommit && done.cur == done.end)
        try await connection.domainBlockJobAbort(domain, path: "vda", flags: .pivot)
        #expect(try await images(connection, domain) == ["/base"])
        #expect(
            recorder.take() == [
                "guest block job /top activeCommit ready", "guest block job vda activeCommit ready",
                "guest block job /base activeCommit completed", "guest block job vda activeCommit completed",
            ])
    }

    @Test func aCopyIsAbortedOrTaken() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        let copy = "<disk type='file'><source file='/copy'/><driver type='raw'/></disk>"
        #expect(
            await failure {
                try await connection.domainBlockCopy(domain, path: "vda", destxml: copy, params: [], flags: [])
            } == "55/12 Requested operation is not valid: domain is not transient")
        try await connection.domainBlockCopy(domain, path: "vda", destxml: copy, params: [], flags: .transientJob)
        try await connection.domainBlockJobAbort(domain, path: "vda", flags: [])
        #expect(
            recorder.take() == ["guest block job /top copy canceled", "guest block job vda copy canceled"])
        try await connection.domainBlockCopy(domain, path: "vda", destxml: copy, params: [], flags: .transientJob)
        try await passes(60, connection)
        try await connection.domainBlockJobAbort(domain, path: "vda", flags: .pivot)
        #expect(try await images(connection, domain) == ["/copy"])
        // The source of a removed run is not forgotten: the definition goes on with the copy.
        try await connection.domainDestroy(domain)
        #expect(try await images(connection, domain) == ["/copy"])
    }

    @Test func whatAJobForbids() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        try await connection.domainBlockPull(domain, path: "vda", bandwidth: 1, flags: [])
        let busy = "84/12 Operation not supported: disk 'vda' already in active block job"
        #expect(
            await failure { try await connection.domainBlockPull(domain, path: "vda", bandwidth: 0, flags: []) } == busy)
        #expect(
            await failure {
                try await connection.domainDetachDevice(
                    domain, xml: "<disk type='file'><target dev='vda' bus='virtio'/></disk>")
            } == busy)
        #expect(
            await failure {
                _ = try await connection.domainSnapshotCreateXML(domain, xmlDesc: "<domainsnapshot/>", flags: [])
            } == busy)
        // A run takes its jobs with it.
        try await connection.domainDestroy(domain)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await connection.domainGetBlockJobInfo(domain, path: "vda", flags: []).found == 0)
        try await passes(1000, connection)
        #expect(try await images(connection, domain) == ["/top", "/middle", "/base"])
        #expect(
            await failure { try await connection.domainBlockPull(domain, path: "hdc", bandwidth: 0, flags: []) }
                == "84/12 Operation not supported: disk 'hdc' does not have a medium")
    }
}
