import Libvirt
import LibvirtRemote
import RPCTesting
import Synchronization
import VirtRPC
import XDR

/// As much of a daemon as opening a connection takes, and what a test adds.
final class ScriptedDaemon: Sendable {
    let peer: ScriptedPeer
    let driver: RemoteDriver
    private let calls = Mutex<[Int32]>([])

    /// - Parameter features: numbers of features that it has.
    /// - Parameter stopsAt: closes the link instead of answering the call of that position.
    init(
        features: Set<Int32> = [10, 14, 15], authentication: [AuthType] = [.none], stopsAt: Int? = nil,
        more: @escaping @Sendable (ScriptedPeer.Message, ScriptedPeer) -> Bool = { _, _ in false }
    ) {
        let (clientEnd, serverEnd) = InProcessLink.pair()
        peer = ScriptedPeer(serverEnd)
        driver = RemoteDriver(clientEnd) { clientEnd.attach($0) }
        peer.answer { [weak self] message, peer in
            guard let self, message.header.type == .call else { return }
            let count = calls.withLock { calls in
                calls.append(message.header.proc)
                return calls.count
            }
            if count - 1 == stopsAt { return peer.link.close(flushing: false) }
            if more(message, peer) { return }
            switch message.header.proc {
            case 66: peer.reply(to: message.header, AuthListRet(types: authentication))
            case 67: peer.reply(to: message.header, AuthSASLInitRet(mechlist: "SCRAM-SHA-256"))
            case 60:
                let isThere = features.contains(Int32(message.payload[3]))
                peer.reply(to: message.header, ConnectSupportsFeatureRet(supported: isThere ? 1 : 0))
            case 1, 2, 70, 360, 361: peer.reply(to: message.header, XDRVoid())
            default: peer.fail(message.header, .rpc("unknown procedure: \(message.header.proc)"))
            }
        }
    }

    var procedures: [Int32] { calls.withLock { $0 } }

    func open(_ options: ConnectOptions = ConnectOptions()) async throws -> Connection {
        try await Connection.open(driver, "test:///default", options: options)
    }

    func event(_ number: UInt32, _ body: some XDRCodable) throws {
        peer.link.send(
            try Frame.encode(
                MessageHeader(
                    prog: 0x2000_8086, vers: 1, proc: Int32(number), type: .message, serial: 1, status: .ok), body))
    }
}

let someDomain = DomainRef(name: "vm", uuid: UUID(word0: 1, word1: 2), id: -1)
let otherDomain = DomainRef(name: "other", uuid: UUID(word0: 3, word1: 4), id: -1)
