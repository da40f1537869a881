import Dispatch
import Synchronization
import XDR

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A TCP socket that carries records (RFC 5531, section 11): fragments, each behind a unit with its length, whose top
/// bit marks the last one.
///
/// Reads block a thread of their own; that is plain enough for an example, and one thread a connection.
final class RecordSocket: Sendable {
    /// More than that in one record and the peer is not one of ours.
    static let maximumRecord = 1 << 20

    private let descriptor: Int32
    private let reading = DispatchQueue(label: "oncrpc.reading")
    private let writing = Mutex(())

    init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Ends both directions; a reader that waits gets the end of the stream.
    func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The next record; nil if the peer is gone.
    func read() async throws -> MessageBuffer? {
        try await withCheckedThrowingContinuation { continuation in
            reading.async { continuation.resume(with: Result { try self.readBlocking() }) }
        }
    }

    private func readBlocking() throws -> MessageBuffer? {
        let record = MessageBuffer(capacity: 512)
        while true {
            guard let header = try readExactly(4) else {
                if record.isEmpty { return nil }
                throw ONCError.connectionLost
            }
            let mark = header.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            let count = Int(mark & 0x7fff_ffff)
            // Checked before anything of that size is allocated.
            guard record.count + count <= Self.maximumRecord else { throw ONCError.recordTooLarge }
            guard let fragment = try readExactly(count) else { throw ONCError.connectionLost }
            fragment.withUnsafeBytes { record.append($0) }
            if mark & 0x8000_0000 != 0 { return record }
        }
    }

    private func readExactly(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, count - filled, 0) }
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw ONCError.system(errno) }
            if got == 0 {
                if filled == 0 { return nil }
                throw ONCError.connectionLost
            }
            filled += got
        }
        return bytes
    }

    /// Writes a record as one fragment; blocks while the peer does not read.
    func write(_ record: MessageBuffer) throws {
        let framed = MessageBuffer(capacity: record.count + 4)
        try framed.append(UInt32(record.count) | 0x8000_0000)
        record.withUnsafeBytes { framed.append($0) }
        try writing.withLock { _ in
            try framed.withUnsafeBytes { bytes in
                var sent = 0
                while sent < bytes.count {
                    let count = send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, noSignal)
                    if count < 0, errno == EINTR { continue }
                    if count < 0 { throw ONCError.system(errno) }
                    sent += count
                }
            }
        }
    }
}

/// A peer that is gone is an error of `send`, not the end of the process.
#if canImport(Glibc)
    private let noSignal = Int32(MSG_NOSIGNAL)
#else
    private let noSignal: Int32 = 0
#endif
