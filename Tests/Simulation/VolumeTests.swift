import Foundation
import LibvirtRemote
import TestProcesses
import Testing
import XDR

/// Content of volumes through a real daemon: who writes may leave, who reads may stop.
@Suite("Content of volumes over the wire", .timeLimit(.minutes(1)))
struct VolumeTests {
    private func volume(_ connection: Connection, _ name: String, capacity: UInt64) async throws -> StorageVolume {
        try await connection.lookupStoragePool(byName: "default-pool").createVolume(
            xml: "<volume><name>\(name)</name><capacity>\(capacity)</capacity><allocation>0</allocation></volume>")
    }

    /// Until the daemon says that it has looked through the pool.
    private func refreshed(_ events: EventSequence<StoragePoolEvent>) async {
        for await case .refresh in events { return }
    }

    @Test func filesWithHoles() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await daemon.open("")
        let (file, copy) = (daemon.folder.appending(path: "in"), daemon.folder.appending(path: "out"))
        var bytes = Data(count: 3 << 20)
        for index in (1 << 20)..<(2 << 20) { bytes[index] = UInt8(truncatingIfNeeded: index &* 7) }
        try bytes.write(to: file)
        let volume = try await volume(connection, "v", capacity: 3 << 20)
        let up = try await volume.upload(offset: 0, length: 0, flags: .sparseStream)
        #expect(try await up.upload(fromPath: file.path, isSparse: true) == 3 << 20)
        #expect(try await volume.info().capacity == 3 << 20)
        for flags in [StorageVolDownloadFlags.sparseStream, []] {
            let down = try await volume.download(offset: 0, length: 0, flags: flags)
            #expect(try await down.download(toPath: copy.path) == 3 << 20)
            #expect(try Data(contentsOf: copy) == bytes)
        }
    }

    /// What a client wrote before it left stays; others are told, and go on.
    @Test(arguments: ["abort", "close"])
    func uploadsThatAreCutOff(_ end: String) async throws {
        let daemon = try await TestDaemon(.virtd)
        let (writer, other) = (try await daemon.open(""), try await daemon.open(""))
        let volume = try await volume(other, "v", capacity: 1 << 20)
        let events = try await other.storagePoolEvents([.refresh])
        let lost = try await writer.lookupStorageVolume(byPath: "/default-pool/v").upload(offset: 0, length: 0)
        try await lost.write(OpaqueData([UInt8](repeating: 1, count: 300_000)))
        if end == "abort" { await lost.abort() } else { await writer.close() }
        await refreshed(events)
        let down = try await volume.download(offset: 0, length: 0)
        var seen = 0
        while case .data(let piece) = try await down.read() { seen += piece.count { $0 == 1 } }
        // All of it, or what had arrived.
        #expect(seen <= 300_000 && (end == "close" || seen == 300_000))
        let again = try await volume.upload(offset: 0, length: 3)
        try await again.write([2, 2, 2])
        try await again.finish()
        await refreshed(events)
    }

    /// Nobody waits for a reader that stops, and what it reads may go meanwhile: that ends the stream with an error.
    @Test func aReaderThatStops() async throws {
        let daemon = try await TestDaemon(.virtd)
        let (reader, other) = (try await daemon.open(""), try await daemon.open(""))
        let volume = try await volume(reader, "v", capacity: 1 << 40)
        let down = try await volume.download(offset: 0, length: 0)
        guard case .data = try await down.read() else {
            Issue.record("no data")
            return
        }
        // The other client is served, and the volume may go.
        #expect(try await other.lookupStorageVolume(byPath: "/default-pool/v").info().capacity == 1 << 40)
        try await other.lookupStorageVolume(byPath: "/default-pool/v").delete()
        await #expect(throws: VirtError.self) { while try await down.read() != nil {} }
        #expect(try await reader.lookupStoragePool(byName: "default-pool").info().allocation == 0)
    }

    @Test func moreThanAnnounced() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await daemon.open("")
        let volume = try await volume(connection, "v", capacity: 1 << 20)
        let up = try await volume.upload(offset: 0, length: 100)
        let said = await failure {
            // The refusal comes with a later call, as with any stream.
            try await up.write(OpaqueData([UInt8](repeating: 1, count: 101)))
            try await up.finish()
        }
        #expect(said == "38 cannot write to stream: No space left on device")
        #expect(try await volume.info().allocation == 4096)
    }
}
