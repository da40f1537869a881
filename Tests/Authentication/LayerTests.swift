import Foundation
import LibvirtRemote
import Synchronization
import TestProcesses
import Testing

/// What goes over TCP once DIGEST-MD5 encrypts.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LayerTests {
    /// Our client and the real one on our daemon, and ours on the real one: nothing that is said can be read on the way.
    @Test(arguments: [TestDaemon.Kind.libvirtd, .virtd]) func nothingIsInClear(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon.asking(kind, transports: TestDaemon.Transport.allCases)
        let tap = try Tap(to: daemon.port(.tcp))
        let uri = "test+tcp://127.0.0.1:\(tap.port)/default?auth=sasl.DIGEST-MD5"
        let connection = try await Connection.open(uri, options: .answering("fred", "secret"))
        let xml = try await connection.lookupDomain(byName: "test").xml()
        #expect(xml.contains("<domain type='test'"))
        await connection.close()
        try inspect(tap.takeBytes())
        guard kind == .virtd else { return }
        let outcome = try await daemon.virsh(uri, file: try daemon.credentialsFile(), ["dumpxml", "test"])
        #expect(outcome.output.contains("<domain type='test'"))
        try inspect(tap.takeBytes())
    }

    private func inspect(_ bytes: [UInt8]) throws {
        // The exchange itself is there to be seen; what follows is not, nor the password.
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.utf8.count > 3000)
        for word in ["test:///default", "<domain", "<name>", "secret"] { #expect(!text.contains(word), "\(word)") }
    }

    @Test func streamsAndLongListsComeAsTheyWere() async throws {
        let daemon = try await TestDaemon.asking(.virtd, transports: TestDaemon.Transport.allCases)
        let connection = try await daemon.open(.tcp, mechanism: "DIGEST-MD5")
        let pool = try await connection.lookupStoragePool(byName: "default-pool")
        let size = 5 << 20
        var generator = SystemRandomNumberGenerator()
        let words = (0..<(size / 8 + 1)).map { _ in generator.next() as UInt64 }
        let data = words.withUnsafeBytes { Data($0) }
        let source = daemon.folder.appending(path: "source")
        try data.write(to: source)
        let volume = try await pool.createVolume(xml: "<volume><name>one</name><capacity>8388608</capacity></volume>")
        let upload = try await volume.upload(offset: 0, length: UInt64(data.count), flags: [])
        try await upload.upload(fromPath: source.path, isSparse: false) { _ in }
        let target = daemon.folder.appending(path: "target")
        let download = try await volume.download(offset: 0, length: UInt64(data.count), flags: [])
        try await download.download(toPath: target.path)
        #expect(try Data(contentsOf: target) == data)

        // The real client reads what ours has written, and the other way round.
        let file = try daemon.credentialsFile()
        let uri = daemon.test(.tcp, "auth=sasl.DIGEST-MD5")
        var outcome = try await daemon.virsh(
            uri, file: file,
            ["vol-download", "one", target.path, "--pool", "default-pool", "--length", "\(data.count)"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Data(contentsOf: target) == data)
        try Data(data.reversed()).write(to: source)
        outcome = try await daemon.virsh(
            uri, file: file, ["vol-upload", "one", source.path, "--pool", "default-pool"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        try await (try await volume.download(offset: 0, length: UInt64(data.count), flags: []))
            .download(toPath: target.path)
        #expect(try Data(contentsOf: target) == Data(data.reversed()))

        let names = (0..<600).map { "guest-\($0)-" + String(repeating: "x", count: 200) }
        try await withThrowingTaskGroup { group in
            for name in names {
                group.addTask {
                    let xml =
                        "<domain type='test'><name>\(name)</name><memory>1</memory><os><type>hvm</type></os></domain>"
                    _ = try await connection.defineDomain(xml: xml)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Set(connection.domains().map(\.name)) == Set(names + ["test"]))
        outcome = try await daemon.virsh(uri, file: file, ["list", "--all", "--name"])
        #expect(Set(outcome.output.split(separator: "\n").map(String.init)) == Set(names + ["test"]))
        await connection.close()
    }
}

/// Stands between a client and a daemon, and keeps what both say.
final class Tap: Sendable {
    private let listener: Int32
    let port: Int
    private let bytes = Mutex<[UInt8]>([])

    init(to target: Int) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw RawClient.Failure(text: "no listener: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let self else { return }
                guard let server = try? RawClient(port: target) else {
                    close(client)
                    continue
                }
                server.setPatience(.seconds(60))
                carry(client, server)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    func takeBytes() -> [UInt8] {
        bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    private func carry(_ client: Int32, _ server: RawClient) {
        let link = server.descriptor
        let ways: [(Int32, Int32)] = [(client, link), (link, client)]
        let shared = Shared(server: server, client: client)
        for (from, to) in ways {
            Thread.detachNewThread { [self] in
                var buffer = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = recv(from, &buffer, buffer.count, 0)
                    if count <= 0 { break }
                    bytes.withLock { $0 += buffer[..<count] }
                    var offset = 0
                    while offset < count {
                        let sent = buffer[offset..<count].withUnsafeBytes {
                            send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                        }
                        if sent <= 0 { break }
                        offset += sent
                    }
                }
                shutdown(to, Int32(SHUT_WR))
                shared.ended()
            }
        }
    }

    /// Both descriptors, until both ways have ended.
    private final class Shared: @unchecked Sendable {
        // SAFETY: `server` is only kept alive here; `count` is locked.
        private let count = Mutex(2)
        private let server: RawClient
        private let client: Int32

        init(server: RawClient, client: Int32) {
            self.server = server
            self.client = client
        }

        func ended() {
            let isLast = count.withLock { count in
                count -= 1
                return count == 0
            }
            if isLast { close(client) }
        }
    }
}
