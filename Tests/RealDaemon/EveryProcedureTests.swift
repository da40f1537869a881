import Foundation
import Libvirt
import Logging
import TestProcesses
import Testing
import VirtDaemon
import VirtRPC
import XDR
import XDRLanguage

@testable import Gateway
@testable import LibvirtRemote

/// Calls every procedure on a real libvirtd, through everything that is generated: bytes from the schema → our daemon's
/// stubs → a role → the SDK's stubs → libvirtd, and back.
@Suite(.serialized) struct EveryProcedureTests {
    private let schema: Schema
    private let daemon: TestDaemon

    init() async throws {
        let folder = TestDaemon.root.appending(path: "Protocol")
        var sources: [SourceFile] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where file.hasSuffix(".x") {
            sources.append(SourceFile(path: file, text: Array(try Data(contentsOf: folder.appending(path: file)))))
        }
        schema = try #require(Compiler().compile(sources).schema)
        daemon = try await TestDaemon(.libvirtd)
    }

    /// How a procedure of libvirt 9.0 was answered.
    private struct Tally {
        var results: Set<String> = []
        var errors: [String: VirtError] = [:]
    }

    @Test func onTheTestDriver() async throws {
        let tally = try await callAll(Fixture.test(daemon.folder))
        // Far less would mean that the arguments are no good.
        #expect(tally.results.count >= 190, "\(tally.results.sorted())")
    }

    @Test func onTheQEMUDriver() async throws {
        let tally = try await callAll(Fixture.qemu(daemon.folder))
        #expect(tally.results.count >= 190, "\(tally.results.sorted())")
    }

    // MARK: calling

    private func callAll(_ fixture: Fixture) async throws -> Tally {
        let server = Server(
            drivers: [GatewayDriver(socket: daemon.socket)],
            logger: Logger(label: "gateway") { _ in SwiftLogNoOpLogHandler() })
        // The driver's state lives as long as somebody has it open.
        var options = ConnectOptions()
        options.usesConfiguration = false
        let uri = daemon.uri(.unix, fixture.scheme, fixture.path)
        let keeper = try await RemoteDriver.open(uri, options: options)
        var tally = Tally()
        var called = 0
        var last = "open"
        for (program, infos) in [
            (RemoteProgram.number, RemoteProgram.procedures), (QEMUProgram.number, QEMUProgram.procedures),
            (LXCProgram.number, LXCProgram.procedures),
        ] {
            let definitions = Dictionary(
                uniqueKeysWithValues: schema.files.flatMap(\.programs).filter { $0.number == program }
                    .flatMap(\.versions).flatMap(\.procedures).map { ($0.number, $0) })
            for info in infos where info.kind != .event {
                let definition = try #require(definitions[info.number])
                let maker: ArgumentMaker
                do {
                    maker = try await withDeadline(.seconds(30)) { try await fixture.prepare(keeper, schema) }
                } catch {
                    Issue.record("after \(last): \(error)")
                    return tally
                }
                called += 1
                last = info.name
                let arguments = maker.arguments(of: definition)
                if info.kind == .session {
                    // What our daemon answers itself is asked of the real one.
                    let driver = try await RemoteDriver.open(uri, options: options)
                    await call(info, program, arguments, driver.client, &tally)
                    await driver.close()
                } else {
                    let client = try await through(server, fixture)
                    await call(info, program, arguments, client, &tally)
                    client.close()
                }
            }
        }
        await keeper.close()
        let events = RemoteProgram.procedures.count { $0.kind == .event }
        print(
            "real libvirtd, \(fixture.uri): \(called) procedures called, \(tally.results.count) gave results, \(tally.errors.count) errors; \(events) are events"
        )
        if ProcessInfo.processInfo.environment["PROCEDURES_VERBOSE"] == "1" {
            for (name, error) in tally.errors.sorted(by: { $0.key < $1.key }) {
                print("  \(name): \(error.code.rawValue) \(error.message)")
            }
        }
        return tally
    }

    /// A client of our daemon, which has opened the fixture's URI there.
    private func through(_ server: Server, _ fixture: Fixture) async throws -> RPCClient {
        let (clientEnd, serverEnd) = InProcessLink.pair()
        serverEnd.attach(try #require(server.accept(serverEnd, settings: .init())))
        let client = RPCClient(link: clientEnd)
        clientEnd.attach(client)
        _ = try await client.call(RemoteProgram.authList, XDRVoid())
        _ = try await client.call(RemoteProgram.connectOpen, ConnectOpenArgs(name: fixture.uri, flags: 0))
        return client
    }

    private func call(
        _ info: ProcedureInfo, _ program: UInt32, _ arguments: RawBytes, _ client: RPCClient, _ tally: inout Tally
    ) async {
        let procedure = Procedure<RawBytes, RawBytes>(program: program, version: 1, number: info.number)
        do {
            try await withDeadline(.seconds(20)) {
                if info.stream != nil {
                    let (_, stream) = try await client.openStream(procedure, arguments)
                    await stream.abort()
                } else {
                    _ = try await client.call(procedure, arguments)
                }
            }
            tally.results.insert(info.name)
        } catch let error as VirtError {
            tally.errors[info.name] = error
            // These are ours: bytes that one of the two codecs could not read, or a link that was lost over them.
            if error.message.contains("decode") || error.message.contains("deadline") || error.domain == .remote {
                Issue.record("\(info.name): \(error)")
            }
        } catch {
            Issue.record("\(info.name): \(error)")
        }
    }
}
