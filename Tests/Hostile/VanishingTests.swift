import Foundation
import Glibc
import Libvirt
import LibvirtRemote
import TestProcesses
import Testing
import VirtRPC
import XDR

/// Clients that are gone in the middle of something.
@Suite struct VanishingTests {
    private static let guest = """
        <domain type='test'><name>v</name><uuid>7ac09ff1-1cd1-44b5-b7b0-2b1f2b9e7a12</uuid><memory>1024</memory>\
        <os><type>hvm</type></os><devices><console type='pty'/></devices></domain>
        """

    /// A session of every kind: a call, events, a stream with data both ways.
    private static func session() throws -> [[UInt8]] {
        let guest = DomainRef(
            name: "v", uuid: try #require(UUID("7ac09ff1-1cd1-44b5-b7b0-2b1f2b9e7a12")), id: -1)
        let console = RemoteProgram.domainOpenConsole
        let number = Int32(console.number)
        return [
            message(RemoteProgram.number, 66),
            call(RemoteProgram.connectSupportsFeature, .init(feature: .programKeepalive), serial: 1),
            openCall,
            call(
                RemoteProgram.connectDomainEventCallbackRegisterAny, .init(eventID: .lifecycle), serial: 2),
            call(RemoteProgram.domainDefineXML, .init(xml: Self.guest), serial: 3),
            call(RemoteProgram.domainCreate, .init(dom: guest), serial: 4),
            call(console, .init(dom: guest, flags: 1), serial: 5),
            message(RemoteProgram.number, number, type: .stream, serial: 5, status: .continue, Array("root\n".utf8)),
            message(RemoteProgram.number, 4, type: .call, serial: 6),
            message(RemoteProgram.number, number, type: .stream, serial: 5, status: .continue),
            message(KeepaliveProgram.number, 1, type: .message),
            call(RemoteProgram.domainDestroy, .init(dom: guest), serial: 7),
        ]
    }

    @Test func atEachStep() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp])
        let session = try Self.session()
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let holdings = try Holdings(daemon)
            let bytes = session.flatMap { $0 }
            var cuts: Set<Int> = [0, bytes.count]
            var end = 0
            for message in session {
                // In the length, in the header, in the payload, and between messages.
                for cut in [1, 4, 20, 28, message.count - 1, message.count] where cut <= message.count {
                    cuts.insert(end + cut)
                }
                end += message.count
            }
            for (number, cut) in cuts.sorted().enumerated() {
                for address in [RawPeer.Address.unix(daemon.socket), .tcp(daemon.tcpPort)] {
                    let peer = try RawPeer(address)
                    peer.send(bytes[..<cut])
                    // Half of them are there when the daemon answers, half of them are not.
                    if number % 2 == 0 { usleep(2000) }
                    if number % 3 == 0 { peer.reset() } else { peer.close() }
                }
            }
            return [bystander.stop(), try holdings.whatIsLeft(daemon)]
        }
        #expect(problems.compactMap { $0 } == [])
        #expect(!daemon.output.contains("error :"), "\(daemon.output)")
    }

    /// A link that is cut when some bytes have passed, at each stage of TLS and of opening.
    @Test func duringHandshakes() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tls])
        let port = daemon.tlsPort
        let pki = daemon.pki
        let (bystander, holdings) = try await blocking { (try Bystander(daemon), try Holdings(daemon)) }
        var opened = 0
        for limit in [0, 1, 5, 6, 100, 250, 400, 500, 600, 1000, 1500, 2000, 2200, 2400, 2600, 3000, 1 << 20] {
            let proxy = try CuttingProxy(to: port, after: limit)
            do {
                let connection = try await Connection.open(
                    "test+tls://localhost:\(proxy.port)/default?pkipath=\(pki)&no_sanity=1")
                _ = try await connection.hostname()
                await connection.close()
                opened += 1
            } catch {
                #expect(error is VirtError, "after \(limit) bytes: \(error)")
            }
            proxy.stop()
        }
        // All of it passes in the end.
        #expect(opened >= 1 && opened < 8)
        let problems = try await blocking { [bystander.stop(), try holdings.whatIsLeft(daemon)] }
        #expect(problems.compactMap { $0 } == [])
    }
}
