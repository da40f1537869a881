import Dispatch
public import XDR

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The answering side: accepts connections and hands their calls to tables.
public struct ONCServer: Sendable {
    private let tables: [ProcedureTable]
    private let listener: Int32
    public let port: UInt16

    /// Listens on a port of this host; 0 takes a free one.
    public init(port: UInt16, tables: [ProcedureTable]) throws {
        let descriptor = openSocket()
        guard descriptor >= 0 else { throw ONCError.system(errno) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in.loopback(port: port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            if bind(descriptor, pointer, size) != 0 || listen(descriptor, 16) != 0 { return -1 }
            return getsockname(descriptor, pointer, &size)
        }
        guard result == 0 else {
            let code = errno
            closeSocket(descriptor)
            throw ONCError.system(code)
        }
        self.tables = tables
        listener = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// Serves until accepting fails.
    public func run() async throws {
        let accepting = DispatchQueue(label: "oncrpc.accepting")
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let descriptor: Int32 = try await withCheckedThrowingContinuation { continuation in
                    accepting.async { [listener] in
                        let descriptor = accept(listener, nil, nil)
                        if descriptor < 0 {
                            continuation.resume(throwing: ONCError.system(errno))
                        } else {
                            continuation.resume(returning: descriptor)
                        }
                    }
                }
                group.addTask {
                    // A peer that breaks the protocol loses its connection and nothing else.
                    try? await serve(RecordSocket(descriptor: descriptor))
                }
            }
        }
    }

    private func serve(_ socket: RecordSocket) async throws {
        while let record = try await socket.read() {
            let message = try record.decode(RPCMessage.self, allowsTrailingBytes: true)
            guard case .call(let call) = message.content else { throw ONCError.malformedReply }
            let range = try message.wireSize()..<record.count
            try socket.write(await answer(call, xid: message.xid, record, range))
        }
    }

    private func answer(
        _ call: RPCCallHeader, xid: UInt32, _ record: MessageBuffer, _ range: Range<Int>
    ) async throws -> MessageBuffer {
        func reply(_ header: RPCReplyHeader) throws -> MessageBuffer {
            try MessageBuffer(encoding: RPCMessage(xid: xid, content: .reply(header)))
        }
        func accepted(_ outcome: RPCOutcome) throws -> MessageBuffer {
            try reply(.accepted(RPCAccepted(verifier: RPCCredential(flavor: .none, body: []), outcome: outcome)))
        }
        guard call.rpcVersion == rpcProtocolVersion else {
            return try reply(.denied(.versionMismatch(RPCVersionRange(lowest: 2, highest: 2))))
        }
        let versions = tables.filter { $0.program == call.program }
        guard let lowest = versions.map(\.version).min(), let highest = versions.map(\.version).max() else {
            return try accepted(.other(.programUnavailable))
        }
        guard let table = versions.first(where: { $0.version == call.version }) else {
            return try accepted(.programMismatch(RPCVersionRange(lowest: lowest, highest: highest)))
        }
        do {
            let result = try await table.call(call.procedure, record, range: range)
            let buffer = try accepted(.success)
            result.withUnsafeBytes { buffer.append($0) }
            return buffer
        } catch ProcedureError.unknownProcedure {
            return try accepted(.other(.procedureUnavailable))
        } catch ProcedureError.undecodableArguments {
            return try accepted(.other(.garbageArguments))
        } catch {
            return try accepted(.other(.systemError))
        }
    }
}
