import Libvirt
import LibvirtRemote
import RPCTesting
import Synchronization
import Testing
import VirtRPC
import XDR

/// Calls of many tasks share one link without waiting for each other.
@Suite(.timeLimit(.minutes(1))) struct PipeliningTests {
    /// A daemon that answers nothing before all have asked, and then the last first.
    @Test(arguments: [1, 64, 1000]) func callsDoNotWaitForEachOther(_ count: Int) async throws {
        let held = Mutex<[ScriptedPeer.Message]>([])
        let daemon = ScriptedDaemon { message, peer in
            guard message.header.proc == 23 else { return false }
            let all = held.withLock { held in
                held.append(message)
                return held.count == count ? held : []
            }
            for message in all.reversed() {
                var message = message
                let name = message.payload.withUnsafeMutableBytes { bytes in
                    var reader = XDRReader(UnsafeRawBufferPointer(bytes))
                    return try? DomainLookupByNameArgs(from: &reader).name
                }
                let domain = DomainRef(name: name ?? "", uuid: UUID(word0: 1, word1: 2), id: -1)
                peer.reply(to: message.header, DomainLookupByNameRet(dom: domain))
            }
            return true
        }
        let connection = try await daemon.open()
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<count {
                group.addTask { (number, try await connection.lookupDomain(byName: "d\(number)").name) }
            }
            for try await (number, name) in group { #expect(name == "d\(number)") }
        }
        #expect(Set(held.withLock { $0.map(\.header.serial) }).count == count)
        await connection.close()
    }
}
