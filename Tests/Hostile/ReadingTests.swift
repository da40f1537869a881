import Glibc
import Libvirt
import TestProcesses
import Testing
import VirtRPC
import XDR

/// Peers that are slow, or do not read at all.
@Suite struct ReadingTests {
    @Test func slowWritersAndReaders() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp])
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            for address in [RawPeer.Address.unix(daemon.socket), .tcp(daemon.tcpPort)] {
                let peer = try RawPeer(address)
                for byte in openCall + message(RemoteProgram.number, 59, serial: 7) {
                    peer.send([byte])
                    usleep(200)
                }
                guard try peer.message()?.header.status == .ok, let name = try peer.message(), name.header.serial == 7 else {
                    return ["a client that writes slowly is not served"]
                }
                // It reads an answer byte by byte.
                peer.send(message(RemoteProgram.number, 7, serial: 8))
                var byte: UInt8 = 0
                var length = 0
                for _ in 0..<4 {
                    guard recv(peer.descriptor, &byte, 1, 0) == 1 else { return ["nothing comes"] }
                    length = length << 8 | Int(byte)
                }
                for _ in 4..<length {
                    guard recv(peer.descriptor, &byte, 1, 0) == 1 else { return ["an answer ends early"] }
                }
            }
            return [bystander.stop()]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// It asks and asks and never takes an answer: what waits for it is bounded, since it is not read on.
    @Test(arguments: [false, true])
    func answersNobodyTakes(areRefusals: Bool) async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp])
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let holdings = try Holdings(daemon)
            // The capabilities, of some kilobytes; or an error.
            let request = areRefusals ? message(RemoteProgram.number, 9999) : message(RemoteProgram.number, 7)
            let many = Array(repeatElement(request, count: 1000).joined())
            var sent = 0
            let peer = try RawPeer.opened(.tcp(daemon.tcpPort), seconds: 1)
            while sent < 200, peer.send(many) { sent += 1 }
            let grown = try Holdings(daemon).memoryKiB - holdings.memoryKiB
            peer.close()
            return [
                bystander.stop(), grown < 64 << 10 ? nil : "\(grown) KiB wait for one client, which sent \(sent),000 calls",
                try holdings.whatIsLeft(daemon),
            ]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// It wants events and never takes one: it is closed, with a word in the log, and memory stays what it was.
    @Test func eventsNobodyTakes() async throws {
        let daemon = try await TestDaemon(.virtd)
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let holdings = try Holdings(daemon)
            let deaf = try RawPeer.opened(.unix(daemon.socket))
            deaf.send(
                call(RemoteProgram.connectDomainEventCallbackRegisterAny, .init(eventID: .lifecycle), serial: 1))
            guard try deaf.message()?.header.status == .ok else { return ["no registration"] }
            // Each event names the guest, at length.
            let worker = try RawPeer.opened(.unix(daemon.socket))
            let name = String(repeating: "e", count: 100_000)
            let guest = "<domain type='test'><name>\(name)</name><memory>1</memory><os><type>hvm</type></os></domain>"
            var rounds = 0
            while rounds < 400, !daemon.output.contains("does not read its events") {
                worker.send(call(RemoteProgram.domainCreateXML, .init(xmlDesc: guest, flags: 0), serial: 1))
                guard let made = try worker.message(), let result = try? made.decode(DomainCreateXMLRet.self) else {
                    return ["no guest"]
                }
                worker.send(call(RemoteProgram.domainDestroy, .init(dom: result.dom), serial: 2))
                _ = try worker.message()
                rounds += 1
            }
            let grown = try Holdings(daemon).memoryKiB - holdings.memoryKiB
            let isClosed = deaf.isClosedByPeer()
            worker.close()
            deaf.close()
            return [
                bystander.stop(), isClosed ? nil : "after \(rounds) rounds it is still there",
                grown < 64 << 10 ? nil : "\(grown) KiB", try holdings.whatIsLeft(daemon),
            ]
        }
        #expect(problems.compactMap { $0 } == [])
        #expect(daemon.output.split(separator: "\n").count { $0.contains("does not read its events") } == 1)
    }
}
