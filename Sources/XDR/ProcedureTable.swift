/// What a server answers: a closure for each procedure of one version of a program.
///
/// Generated servers fill one (`DemoProgram.table(service)`); whoever reads calls from a transport hands them to
/// ``call(_:_:range:headroom:)``. A table is filled once and then shared; calls may run at the same time.
public struct ProcedureTable: Sendable {
    private typealias Body = @Sendable (MessageBuffer, Range<Int>?, Int) async throws -> MessageBuffer

    public let program: UInt32
    public let version: UInt32
    private var bodies: [UInt32: Body] = [:]

    public init(program: UInt32, version: UInt32) {
        self.program = program
        self.version = version
    }

    /// Numbers of the procedures that are answered, in order.
    public var numbers: [UInt32] { bodies.keys.sorted() }

    /// Answers `procedure`, which must be of this program and version, with `body`.
    public mutating func add<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>,
        _ body: @escaping @Sendable (Arguments) async throws -> Result
    ) {
        precondition(
            procedure.program == program && procedure.version == version, "a procedure of another program or version")
        let number = procedure.number
        bodies[number] = { bytes, range, headroom in
            let arguments: Arguments
            do throws(XDRError) {
                arguments = try bytes.decode(Arguments.self, from: range, allowsTrailingBytes: true)
            } catch {
                throw ProcedureError.undecodableArguments(procedure: number, error)
            }
            let result = try await body(arguments)
            do throws(XDRError) {
                return try MessageBuffer(encoding: result, headroom: headroom)
            } catch {
                throw ProcedureError.unencodableResult(procedure: number, error)
            }
        }
    }

    /// Decodes arguments, calls the procedure, and gives its encoded result.
    ///
    /// - Parameters:
    ///   - number: The procedure's number, as received.
    ///   - bytes: Holds the encoded arguments; opaque data in them refers to it. Bytes behind them are passed over.
    ///   - range: Where in `bytes` they stand; nil: everywhere.
    ///   - headroom: Bytes to leave free in front of the result, for a header.
    /// - Throws: ``ProcedureError``, and whatever the procedure itself throws.
    public func call(
        _ number: UInt32, _ bytes: MessageBuffer, range: Range<Int>? = nil, headroom: Int = 0
    ) async throws -> MessageBuffer {
        guard let body = bodies[number] else { throw ProcedureError.unknownProcedure(number) }
        return try await body(bytes, range, headroom)
    }
}

/// Why a ``ProcedureTable`` could not answer; the service's own errors are not among them.
public enum ProcedureError: Error, Sendable, Equatable {
    /// The program has no such procedure, or nobody answers it: ONC RPC's `PROC_UNAVAIL`.
    case unknownProcedure(UInt32)
    /// The caller's bytes are no arguments of the procedure: ONC RPC's `GARBAGE_ARGS`.
    case undecodableArguments(procedure: UInt32, XDRError)
    /// The service gave a result that exceeds a limit of the protocol: ONC RPC's `SYSTEM_ERR`.
    case unencodableResult(procedure: UInt32, XDRError)
}

extension ProcedureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownProcedure(let number): "there is no procedure \(number)"
        case .undecodableArguments(let number, let error): "arguments of procedure \(number): \(error)"
        case .unencodableResult(let number, let error): "result of procedure \(number): \(error)"
        }
    }
}
