import Libvirt
import Testing

@testable import TestDriver

@Suite struct DriverTests {
    @Test(arguments: ["test:", "test://", "test:///", "test://host"])
    func needsAPath(_ uri: String) async {
        #expect(
            await failure { _ = try await TestDriver().open(uri, flags: 0) }
                == "8/12 invalid argument: testOpen: supply a path or use test:///default")
    }

    @Test func missingFile() async {
        #expect(
            await failure { _ = try await TestDriver().open("test:///nonono.xml", flags: 0) }
                == "27/12 XML error: failed to parse xml document '/nonono.xml'")
    }

    /// The default host lives as long as a connection has it open; nothing else in this process opens it.
    @Test func defaultHostIsShared() async throws {
        let driver = TestDriver()
        let first = try #require(try await driver.open("test:///default", flags: 0) as? TestConnection)
        let second = try #require(try await driver.open("test:///default?x=y", flags: 0) as? TestConnection)
        let events = Recorder(second)
        let domain = try await first.domainDefineXML(xml: xml("shared"))
        #expect(try await second.domainLookupByName(name: "shared").uuid == domain.uuid)
        #expect(events.take() == ["shared -1 0.0"])
        await second.close()
        await second.close()
        try await first.domainUndefine(domain)
        #expect(events.take() == [])
        _ = try await first.domainDefineXML(xml: xml("kept"))
        let third = try #require(try await driver.open("test:///default", flags: 0) as? TestConnection)
        #expect(try await third.names(0) == ["kept", "test"])
        await first.close()
        #expect(try await third.names(0) == ["kept", "test"])
        await third.close()
        let anew = try #require(try await driver.open("test:///default", flags: 0) as? TestConnection)
        #expect(try await anew.names(0) == ["test"])
        await anew.close()
    }

    @Test func hostsOfFiles() async throws {
        let path = "/tmp/swift-libvirt-test-\(UInt64.random(in: 0..<UInt64.max)).xml"
        let text = """
            <node>
              <cpu><mhz>6000</mhz><model>splat</model><active>50</active><nodes>4</nodes><sockets>4</sockets>
                <cores>4</cores><threads>2</threads></cpu>
              <memory>8000</memory>
              <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>f1</name>
                <memory>8192</memory><os><type>hvm</type></os><test:transient/></domain>
              <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>f2</name>
                <memory>8192</memory><os><type>hvm</type></os><test:runstate>5</test:runstate>
                <test:hasmanagedsave/></domain>
              <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>f3</name>
                <memory>8192</memory><os><type>hvm</type></os><test:runstate>3</test:runstate></domain>
            </node>
            """
        try TestFile.write(Array(text.utf8), to: path)
        let driver = TestDriver()
        let first = try #require(try await driver.open("test://\(path)", flags: 0) as? TestConnection)
        let second = try #require(try await driver.open("test://\(path)", flags: 0) as? TestConnection)
        let info = try await first.nodeGetInfo()
        #expect(info.cpus == 50 && info.mhz == 6000 && info.nodes == 4 && info.memory == 8000)
        #expect(try await first.names(0x8) == ["f1"])
        #expect(try await first.names(0x100) == ["f2"])
        #expect(try await first.names(0x20) == ["f3"])
        let f1 = try await first.domainLookupByName(name: "f1")
        try await first.domainDestroy(f1)
        #expect(try await first.names(0) == ["f2", "f3"])
        #expect(try await second.names(0) == ["f1", "f2", "f3"])
        try TestFile.write(
            Array(
                text.replacing("<test:transient/>", with: "<test:transient/><test:runstate>5</test:runstate>").utf8),
            to: path)
        #expect(
            await failure { _ = try await driver.open("test://\(path)", flags: 0) }
                == "27/12 XML error: transient domain cannot have runstate 'shutoff'")
    }

    @Test func noGrowth() async throws {
        let connection = newConnection()
        for number in 0..<10_000 {
            let domain = try await connection.domainDefineXML(xml: xml("d\(number % 7)"))
            try await connection.domainUndefine(domain)
        }
        #expect(connection.host.read { $0.tableSizes } == [1, 1, 0])
    }

    @Test func manyTasks() async throws {
        let connection = newConnection()
        let other = sibling(of: connection)
        let events = Recorder(other)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    for turn in 0..<50 {
                        do {
                            let domain = try await connection.domainCreateXML(
                                xmlDesc: xml("c\(task)-\(turn)"), flags: [])
                            try await connection.domainSuspend(domain)
                            _ = try await other.connectListAllDomains(flags: [])
                            try await other.domainDestroy(domain)
                        } catch {
                            Issue.record(error)
                        }
                    }
                }
            }
        }
        #expect(try await connection.names(0) == ["test"])
        // The last events may still be on their way, in the hands of another task; all tasks have ended.
        let lines = events.take()
        #expect(lines.count == 32 * 50 * 3)
        var seen: [Substring: [Substring]] = [:]
        for line in lines {
            let parts = line.split(separator: " ")
            seen[parts[0], default: []].append(parts[2])
        }
        #expect(seen.values.allSatisfy { $0 == ["2.0", "3.0", "5.1"] })
        let ids = lines.filter { $0.hasSuffix(" 2.0") }.compactMap { Int($0.split(separator: " ")[1]) }
        #expect(ids == Array(2..<(2 + 1600)))
    }
}
