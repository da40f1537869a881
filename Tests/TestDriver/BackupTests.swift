import Libvirt
import Testing

@testable import TestDriver

/// Answers and events of libvirt 9.0's QEMU driver for the same calls.
@Suite("Backups of the test driver")
struct BackupTests {
    private static let disks = """
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a'/>\
        <target dev='vda' bus='virtio'/></disk>\
        <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/b'/>\
        <target dev='vdb' bus='virtio'/></disk>\
        <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
        """

    private func guest(_ connection: TestConnection) async throws -> DomainRef {
        let domain = try await connection.domainDefineXML(xml: xml("guest", devices: Self.disks))
        let running = try await connection.domainCreateWithFlags(domain, flags: [])
        for disk in ["vda", "vdb"] {
            try await connection.domainBlockResize(running, disk: disk, size: 64 << 30, flags: .bytes)
        }
        return running
    }

    private func begin(
        _ connection: TestConnection, _ domain: DomainRef, _ xml: String, checkpoint: String? = nil
    ) async throws {
        try await connection.domainBackupBegin(domain, backupXML: xml, checkpointXML: checkpoint, flags: [])
    }

    private func passes(_ seconds: UInt64, _ connection: TestConnection) async throws {
        try await connection.nodeSuspendForDuration(target: 0, duration: seconds, flags: 0)
    }

    @Test func pushingEndsByItself() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        let recorder = Recorder(connection)
        #expect(
            await failure { _ = try await connection.domainBackupGetXMLDesc(domain, flags: 0) }
                == "104/12 Domain backup job id not found: no domain backup job present")
        try await begin(connection, domain, "<domainbackup/>")
        let text = try await connection.domainBackupGetXMLDesc(domain, flags: 0)
        #expect(text.contains("<disk name='vda' backup='yes' type='file' backupmode='full'>\n      <driver type='qcow2'/>"))
        #expect(text.contains("<target file='/b.1") && text.contains("<disk name='hdc' backup='no'/>"))
        let info = try await connection.domainGetJobInfo(domain)
        #expect(info.type == .unbounded && info.fileTotal == 128 << 30 && info.memTotal == 0)
        let block = try await connection.domainGetBlockJobInfo(domain, path: "vdb", flags: [])
        #expect(block.type == .backup && block.end == 64 << 30)
        #expect(
            await failure { try await connection.domainBlockPull(domain, path: "vda", bandwidth: 0, flags: []) }
                == "84/12 Operation not supported: disk 'vda' already in active block job")
        #expect(
            await failure { try await begin(connection, domain, "<domainbackup/>") }
                == "84/12 Operation not supported: disk 'vda' already in active block job")
        try await passes(1, connection)
        let events = recorder.take()
        #expect(
            events.prefix(4) == [
                "guest block job /a backup completed", "guest block job vda backup completed",
                "guest block job /b backup completed", "guest block job vdb backup completed",
            ])
        #expect(events.count == 5 && events[4].contains("jobCompleted"))
        let done = try await connection.domainGetJobStats(domain, flags: .completed)
        #expect(done.type == .completed)
        #expect(done.params.map(\.field) == ["operation", "time_elapsed", "disk_total", "disk_processed", "disk_remaining", "success"])
    }

    @Test func pullingEndsWhenItIsTold() async throws {
        let connection = newConnection(isManual: true)
        let domain = try await guest(connection)
        let server = "<server transport='unix' socket='/s'/>"
        try await begin(
            connection, domain,
            "<domainbackup mode='pull'>\(server)<disks><disk name='vda' exportname='e'/></disks></domainbackup>",
            checkpoint: "<domaincheckpoint><name>first</name></domaincheckpoint>")
        try await passes(10_000, connection)
        #expect(
            try await connection.domainBackupGetXMLDesc(domain, flags: 0).contains(
                "<disk name='vda' backup='yes' type='file' backupmode='full' exportname='e'>"))
        let running = try await connection.domainGetJobStats(domain, flags: [])
        #expect(running.params.map(\.field) == ["operation", "time_elapsed", "disk_temp_used", "disk_temp_total"])
        try await connection.domainAbortJob(domain)
        // What has changed since the checkpoint that came with it.
        try await begin(
            connection, domain, "<domainbackup mode='pull'><incremental>first</incremental>\(server)</domainbackup>")
        #expect(
            try await connection.domainBackupGetXMLDesc(domain, flags: 0).contains(
                "backupmode='incremental' incremental='first' exportname='vdb' exportbitmap='backup-vdb'"))
        // The run takes its backup with it.
        try await connection.domainDestroy(domain)
        #expect(await failure { _ = try await connection.domainBackupGetXMLDesc(domain, flags: 0) }.hasPrefix("104/12"))
    }

    @Test func whatIsRefused() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func refused(_ xml: String) async -> String {
            await failure { try await begin(connection, domain, xml) }
        }
        #expect(await refused("<x/>") == "27/5 XML error: expecting root element of 'domainbackup', not 'x'")
        #expect(await refused("<domainbackup").hasPrefix("35/20 (domain_backup):1: "))
        #expect(
            await refused("<domainbackup><incremental>none</incremental></domainbackup>")
                == "103/12 Domain checkpoint not found: Checkpoint 'none' for incremental backup of disk 'vda' not found")
        #expect(
            await refused("<domainbackup><disks><disk name='hdc' type='file'/></disks></domainbackup>")
                == "67/20 unsupported configuration: disk 'hdc' is empty or readonly")
        try await connection.domainDestroy(domain)
        #expect(
            await refused("<domainbackup/>")
                == "84/12 Operation not supported: cannot perform disk backup for inactive domain")
    }
}
