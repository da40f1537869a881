import CTirpc
import XDR

/// The rows: what the codec does, beside libtirpc's doing of the same in the same process.
struct CodecBenchmark {
    let options: CodecOptions

    init(_ options: CodecOptions) { self.options = options }

    func run() throws {
        let domains = Values.domains(1000)
        let parameters = Values.parameters(1000)
        let info = Values.info
        let block = Values.block(256 << 10)
        let rows = [
            try encode("encode 1,000 domains", domains, tirpc_domains, times: 20, wanted: 2.5),
            try encode("encode 1,000 typed parameters", parameters, tirpc_parameters, times: 20, wanted: 2.5),
            try encode("encode domain_get_info_ret, message buffer", info, tirpc_info, times: 10_000, wanted: 1.5),
            try encodeRaw("encode domain_get_info_ret, raw memory", info, tirpc_info, times: 10_000, wanted: 20),
            try decode("decode and free 1,000 domains", domains, tirpc_domains, times: 10, wanted: 1.2),
            try decode("decode and free 1,000 typed parameters", parameters, tirpc_parameters, times: 10, wanted: 1.2),
            try decode("decode domain_get_info_ret", info, tirpc_info, times: 10_000, wanted: 5),
            try copying("encode 256 KiB opaque, against memcpy", block, times: 20, wanted: 0.8),
            try decode("decode 256 KiB opaque, as a slice", block, tirpc_block, times: 20, wanted: 5),
        ]
        if let only = options.only {
            (only.side == .swift ? rows[only.row].swift : rows[only.row].peer)(0, only.times)
            return
        }
        let isMet = Measurement(rounds: options.rounds).table(rows)
        try checkSharing(block)
        if options.isGate, !isMet { fatalError("a ratio is missed") }
    }

    /// Offsets into memory aligned to 64 KiB at which messages lie.
    static let offsets = [0, 4, 28, 60, 2052]

    private func aligned(_ count: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count + 8192, alignment: 65536)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: count + 8192)
        return memory
    }

    /// The encoding, after a check that libtirpc's is the same.
    private func bytes(_ value: some XDRCodable, _ kind: tirpc_kind) throws -> (MessageBuffer, UnsafeMutableRawPointer) {
        let buffer = try MessageBuffer(encoding: value)
        let peer = buffer.withUnsafeBytes { tirpc_make(kind, $0.baseAddress, $0.count)! }
        let again = aligned(buffer.count)
        defer { again.deallocate() }
        let count = tirpc_encode(kind, peer, again, buffer.count, 1)
        let isEqual = buffer.withUnsafeBytes {
            $0.elementsEqual(UnsafeRawBufferPointer(start: again, count: count))
        }
        precondition(isEqual, "the two encodings differ")
        return (buffer, peer)
    }

    /// Into a message buffer that is used again and again; `wireSize()` is part of it, and the bounds check.
    private func encode<Value: XDRCodable>(
        _ name: String, _ value: Value, _ kind: tirpc_kind, times: Int, wanted: Double
    ) throws -> Row {
        let (bytes, peer) = try bytes(value, kind)
        let memory = aligned(bytes.count)
        let buffer = MessageBuffer(capacity: bytes.count + 8192)
        return Row(name: name, wanted: wanted, times: times) { offset, times in
            tirpc_encode(kind, peer, memory + offset, bytes.count, times)
        } swift: { offset, times in
            var value = value
            withUnsafeMutablePointer(to: &value) { value in
                for _ in 0..<times {
                    buffer.removeAll()
                    buffer.append(UnsafeRawBufferPointer(start: memory, count: offset))
                    optimizer_barrier(value)
                    guard (try? buffer.append(value.pointee)) != nil else { fatalError("encoding failed") }
                    buffer.withUnsafeBytes { optimizer_barrier($0.baseAddress) }
                }
            }
        }
    }

    /// Into memory that is known to be large enough.
    private func encodeRaw(
        _ name: String, _ value: Info, _ kind: tirpc_kind, times: Int, wanted: Double
    ) throws -> Row {
        let (bytes, peer) = try bytes(value, kind)
        let memory = aligned(bytes.count)
        return Row(name: name, wanted: wanted, times: times) { offset, times in
            tirpc_encode(kind, peer, memory + offset, bytes.count, times)
        } swift: { offset, times in
            var value = value
            withUnsafeMutablePointer(to: &value) { value in
                for _ in 0..<times {
                    optimizer_barrier(value)
                    var writer = XDRWriter(memory + offset)
                    value.pointee.encode(to: &writer)
                    optimizer_barrier(memory)
                }
            }
        }
    }

    /// The value is freed again.
    private func decode<Value: XDRCodable>(
        _ name: String, _ value: Value, _ kind: tirpc_kind, times: Int, wanted: Double
    ) throws -> Row {
        let (bytes, _) = try bytes(value, kind)
        let memory = aligned(bytes.count)
        let buffers = Self.offsets.map { offset in
            let buffer = MessageBuffer(capacity: bytes.count + 8192)
            buffer.append(UnsafeRawBufferPointer(start: memory, count: offset))
            bytes.withUnsafeBytes { buffer.append($0) }
            return (offset, buffer)
        }
        return Row(name: name, wanted: wanted, times: times) { offset, times in
            let buffer = buffers.first { $0.0 == offset }!.1
            buffer.withUnsafeBytes {
                precondition(tirpc_decode(kind, $0.baseAddress! + offset, bytes.count, times) != 0)
            }
        } swift: { offset, times in
            let buffer = buffers.first { $0.0 == offset }!.1
            for _ in 0..<times {
                buffer.withUnsafeBytes { optimizer_barrier($0.baseAddress) }
                guard var value = try? buffer.decode(Value.self, from: offset..<offset + bytes.count) else {
                    fatalError("decoding failed")
                }
                withUnsafeMutablePointer(to: &value) { optimizer_barrier($0) }
            }
        }
    }

    private func copying(_ name: String, _ value: Block, times: Int, wanted: Double) throws -> Row {
        let row = try encode(name, value, tirpc_block, times: times, wanted: wanted)
        let count = value.buffer.count
        let destination = aligned(count)
        return Row(name: name, wanted: wanted, times: times, peerName: "memcpy") { offset, times in
            value.buffer.withUnsafeBytes { bytes in
                for _ in 0..<times {
                    (destination + offset).copyMemory(from: bytes.baseAddress!, byteCount: count)
                    optimizer_barrier(destination)
                }
            }
        } swift: { offset, times in
            row.swift(offset, times)
        }
    }

    /// Decoded opaque data lies in the message's own memory.
    private func checkSharing(_ block: Block) throws {
        let buffer = try MessageBuffer(encoding: block)
        let decoded = try buffer.decode(Block.self)
        let distance = decoded.buffer.withUnsafeBytes { slice in
            buffer.withUnsafeBytes { slice.baseAddress! - $0.baseAddress! }
        }
        precondition(distance == 4, "opaque data was copied")
    }
}
