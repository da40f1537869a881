package import Libvirt
package import VirtRPC
package import XDR

/// What answers each procedure of one program.
///
/// Decoding, encoding and error handling stand here once, in generic functions; the generated code adds one closure for
/// each procedure. A table is made at start and shared by all connections.
package struct DispatchTable: Sendable {
    /// Runs a call whose arguments are decoded.
    package typealias Invocation = @Sendable (ServerCall) async throws -> Answer

    package struct Entry: Sendable {
        package let info: ProcedureInfo
        let prepare: @Sendable (Frame, Int) throws(XDRError) -> Invocation
    }

    package let program: UInt32
    package let version: UInt32
    private var entries: [Entry?]

    /// - Parameter procedures: what is known of each procedure of the program.
    package init(program: UInt32, version: UInt32, procedures: [ProcedureInfo]) {
        self.program = program
        self.version = version
        entries = Array(repeating: nil, count: Int(procedures.map(\.number).max() ?? 0) + 1)
        information = Dictionary(uniqueKeysWithValues: procedures.map { ($0.number, $0) })
    }

    private let information: [UInt32: ProcedureInfo]

    /// The entry of a procedure number as it came from a client.
    package func entry(_ number: Int32) -> Entry? {
        guard number >= 0, Int(number) < entries.count else { return nil }
        return entries[Int(number)]
    }

    private mutating func set(
        _ number: UInt32, _ prepare: @escaping @Sendable (Frame, Int) throws(XDRError) -> Invocation
    ) {
        guard let info = information[number] else { preconditionFailure("procedure \(number) has no description") }
        precondition(entries[Int(number)] == nil, "procedure \(number) is registered twice")
        entries[Int(number)] = Entry(info: info, prepare: prepare)
    }

    package mutating func add<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>,
        _ body: @escaping @Sendable (ServerCall, Arguments) async throws -> Result
    ) {
        set(procedure.number) { (frame, offset) throws(XDRError) in
            let arguments = try frame.decode(Arguments.self, skipping: offset)
            return { call in Answer(message: try call.reply(try await body(call, arguments))) }
        }
    }

    /// A procedure that opens a stream beside its reply.
    package mutating func addStream<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>,
        _ body: @escaping @Sendable (ServerCall, Arguments) async throws -> (Result, any DataStream)
    ) {
        set(procedure.number) { (frame, offset) throws(XDRError) in
            let arguments = try frame.decode(Arguments.self, skipping: offset)
            return { call in
                let (result, stream) = try await body(call, arguments)
                return Answer(message: try call.reply(result), stream: stream)
            }
        }
    }

    /// A procedure whose reply carries file descriptors.
    package mutating func addDescriptors<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>,
        _ body: @escaping @Sendable (ServerCall, Arguments) async throws -> (Result, [OwnedDescriptor])
    ) {
        set(procedure.number) { (frame, offset) throws(XDRError) in
            let arguments = try frame.decode(Arguments.self, skipping: offset)
            return { call in
                let (result, descriptors) = try await body(call, arguments)
                return Answer(
                    message: try call.reply(result, descriptors: descriptors.count), descriptors: descriptors)
            }
        }
    }
}

/// What goes back for a call.
package struct Answer: Sendable {
    let message: MessageBuffer
    var descriptors: [OwnedDescriptor] = []
    var stream: (any DataStream)?
}
