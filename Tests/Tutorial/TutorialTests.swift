import Foundation
import LibvirtRemote
import Synchronization
import TestProcesses
import Testing

/// The tutorial of the SDK, `Sources/Remote/LibvirtRemote.docc`: its code stands in this folder, where it is compiled
/// and run.
@Suite(.timeLimit(.minutes(2))) struct TutorialTests {
    static let catalogue = TestDaemon.root.appending(path: "Sources/Remote/LibvirtRemote.docc")
    static let articles = (try? FileManager.default.contentsOfDirectory(atPath: catalogue.path))?.sorted() ?? []

    /// The pieces of Swift between fences in an article.
    private func code(in article: String) throws -> [String] {
        let text = try String(contentsOf: Self.catalogue.appending(path: article), encoding: .utf8)
        return text.components(separatedBy: "```").enumerated().compactMap { index, piece in
            guard index % 2 == 1, piece.hasPrefix("swift\n") else { return nil }
            return String(piece.dropFirst("swift\n".count))
        }
    }

    @Test(arguments: articles) func itsCodeIsWhatIsCompiled(_ article: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "TutorialTests.swift" }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined()
        for piece in try code(in: article) {
            #expect(sources.contains(piece), "not in \(folder.lastPathComponent): \(piece)")
        }
    }

    @Test func everyPieceOfCodeIsShown() throws {
        #expect(Self.articles.count >= 5)
        let shown = try Self.articles.flatMap(code).joined()
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        for name in ["Connecting", "Domains", "Events", "Reconnecting", "Data"] {
            let source = try String(contentsOf: folder.appending(path: "\(name).swift"), encoding: .utf8)
            // After the import, each declaration is a piece; only they begin in the first column after an empty line.
            for piece in source.split(separator: /\n\n(?=\w)/).dropFirst() {
                #expect(shown.contains("\(piece.trimmingCharacters(in: .newlines))\n"))
            }
        }
    }

    /// With a module of no symbols: the pages and the links between them.
    @Test func theCatalogueIsSound() async throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "tutorial-\(UUID())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        let graph = """
            {"metadata": {"formatVersion": {"major": 0, "minor": 6, "patch": 0}, "generator": "TutorialTests"},
             "module": {"name": "LibvirtRemote", "platform": {}}, "symbols": [], "relationships": []}
            """
        try Data(graph.utf8).write(to: scratch.appending(path: "LibvirtRemote.symbols.json"))
        let outcome = try await Command([
            "docc", "convert", Self.catalogue.path, "--warnings-as-errors",
            "--output-path", scratch.appending(path: "out").path, "--additional-symbol-graph-dir", scratch.path,
            "--fallback-display-name", "LibvirtRemote", "--fallback-bundle-identifier", "LibvirtRemote",
        ]).run()
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    // MARK: what the code does

    @Test func connecting() async throws {
        let daemon = try await TestDaemon(.virtd)
        let uri = daemon.uri(.unix, "test", "/default")
        let lines = try await inventory(of: uri)
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix(": 16 CPUs"))
        #expect(lines[1] == "test is running")
        let connection = try await Connection.open(uri)
        #expect(try await find("test", on: connection)?.name == "test")
        #expect(try await find("absent", on: connection) == nil)
        #expect(try await answers(connection, within: .seconds(20)))
        #expect(try await !answers(connection, within: .zero))
        async let end = reasonOfTheEnd(connection)
        daemon.stop()
        #expect(try await end.contains(": "))
        #expect(!connection.isAlive)
    }

    @Test func domains() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let domain = try await makeDomain(document, on: connection)
        #expect(try await domain.state().state == .running)
        #expect(try await domain.autostart())
        #expect(try await memoryInUse(on: connection) == ["test": 2_097_152, "web": 524_288])
        _ = try await processorTime(of: [domain], on: connection)
        try await stop(domain, patience: .seconds(10))
        #expect(try await !domain.isActive())
        await connection.close()
    }

    @Test func events() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let lines = Mutex<Set<String>>([])
        let log = Task { try await logLifecycle(of: connection) { line in lines.withLock { _ = $0.insert(line) } } }
        let picture = Inventory(connection)
        let follower = Task { try await picture.follow() }
        try await until { await picture.running == ["test"] }
        let domain = try await makeDomain(document, on: connection)
        try await until { await picture.running == ["test", "web"] }
        try await domain.destroy()
        try await until { await picture.running == ["test"] }
        // When the other task has subscribed is not known.
        try await until {
            _ = try await domain.start()
            try await domain.destroy()
            return lines.withLock { $0.isSuperset(of: ["web started", "web stopped"]) }
        }
        await connection.close()
        try await log.value
        try await follower.value
    }

    @Test func reconnecting() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await openForLong(daemon.uri(.unix, "test", "/default"))
        let lines = Mutex<[String]>([])
        let pictures = Mutex<[Set<String>]>([])
        let reporter = Task { await report(connection) { line in lines.withLock { $0.append(line) } } }
        let follower = Task { try await follow(connection) { names in pictures.withLock { $0.append(names) } } }
        try await until { pictures.withLock { $0 == [["test"]] } }
        let domain = try await connection.lookupDomain(byName: "test")
        try await domain.destroy()
        try await until { pictures.withLock { $0.last == [] } }
        try await startWhenPossible(domain, patience: .seconds(20))
        try await until { pictures.withLock { $0.last == ["test"] } }
        daemon.stop()
        try await until { lines.withLock { $0.last?.hasSuffix("tried 2 times") == true } }
        await #expect(throws: VirtError.self) { try await startWhenPossible(domain, patience: .milliseconds(10)) }
        await connection.close()
        await reporter.value
        try await follower.value
        #expect(lines.withLock { ($0.first, $0.last) } == ("connected", "closed: client"))
    }

    @Test func console() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let domain = try await connection.createDomain(
            xml: "<domain type='test'><name>c</name><memory>1024</memory><os><type>hvm</type></os>"
                + "<devices><console type='pty'/></devices></domain>")
        let output = try await runOnConsole(of: domain, "root", until: "Login incorrect\r\n\r\nc login: ")
        #expect(output.contains("root\r\nLogin incorrect"))
    }

    @Test(arguments: [(TestDaemon.Kind.libvirtd, "qemu", "/system"), (.virtd, "test", "/default")])
    func data(_ kind: TestDaemon.Kind, _ driver: String, _ path: String) async throws {
        let daemon = try await TestDaemon(kind)
        let connection = try await Connection.open(daemon.uri(.unix, driver, path))
        let folder = daemon.folder.appending(path: "pool").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let pool = try await connection.createStoragePool(
            xml: "<pool type='dir'><name>p</name><target><path>\(folder)</path></target></pool>")
        let (sent, received) = (daemon.folder.appending(path: "sent"), daemon.folder.appending(path: "received"))
        let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        try bytes.write(to: sent)
        let volume = try await upload(sent.path, as: "v", capacity: UInt64(bytes.count), to: pool)
        try await download(volume, to: received.path)
        #expect(try Data(contentsOf: received) == bytes)
        let test = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let picture = daemon.folder.appending(path: "picture")
        #expect(try await screenshot(of: test.lookupDomain(byName: "test"), to: picture.path) == "image/png")
        #expect(try Data(contentsOf: picture).count > 100)
        await connection.close()
        await test.close()
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }
}
