internal import FuzzTargets
internal import Libvirt
internal import LibvirtRemote
internal import Synchronization
internal import VirtRPC
internal import XDR

/// A server that sends what it likes to a client with calls, streams and events under way: whatever comes, each call
/// and each stream ends once, at the latest with the link, and what the client sends are messages.
package enum ClientTarget {
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        var input = InputReader(bytes)
        let flags = input.byte()
        var server = Server(pieces: [Int.max, 1, 7, 4096][Int(flags) & 3])
        if flags & 4 == 0 { server.begin(0) }
        while !input.isAtEnd, !server.link.isClosed { try server.step(&input) }
        server.link.end(.endOfFile)
        try server.finish()
    }

    /// Counts what is under way and has not ended.
    private final class Waiting: Sendable {
        private let count = Atomic(0)

        func run(_ body: @escaping @Sendable () async throws -> Void) {
            count.add(1, ordering: .relaxed)
            Task.immediate { [self] in
                _ = try? await body()
                count.subtract(1, ordering: .releasing)
            }
        }

        var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }
    }

    private struct Server {
        let link = FuzzLink()
        let pieces: Int
        private let driver: RemoteDriver
        private let waiting = Waiting()
        /// Messages of the client, to be answered.
        private var received: [MessageHeader] = []

        init(pieces: Int) {
            self.pieces = pieces
            let link = link
            driver = RemoteDriver(link) { link.attach($0) }
            driver.setEventHandler { event in _ = "\(event.kind) \(event.eventID) \(event)" }
        }

        mutating func step(_ input: inout InputReader) throws {
            switch input.byte() & 7 {
            case 0, 1:
                // An answer to one of the messages that came, or something like it.
                let (index, kind) = (Int(input.byte()), input.byte())
                guard !received.isEmpty else { break }
                var header = received[index % received.count]
                header.type = [.reply, .stream, .streamHole, .replyWithFds, .reply, .call, .message, .stream][
                    Int(kind & 7)]
                header.status = [.ok, .error, .continue, .ok][Int(kind >> 3) & 3]
                if kind & 32 != 0 { header.proc ^= Int32(input.byte()) }
                if kind & 64 != 0 { header.serial &+= 1 }
                if kind & 128 != 0 { header.prog &+= 1 }
                link.deliver(message(header, input.data(input.word())), pieces: pieces)
            case 2:
                let header = MessageHeader(
                    prog: RemoteProgram.number, vers: 1, proc: Int32(input.word()), type: .message, serial: 1,
                    status: .ok)
                link.deliver(message(header, input.data(input.word())), pieces: pieces)
            case 3:
                let descriptors = (0..<input.byte() % 4).map { _ in nullDevice() }.filter { $0 >= 0 }
                link.deliver([UInt8](repeating: 0, count: max(1, descriptors.count)), descriptors: descriptors)
            case 4: link.deliver(input.data(Int(input.byte())), pieces: pieces)
            case 5: begin(input.byte())
            case 6: link.setPending(input.byte() & 1 == 0 ? 0 : 4 << 20)
            default:
                pause()
                link.settle()
            }
            try listen()
        }

        /// What the client has sent are messages.
        private mutating func listen() throws { received += try messages(in: link.takeSent()).map(\.header) }

        /// Everything ends when the link has.
        mutating func finish() throws {
            // A minute at least: a machine at work has its tasks wait.
            for _ in 0..<300_000 where !waiting.isEmpty {
                pause()
                link.settle()
            }
            try require(waiting.isEmpty, "the link is gone, and somebody waits for it")
        }

        /// Begins a call; the arguments are of no account.
        mutating func begin(_ kind: UInt8) {
            let driver = driver
            switch kind % 16 {
            case 0: call(RemoteProgram.domainGetXMLDesc)
            case 1: call(RemoteProgram.connectListAllDomains)
            case 2: call(RemoteProgram.connectGetAllDomainStats)
            case 3: call(RemoteProgram.domainGetSchedulerParameters)
            case 4: call(RemoteProgram.domainMigratePrepare3Params)
            case 5: call(RemoteProgram.nodeGetCPUMap)
            case 6: call(RemoteProgram.domainGetFSInfo)
            case 7: call(RemoteProgram.secretGetValue)
            case 8:
                waiting.run {
                    let arguments = try ClientTarget.zeros(DomainOpenGraphicsFDArgs.self)
                    _ = try await driver.client.call(
                        RemoteProgram.domainOpenGraphicsFD, arguments, descriptors: [OwnedDescriptor(nullDevice())])
                }
            case 9:
                waiting.run {
                    if try await driver.supportsFeature(.programKeepalive) {
                        driver.client.enableKeepalive(interval: .seconds(5), count: 5)
                    }
                    let arguments = ConnectOpenArgs(name: "test:///default", flags: 0)
                    _ = try await driver.client.call(RemoteProgram.connectOpen, arguments)
                }
            case 10, 11:
                waiting.run {
                    let arguments = try ClientTarget.zeros(StorageVolDownloadArgs.self)
                    let (_, stream) = try await driver.client.openStream(
                        RemoteProgram.storageVolDownload, arguments, isSparse: kind & 1 == 0)
                    while try await stream.read() != nil {}
                    try await stream.finish()
                }
            case 12, 13:
                waiting.run {
                    let arguments = try ClientTarget.zeros(StorageVolUploadArgs.self)
                    let (_, stream) = try await driver.client.openStream(
                        RemoteProgram.storageVolUpload, arguments, isSparse: kind & 1 == 0)
                    for _ in 0..<3 { try await stream.write(OpaqueData([UInt8](repeating: 7, count: 1000))) }
                    try await stream.writeHole(1 << 20)
                    if kind & 2 == 0 { try await stream.finish() } else { await stream.abort() }
                }
            case 14:
                waiting.run {
                    try await withDeadline(.milliseconds(1)) {
                        _ = try await driver.client.call(RemoteProgram.nodeGetInfo, XDRVoid())
                    }
                }
            default: waiting.run { await driver.close() }
            }
        }

        private func call<Arguments: XDRCodable, Result: XDRCodable>(_ procedure: Procedure<Arguments, Result>) {
            let driver = driver
            waiting.run {
                let result = try await driver.client.call(procedure, try ClientTarget.zeros(Arguments.self))
                // What was received can be used: it can be written again, or holds text that had to be repaired.
                _ = try? MessageBuffer(encoding: result)
            }
        }
    }

    /// The value that is nothing but zeros.
    private static func zeros<Value: XDRCodable>(_ type: Value.Type) throws -> Value {
        try [UInt8](repeating: 0, count: 256).withUnsafeBytes { raw in
            try MessageBuffer(copying: raw).decode(type, allowsTrailingBytes: true)
        }
    }
}
