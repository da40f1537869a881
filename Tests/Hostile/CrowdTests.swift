import Foundation
import Libvirt
import LibvirtRemote
import TestProcesses
import Testing

/// Connections that come in hundreds and say nothing, or never finish what they begin.
@Suite struct CrowdTests {
    @Test func silentClients() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp])
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let holdings = try Holdings(daemon)
            let half = Array(openCall.prefix(30))
            let crowd = try (0..<1000).map { number in
                let peer = try RawPeer(number % 2 == 0 ? .unix(daemon.socket) : .tcp(daemon.tcpPort))
                // A third says nothing, a third a part of a message, a third half of one.
                if number % 3 > 0 { peer.send(half.prefix(number % 3 == 1 ? 3 : 30)) }
                return peer
            }
            let newcomer = try RawPeer.opened(.unix(daemon.socket))
            newcomer.close()
            let during = try Holdings(daemon)
            let growth = during.memoryKiB - holdings.memoryKiB
            for peer in crowd { peer.close() }
            return [
                bystander.stop(), during.threads <= holdings.threads + 4 ? nil : "threads: \(during)",
                growth < 32 << 10 ? nil : "a thousand silent clients take \(growth) KiB", try holdings.whatIsLeft(daemon),
            ]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// More connections than handshakes may be under way: those who mean it get in all the same.
    @Test func handshakesWithoutEnd() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tls])
        let (bystander, holdings) = try await blocking { (try Bystander(daemon), try Holdings(daemon)) }
        let crowd = Crowd()
        let pki = daemon.pki
        try await blocking { try crowd.connect(1000, to: daemon.tlsPort) }
        for _ in 0..<5 {
            let begin = ContinuousClock.now
            let connection = try await Connection.open(
                "test+tls://localhost:\(daemon.tlsPort)/default?pkipath=\(pki)&no_sanity=1")
            _ = try await connection.hostname()
            await connection.close()
            // Without room it would have to wait until others are given up, which is after ten seconds.
            #expect(ContinuousClock.now - begin < .seconds(8))
        }
        let problems = try await blocking {
            crowd.leave()
            return [bystander.stop(), try holdings.whatIsLeft(daemon)]
        }
        #expect(problems.compactMap { $0 } == [])
        // Each of them is told of once, with who it was and why.
        func refusals() -> [Substring] { daemon.output.split(separator: "\n").filter { $0.contains("TLS handshake") } }
        _ = await eventually { refusals().count >= 1000 }
        let refused = refusals()
        let peers = refused.compactMap { $0.split(separator: " ").first { $0.hasPrefix("127.0.0.1;") } }
        #expect(refused.count >= 1000 && Set(peers).count == peers.count, "\(refused.suffix(3))")
    }

    private final class Crowd: @unchecked Sendable {
        // SAFETY: used by one thread after the other.
        private var peers: [RawPeer] = []

        func connect(_ count: Int, to port: Int) throws {
            for number in 0..<count {
                let peer = try RawPeer(.tcp(port))
                // Some begin as TLS does.
                if number % 2 == 0 { peer.send([22, 3, 1, 2, 0, 1]) }
                peers.append(peer)
            }
        }

        func leave() {
            for peer in peers { peer.close() }
        }
    }
}
