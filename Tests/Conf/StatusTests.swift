import Foundation
import Testing
import VirtUtil

@testable import VirtConf

/// What libvirtd 9.0 wrote down of a guest and of a pool that ran: read and printed the same, byte for byte.
@Suite struct StatusTests {
    private func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/Status")
        return try String(contentsOf: folder.appending(path: "\(name).xml"), encoding: .utf8)
    }

    @Test func aGuestThatRuns() throws {
        let text = try text("domain")
        let status = try DomainStatus(document: XMLDocument(text, name: "(status)"))
        #expect(status.xml() == text)
        #expect(status.state == .running && status.reason == "booted" && status.pid > 0)
        #expect(status.taints.map { $0.attribute("flag") } == ["high-privileges"])
        #expect(status.driverData.first?.name == "monitor" && status.domain.id == 1)
        let disk = try #require(status.domain.devices.disks.first)
        #expect(disk.source.index == 1 && disk.privateData != nil && disk.info.alias == "virtio-disk0")
        // A client sees nothing of what only the driver knows.
        #expect(!status.domain.xml().contains("privateData"))
    }

    @Test func aPoolThatRuns() throws {
        let text = try text("pool")
        #expect(try StoragePoolStatus(document: XMLDocument(text, name: "(status)")).xml() == text)
    }

    @Test func aNetworkThatRuns() throws {
        let text = try text("network")
        let status = try NetworkStatus(document: XMLDocument(text, name: "(status)"))
        #expect(status.xml() == text)
        #expect(status.classes.description == "0-2" && status.network.name == "n")
    }

    @Test(arguments: [
        ("state='running'", "state='dancing'", "internal error: invalid domain state 'dancing'"),
        ("reason='booted'", "reason='bored'", "internal error: invalid domain state reason 'bored'"),
        (" state='running'", "", "internal error: missing domain state"), ("pid='", "pid='-", "internal error: invalid pid"),
        ("<domain ", "<guest ", "internal error: no domain config"),
    ])
    func whatIsRefused(_ old: String, _ new: String, _ message: String) throws {
        let text = try text("domain").replacing(old, with: new)
            .replacing(new == "<guest " ? "</domain>" : "\u{0}", with: "</guest>")
        #expect(throws: ConfError.self) { try DomainStatus(document: XMLDocument(text, name: "(status)")) }
        do {
            _ = try DomainStatus(document: XMLDocument(text, name: "(status)"))
        } catch {
            #expect(error.message == message)
        }
    }

    @Test func numbersOfWords() {
        #expect(RunState.allCases.firstIndex(of: .asleep) == 7 && RunState.allCases.firstIndex(of: .shutoff) == 5)
        #expect(RunState.paused.reasons.firstIndex(of: "ioerror") == 5)
        #expect(RunState.running.reasons.firstIndex(of: "wakeup") == 8)
    }
}
