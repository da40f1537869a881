import Foundation
import Glibc
import Libvirt
import TestProcesses
import Testing
import VirtRPC
import XDR

/// Clients that want more than their share.
@Suite struct GreedyTests {
    /// Twenty thousand calls in one go, all of which are answered, and nobody waits for them.
    @Test func manyCallsAtOnce() async throws {
        let daemon = try await TestDaemon(.virtd)
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let count = 20_000
            let peer = try RawPeer.opened(.unix(daemon.socket))
            let bytes = (0..<count).flatMap {
                call(RemoteProgram.connectListAllDomains, .init(needResults: 1, flags: 0), serial: UInt32($0))
            }
            // The calls are written, and the answers read, at the same time; or both would wait for the other.
            let writer = Thread { peer.send(bytes) }
            writer.start()
            var seen = Set<UInt32>()
            for _ in 0..<count {
                guard let answer = try peer.message() else { return ["closed after \(seen.count) answers"] }
                if answer.header.status == .ok { seen.insert(answer.header.serial) }
            }
            return [bystander.stop(), seen.count == count ? nil : "\(seen.count) answers"]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// What was asked for while nothing was taken comes when it is taken.
    @Test func answersTakenLate() async throws {
        let daemon = try await TestDaemon(.virtd)
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let peer = try RawPeer.opened(.unix(daemon.socket), seconds: 2)
            let request = message(RemoteProgram.number, 59)
            var sent = 0
            // As much as is taken; then it is left in the socket, whole calls of it.
            while sent < 200_000, peer.send(request) { sent += 1 }
            guard sent > 10_000, sent < 200_000 else { return ["\(sent) calls were taken"] }
            for number in 0..<sent {
                guard let answer = try peer.message(), answer.header.status == .ok else { return ["no answer \(number)"] }
            }
            return [bystander.stop()]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// Descriptors that no call announces are not kept.
    @Test func descriptorsNobodyWants() async throws {
        let daemon = try await TestDaemon(.virtd)
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let holdings = try Holdings(daemon)
            let peer = try RawPeer.opened(.unix(daemon.socket))
            let null = open("/dev/null", O_RDONLY)
            defer { close(null) }
            for number in 0..<500 {
                guard peer.send(message(RemoteProgram.number, 59, serial: 9), descriptor: null),
                    try peer.message()?.header.serial == 9
                else { return ["closed after \(number)"] }
            }
            let during = try Holdings(daemon)
            // Within a call they are bounded.
            let other = try RawPeer.opened(.unix(daemon.socket))
            let bytes = message(RemoteProgram.number, 59, Array(repeating: 0, count: 4000))
            var count = 0
            while count < 1000, other.send([bytes[count]], descriptor: null) { count += 1 }
            let isClosed = other.isClosedByPeer()
            peer.close()
            return [
                during.descriptors <= holdings.descriptors + 8 ? nil : "it keeps \(during)",
                isClosed ? nil : "\(count) descriptors came for one call", bystander.stop(),
                try holdings.whatIsLeft(daemon),
            ]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// Two streams of one serial: when the client has gone, neither is held.
    @Test func streamsOfOneSerial() async throws {
        let daemon = try await TestDaemon(.virtd)
        let problems = try await blocking { () throws -> [String?] in
            let bystander = try Bystander(daemon)
            let peer = try RawPeer.opened(.unix(daemon.socket))
            var guests: [DomainRef] = []
            for name in ["one", "two"] {
                let xml = """
                    <domain type='test'><name>\(name)</name><memory>1</memory><os><type>hvm</type></os>\
                    <devices><console type='pty'/></devices></domain>
                    """
                peer.send(call(RemoteProgram.domainCreateXML, .init(xmlDesc: xml, flags: 0), serial: 1))
                guard let made = try peer.message(), let result = try? made.decode(DomainCreateXMLRet.self) else {
                    return ["no guest"]
                }
                guests.append(result.dom)
            }
            func opens(_ peer: RawPeer, _ guest: DomainRef) throws -> Bool {
                peer.send(call(RemoteProgram.domainOpenConsole, .init(dom: guest, flags: 0), serial: 7))
                while let answer = try peer.message() {
                    if answer.header.type == .reply { return answer.header.status == .ok }
                }
                return false
            }
            guard try opens(peer, guests[0]), try opens(peer, guests[1]) else { return ["no console"] }
            peer.close()
            for guest in guests {
                var isFree = false
                for _ in 0..<100 where !isFree {
                    let other = try RawPeer.opened(.unix(daemon.socket))
                    isFree = try opens(other, guest)
                    if !isFree { usleep(20_000) }
                }
                if !isFree { return ["the console of '\(guest.name)' is held by a client that has gone"] }
            }
            return [bystander.stop()]
        }
        #expect(problems.compactMap { $0 } == [])
    }
}
