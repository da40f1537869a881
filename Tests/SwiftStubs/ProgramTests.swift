import Synchronization
import Testing
import XDR

/// A channel without a network: calls are encoded, answered from tables, and decoded.
struct TableChannel: RPCChannel {
    var tables: [ProcedureTable]

    func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result {
        let table = try #require(
            tables.first { $0.program == procedure.program && $0.version == procedure.version })
        return try await table.call(procedure.number, MessageBuffer(encoding: arguments)).decode(Result.self)
    }
}

private struct ServiceFailure: Error {}

private final class Calculator: VersionV1Service, VersionV2Service {
    let log = Mutex<[String]>([])
    func note(_ text: String) { log.withLock { $0.append(text) } }

    func null() async throws { note("null") }
    func add(left: Int32, right: Int32) async throws -> Int32 { left &+ right }
    func negate(_ value: Int32) async throws -> Int32 { -value }
    func divide(argument1: Int32, argument2: UInt32) async throws -> VersionDivideRet {
        guard argument2 != 0 else { throw ServiceFailure() }
        return VersionDivideRet(quotient: argument1 / Int32(argument2), remainder: argument1 % Int32(argument2))
    }
    func echo(_ value: String) async throws -> String { value == "long" ? String(repeating: "x", count: 17) : value }
    func reverse(argument1: [Int32], argument2: Bool, argument3: VersionState) async throws -> [Int32] {
        argument2 && argument3 == .on ? argument1.reversed() : argument1
    }
    func identity(_ arguments: VersionID) async throws -> VersionID { arguments }
    func ask(_ arguments: VersionAnswer) async throws -> VersionAnswer {
        if case .text(let text) = arguments { return .text(text + "!") }
        return .other(-1)
    }
    func `switch`(_ arguments: VersionState) async throws -> VersionState { arguments == .on ? .off : .on }
    func record(_ arguments: VersionRecord) async throws -> VersionRecord {
        VersionRecord(name: "head", next: arguments)
    }
    func version() async throws -> UInt64 { 1 << 40 }
    func number(_ value: Bool) async throws -> Bool { !value }
    func table(_ value: Int32) async throws { note("table \(value)") }
    func call(call: Int32, arguments: Int32, in value: Int32, self_: Int32) async throws {
        note("call \(call) \(arguments) \(value) \(self_)")
    }
    func init_() async throws { note("init") }
    func getMixedCase(_ value: String) async throws -> String { value }
    func service(argument1: VersionAddArgs, argument2: VersionAddArgs) async throws {
        note("service \(argument1.left) \(argument2.right)")
    }
}

private struct Folder: AnnotationReader, AnnotationWriter {
    func list(folder: String, flags: AnnotationFilter) async throws -> AnnotationListRet {
        AnnotationListRet(names: [folder], used: flags)
    }
    func used(_ arguments: AnnotationFilter) async throws -> AnnotationFilter { arguments.union(.active) }
    func rename(_ oldName: String, to newName: String) async throws {
        if newName.isEmpty { throw ServiceFailure() }
    }
    func rename2(oldName: String, newName: String) async throws {}
    func lock(name: String, locked: Bool) async throws -> Bool { name == "locked" ? locked : !locked }
}

/// A generated client talks to a generated server through a table.
@Suite struct ProgramTests {
    private let calculator = Calculator()

    private var tables: [ProcedureTable] {
        [VersionV1Program.table(calculator), VersionV2Program.table(calculator)]
    }

    @Test func numbers() {
        #expect(VersionV1Program.number == 0x2000_0901)
        #expect(VersionV1Program.version == 1)
        #expect(VersionV2Program.version == 2)
        #expect(VersionV2Program.versionProcedure.number == 10)
        #expect(tables[0].numbers == [0, 1, 2])
        #expect(tables[1].numbers == Array(0...16))
    }

    @Test func firstVersion() async throws {
        let client = VersionV1Client(TableChannel(tables: tables))
        try await client.null()
        #expect(try await client.add(left: 2, right: 3) == 5)
        #expect(try await client.negate(4) == -4)
        #expect(calculator.log.withLock { $0 } == ["null"])
    }

    @Test func everyFormOfArgumentAndResult() async throws {
        let client = VersionV2Client(TableChannel(tables: tables))
        try await client.null()
        #expect(try await client.add(left: 2, right: 3) == 5)
        let parts = try await client.divide(argument1: -7, argument2: 2)
        #expect(parts.quotient == -3 && parts.remainder == -1)
        #expect(try await client.echo("text") == "text")
        #expect(try await client.reverse(argument1: [1, 2], argument2: true, argument3: .on) == [2, 1])
        #expect(try await client.identity(VersionID(word0: 1, word1: 2)) == VersionID(word0: 1, word1: 2))
        guard case .text("yes!") = try await client.ask(.text("yes")) else { throw ServiceFailure() }
        guard case .other(-1) = try await client.ask(.other(3)) else { throw ServiceFailure() }
        #expect(try await client.switch(.on) == .off)
        let record = try await client.record(VersionRecord(name: "tail"))
        #expect(record.next?.name == "tail" && record.next?.next == nil)
        #expect(try await client.version() == 1 << 40)
        #expect(try await client.number(true) == false)
        try await client.table(3)
        try await client.call(call: 1, arguments: 2, in: 3, self_: 4)
        try await client.init_()
        #expect(try await client.getMixedCase("m") == "m")
        let pair = VersionAddArgs(left: 1, right: 2)
        try await client.service(argument1: pair, argument2: pair)
        #expect(calculator.log.withLock { $0 } == ["null", "table 3", "call 1 2 3 4", "init", "service 1 2"])
    }

    @Test func annotations() async throws {
        let client = AnnotationClient(TableChannel(tables: [AnnotationProgram.table(Folder())]))
        #expect(try await client.lock(name: "locked", locked: true))
        #expect(try await client.lock(name: "free", locked: true) == false)
        let listed = try await client.list(folder: "f", flags: [.inactive])
        #expect(listed.names == ["f"] && listed.used == .inactive)
        #expect(try await client.used(.old) == [.old, .active])
        try await client.rename("a", to: "b")
        try await client.rename2(oldName: "a", newName: "b")
    }

    // MARK: Errors

    @Test func errorsOfTheServicePass() async {
        let client = VersionV2Client(TableChannel(tables: tables))
        await #expect(throws: ServiceFailure.self) { _ = try await client.divide(argument1: 1, argument2: 0) }
    }

    @Test func whatTheTableRefuses() async throws {
        let table = tables[1]
        await #expect(throws: ProcedureError.unknownProcedure(99)) { _ = try await table.call(99, buffer([])) }
        await #expect(
            throws: ProcedureError.undecodableArguments(procedure: 3, .truncated(needed: 8, available: 4))
        ) { _ = try await table.call(3, buffer([1])) }
        await #expect(
            throws: ProcedureError.undecodableArguments(procedure: 4, .length(field: "value", count: 17, limit: 16))
        ) { _ = try await table.call(4, buffer([17, 0, 0, 0, 0, 0])) }
        await #expect(
            throws: ProcedureError.unencodableResult(procedure: 4, .length(field: "value", count: 17, limit: 16))
        ) { _ = try await table.call(4, buffer([4, unit("long")])) }
    }

    @Test func placesInABuffer() async throws {
        // Arguments behind a header and before something else; the result behind a free header.
        let result = try await tables[1].call(3, buffer([0, 7, 2, 99]), range: 4..<12, headroom: 8)
        #expect(result.count == 16)
        let parts = try result.decode(VersionDivideRet.self, from: 8..<16)
        #expect(parts.quotient == 3 && parts.remainder == 1)
        // What follows the arguments is passed over.
        _ = try await tables[1].call(3, buffer([7, 2, 99, 99]))
    }

    @Test func limitsOfTheClient() async {
        let client = VersionV2Client(TableChannel(tables: tables))
        await #expect(throws: XDRError.length(field: "value", count: 17, limit: 16)) {
            _ = try await client.echo(String(repeating: "x", count: 17))
        }
    }
}
