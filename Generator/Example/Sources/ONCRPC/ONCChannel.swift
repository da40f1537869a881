import Synchronization
public import XDR

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The calling side of a connection: what a generated client is given.
///
/// Calls may be made at the same time; each has an xid of its own, and replies may come in any order.
public final class ONCChannel: RPCChannel {
    private struct State {
        var nextID: UInt32 = .random(in: 0 ... .max)
        var waiting: [UInt32: CheckedContinuation<MessageBuffer, any Error>] = [:]
        var failure: ONCError?
    }

    private let socket: RecordSocket
    private let state = Mutex(State())

    /// Connects to a port of this host.
    public init(port: UInt16) throws {
        let descriptor = openSocket()
        guard descriptor >= 0 else { throw ONCError.system(errno) }
        var address = sockaddr_in.loopback(port: port)
        let result = withUnsafeBytes(of: &address) { bytes in
            connect(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard result == 0 else {
            let code = errno
            closeSocket(descriptor)
            throw ONCError.system(code)
        }
        socket = RecordSocket(descriptor: descriptor)
    }

    /// Reads replies until the connection ends; runs beside the calls.
    public func run() async throws {
        do {
            while let record = try await socket.read() {
                guard let xid = try? record.decode(UInt32.self, allowsTrailingBytes: true) else {
                    throw ONCError.malformedReply
                }
                // A reply that nobody waits for any more is dropped.
                state.withLock { $0.waiting.removeValue(forKey: xid) }?.resume(returning: record)
            }
            fail(.connectionLost)
        } catch {
            fail(error as? ONCError ?? .connectionLost)
            throw error
        }
    }

    /// Ends the connection, and with it ``run()`` and all calls.
    public func close() { socket.shutDown() }

    private func fail(_ error: ONCError) {
        let waiting = state.withLock { state in
            state.failure = error
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(throwing: error) }
    }

    public func call<Arguments: XDRCodable, Result: XDRCodable>(
        _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments
    ) async throws -> Result {
        let xid = state.withLock { state in
            state.nextID &+= 1
            return state.nextID
        }
        let nobody = RPCCredential(flavor: .none, body: [])
        let header = RPCMessage(
            xid: xid,
            content: .call(
                RPCCallHeader(
                    rpcVersion: UInt32(rpcProtocolVersion), program: procedure.program, version: procedure.version,
                    procedure: procedure.number, credential: nobody, verifier: nobody)))
        let record = try MessageBuffer(encoding: header)
        try record.append(arguments)
        let reply = try await withCheckedThrowingContinuation { continuation in
            let failure = state.withLock { state in
                if state.failure == nil { state.waiting[xid] = continuation }
                return state.failure
            }
            if let failure { return continuation.resume(throwing: failure) }
            do {
                try socket.write(record)
            } catch {
                state.withLock { $0.waiting.removeValue(forKey: xid) }?.resume(throwing: error)
            }
        }
        return try Self.result(of: reply, as: Result.self)
    }

    private static func result<Result: XDRCodable>(of record: MessageBuffer, as type: Result.Type) throws -> Result {
        let message = try record.decode(RPCMessage.self, allowsTrailingBytes: true)
        guard case .reply(let reply) = message.content else { throw ONCError.malformedReply }
        guard case .accepted(let accepted) = reply else { throw ONCError.denied }
        switch accepted.outcome {
        case .success: return try record.decode(type, from: message.wireSize()..<record.count, allowsTrailingBytes: true)
        case .programMismatch(let versions):
            throw ONCError.programMismatch(lowest: versions.lowest, highest: versions.highest)
        case .other(.programUnavailable): throw ONCError.programUnavailable
        case .other(.procedureUnavailable): throw ONCError.procedureUnavailable
        case .other(.garbageArguments): throw ONCError.garbageArguments
        case .other: throw ONCError.systemError
        }
    }
}

func closeSocket(_ descriptor: Int32) { close(descriptor) }

/// A TCP socket, or a negative number.
func openSocket() -> Int32 {
    #if canImport(Glibc)
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        socket(AF_INET, SOCK_STREAM, 0)
    #endif
}

extension sockaddr_in {
    static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return address
    }
}
