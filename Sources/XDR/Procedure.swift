/// A procedure of an RPC program (RFC 5531): its numbers, and the types of its argument and result.
@frozen
public struct Procedure<Arguments: XDRCodable, Result: XDRCodable>: Sendable {
    public let program: UInt32
    public let version: UInt32
    public let number: UInt32

    @inlinable
    public init(program: UInt32, version: UInt32, number: UInt32) {
        self.program = program
        self.version = version
        self.number = number
    }
}

/// Whatever carries calls to a server: a generated client is written against it alone.
public protocol RPCChannel: Sendable {
    func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result
}
