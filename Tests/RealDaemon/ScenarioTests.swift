import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// What users of the SDK do, over each transport, with a real libvirtd and with our daemon.
@Suite(.timeLimit(.minutes(2))) struct ScenarioTests {
    /// Without aliases and defaults of whoever runs the tests.
    private var options: ConnectOptions {
        var options = ConnectOptions()
        options.usesConfiguration = false
        return options
    }

    private func open(_ uri: String, readOnly: Bool = false) async throws -> Connection {
        try await Connection.open(uri, readOnly: readOnly, options: options)
    }

    // MARK: the test driver

    @Test(arguments: [TestDaemon.Kind.libvirtd, .virtd]) func testDriver(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon(kind, transports: TestDaemon.Transport.allCases)
        for transport in daemon.transports {
            let uri = daemon.uri(transport, "test", "/default")
            try await lifeOfADomain(uri)
            try await errors(uri)
            try await manyCallsAtOnce(uri)
            try await deadlinesAndCancellation(uri)
        }
        try await loss(of: daemon)
    }

    private func lifeOfADomain(_ uri: String) async throws {
        let connection = try await open(uri)
        #expect(try await connection.uri() == "test:///default")
        #expect(try await connection.libraryVersion() >= 9_000_000)
        #expect(try await connection.domains(flags: .active).map(\.name) == ["test"])
        #expect(try await connection.domains(flags: .inactive).isEmpty)

        let events = try await connection.domainEvents([.lifecycle])
        let domain = try await connection.defineDomain(
            xml: "<domain type='test'><name>sdk</name><memory>65536</memory><os><type>hvm</type></os></domain>")
        #expect(try await connection.lookupDomain(byUUID: domain.uuid).name == "sdk")
        _ = try await domain.start()
        try await domain.suspend()
        #expect(try await domain.state().state == .paused)
        try await domain.resume()
        #expect(try await domain.state().state == .running)
        #expect(try await domain.info().memory == 65536)
        #expect(try await domain.xml().contains("<name>sdk</name>"))
        let statistics = try await connection.domainStatistics(of: [domain], types: 0)
        #expect(statistics.first?.params.contains { $0.field == "state.state" } == true)
        try await domain.destroy()
        try await domain.undefine()
        var seen: [DomainEventType] = []
        for await case .lifecycle(let domain, let event, _) in events {
            #expect(domain.name == "sdk")
            seen.append(event)
            if event == .undefined { break }
        }
        #expect(seen == [.defined, .started, .suspended, .resumed, .stopped, .undefined])

        let file = FileManager.default.temporaryDirectory.appending(path: "screen-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let (type, stream) = try await connection.lookupDomain(byName: "test").screenshot(screen: 0)
        #expect(type == "image/png")
        var progress: [UInt64] = []
        let size = try await stream.download(toPath: file) { progress.append($0) }
        #expect(progress.last == size)
        #expect(try Data(contentsOf: URL(filePath: file)).starts(with: [0x89, 0x50, 0x4e, 0x47]))

        await connection.close()
        #expect(try await connection.closed.reason == .client)
        #expect(!connection.isAlive)
    }

    private func errors(_ uri: String) async throws {
        let connection = try await open(uri)
        let absent = await #expect(throws: VirtError.self) { try await connection.lookupDomain(byName: "absent") }
        #expect(absent?.code == .noDomain)
        #expect(absent?.domain == .test)
        let running = try await connection.lookupDomain(byName: "test")
        let invalid = await #expect(throws: VirtError.self) { try await running.resume() }
        #expect(invalid?.code == .internalError)
        let xml = await #expect(throws: VirtError.self) { try await connection.defineDomain(xml: "<domain") }
        #expect(xml?.code == .xmlDetail)
        await connection.close()

        let wrong = await #expect(throws: VirtError.self) {
            try await open(uri.replacing("/default", with: "/no/such/file"))
        }
        #expect(wrong?.domain == .test)
        let readOnly = try await open(uri, readOnly: true)
        let denied = await #expect(throws: VirtError.self) {
            try await readOnly.lookupDomain(byName: "test").suspend()
        }
        #expect(denied?.code == .operationDenied)
        await readOnly.close()
    }

    /// Sixty-four tasks share one connection; calls are not held back for the answers to others.
    private func manyCallsAtOnce(_ uri: String) async throws {
        let connection = try await open(uri)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<64 {
                group.addTask {
                    var right = true
                    for round in 0..<20 {
                        if (task + round).isMultiple(of: 2) {
                            right = try await connection.lookupDomain(byID: 1).name == "test" && right
                        } else {
                            right = try await connection.hostname().isEmpty == false && right
                        }
                    }
                    return right
                }
            }
            for try await right in group { #expect(right) }
        }
        await connection.close()
    }

    private func deadlinesAndCancellation(_ uri: String) async throws {
        let connection = try await open(uri)
        let late = await #expect(throws: VirtError.self) {
            try await withDeadline(.zero) { try await connection.hostname() }
        }
        #expect(late?.code == .operationTimeout)
        let tasks = (0..<32).map { _ in Task { try await connection.capabilities() } }
        for task in tasks[..<16] { task.cancel() }
        for task in tasks[..<16] {
            // Cancelled before it was called, while it was called, or too late.
            switch await task.result {
            case .success(let text): #expect(text.contains("<capabilities>"))
            case .failure(let error): #expect(error is CancellationError)
            }
        }
        for task in tasks[16...] { #expect(try await task.value.contains("<capabilities>")) }
        #expect(connection.isAlive)
        #expect(try await connection.lookupDomain(byName: "test").isActive())
        await connection.close()
    }

    /// When a daemon dies, all who wait are told, and why.
    private func loss(of daemon: TestDaemon) async throws {
        var connections: [Connection] = []
        for transport in daemon.transports {
            connections.append(try await open(daemon.uri(transport, "test", "/default")))
        }
        var listeners: [EventSequence<DomainEvent>] = []
        for connection in connections { listeners.append(try await connection.domainEvents([.lifecycle])) }
        daemon.stop()
        for (connection, events) in zip(connections, listeners) {
            let closure = try await connection.closed
            #expect(closure.reason == .eof || closure.reason == .error)
            for await event in events { Issue.record("\(event) of a daemon that is gone") }
            let error = await #expect(throws: VirtError.self) { try await connection.hostname() }
            #expect(error?.message == closure.error.message)
        }
    }

    // MARK: QEMU

    @Test func qemuDriver() async throws {
        let daemon = try await TestDaemon(.libvirtd, transports: TestDaemon.Transport.allCases)
        for transport in daemon.transports {
            let connection = try await open(daemon.uri(transport, "qemu", "/system"))
            #expect(try await connection.hypervisorType() == "QEMU")
            try await guest(connection, daemon.folder.path)
            try await volume(connection, daemon.folder.path)
            await connection.close()
        }
    }

    private func guest(_ connection: Connection, _ folder: String) async throws {
        #expect(
            try await connection.domainCapabilities(emulator: "/usr/bin/qemu-system-x86_64").contains("<disk supported="))
        let events = try await connection.domainEvents([.lifecycle])
        let domain = try await connection.createDomain(
            xml: """
                <domain type='qemu'><name>sdk</name><memory>32768</memory><os><type arch='x86_64' machine='pc'>hvm</type>
                <bios useserial='yes'/></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
                <serial type='pty'/></devices></domain>
                """, flags: .paused)
        #expect(domain.id > 0)
        let console = try await domain.openConsole()
        try await domain.resume()
        var output = ""
        try await withDeadline(.seconds(60)) {
            while !output.contains("SeaBIOS"), case .data(let data)? = try await console.read() {
                output += data.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(output.contains("SeaBIOS"))
        await console.abort()
        #expect(try await domain.qemuMonitorCommand("{\"execute\":\"query-status\"}").contains("running"))
        try await domain.destroy()
        var seen: [DomainEventType] = []
        for await case .lifecycle(_, let event, _) in events {
            seen.append(event)
            if event == .stopped { break }
        }
        // QEMU may tell of its end, too.
        #expect(seen.filter { $0 != .shutdown } == [.started, .suspended, .resumed, .stopped])
    }

    private func volume(_ connection: Connection, _ folder: String) async throws {
        let directory = "\(folder)/volumes"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let pool = try await connection.createStoragePool(
            xml: "<pool type='dir'><name>sdk</name><target><path>\(directory)</path></target></pool>")
        let volume = try await pool.createVolume(
            xml: "<volume><name>bytes</name><capacity>3000000</capacity></volume>")
        let source = "\(folder)/source"
        let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 4096) })
        try bytes.write(to: URL(filePath: source))
        var progress: [UInt64] = []
        let upload = try await volume.upload(offset: 0, length: 3_000_000)
        #expect(try await upload.upload(fromPath: source) { progress.append($0) } == 3_000_000)
        #expect(progress.count > 1 && progress == progress.sorted())
        let copy = "\(folder)/copy"
        let download = try await volume.download(offset: 1000, length: 2_000_000)
        #expect(try await download.download(toPath: copy) == 2_000_000)
        #expect(try Data(contentsOf: URL(filePath: copy)) == bytes[1000..<2_001_000])

        // A volume that is a hole, and stays one.
        let sparse = try await pool.createVolume(
            xml: "<volume><name>hole</name><capacity>8388608</capacity><allocation>0</allocation></volume>")
        var sizes: [UInt64] = []
        let holes = try await sparse.download(offset: 0, length: 0, flags: .sparseStream)
        for try await chunk in holes.chunks {
            if case .hole(let length) = chunk { sizes.append(length) } else { Issue.record("\(chunk)") }
        }
        try await holes.finish()
        #expect(sizes.reduce(0, +) == 8_388_608)
        // One that ends in between leaves the connection as it was.
        let aborted = try await volume.download(offset: 0, length: 0)
        _ = try await aborted.read()
        await aborted.abort()
        #expect(try await pool.volumes().map(\.name).sorted() == ["bytes", "hole"])
        try await volume.delete()
        try await sparse.delete()
        try await pool.destroy()
    }
}
