import Libvirt
import Logging
import Synchronization
import Testing
import VirtDaemon
import VirtRPC
import XDR

/// A daemon's server in this process, with access as a text of rules has it.
final class AccessServer: Sendable {
    /// Asks whatever rules there are now, and counts.
    private final class Switch: AccessDriver {
        let name = "switch"
        let rules = Mutex<RuleAccessDriver?>(nil)
        let questions = Mutex<[(question: AccessQuestion, objects: [AccessObject])]>([])

        func decide(_ question: AccessQuestion, on objects: [AccessObject]) async throws -> [Bool] {
            questions.withLock { $0.append((question, objects)) }
            let rules = try #require(rules.withLock { $0 })
            return try await rules.decide(question, on: objects)
        }
    }

    private let access = Switch()
    let driver = PresentDriver()
    let server: Server

    init() {
        let logger = Logger(label: "access") { _ in SwiftLogNoOpLogHandler() }
        server = Server(drivers: [driver], access: AccessControl([access], logger: logger), logger: logger)
    }

    func set(_ rules: String) throws {
        let driver = RuleAccessDriver(try AccessRuleFile(rules, path: "rules"))
        access.rules.withLock { $0 = driver }
        access.questions.withLock { $0 = [] }
    }

    /// What was asked since the rules were set.
    var questions: [(question: AccessQuestion, objects: [AccessObject])] { access.questions.withLock { $0 } }

    /// A client that has opened its connection, under rules that allow that.
    func connect(
        _ onEvent: @escaping @Sendable (_ program: UInt32, _ number: Int32, Frame) -> Void = { _, _, _ in }
    ) async throws -> RPCClient {
        let (clientEnd, serverEnd) = InProcessLink.pair()
        serverEnd.attach(try #require(server.accept(serverEnd, settings: .init())))
        let client = RPCClient(link: clientEnd, onEvent: onEvent)
        clientEnd.attach(client)
        _ = try await client.call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "present:///", flags: 0))
        return client
    }

    /// The reply of a call, or its error.
    func outcome(
        _ call: ProtocolCalls.Call, _ arguments: RawBytes, _ client: RPCClient
    ) async -> Result<RawBytes, VirtError> {
        let procedure = Procedure<RawBytes, RawBytes>(program: call.program, version: 1, number: call.info.number)
        do {
            if call.info.stream != nil {
                let (reply, stream) = try await client.openStream(procedure, arguments)
                await stream.abort()
                return .success(reply)
            }
            return .success(try await client.call(procedure, arguments))
        } catch let error as VirtError {
            return .failure(error)
        } catch {
            return .failure(VirtError(.internalError, domain: .none, "\(error)"))
        }
    }
}
