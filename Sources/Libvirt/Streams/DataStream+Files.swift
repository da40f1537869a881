public import XDR
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension DataStream {
    /// Writes what comes to a file, holes as holes, and finishes the stream.
    ///
    /// The file is made, or emptied, first. The caller's task reads and writes it without hops: on a slow disk it
    /// blocks a thread of the pool for the time of one write.
    ///
    /// - Parameter progress: called with the bytes so far, holes included.
    /// - Returns: the bytes of the file.
    /// - Throws: ``VirtError`` of the stream, or of the file with `.systemError`; the stream is aborted then. What was
    ///   written stays.
    @discardableResult
    nonisolated(nonsending) public func download(toPath path: String, progress: (UInt64) -> Void = { _ in }) async throws -> UInt64 {
        do {
            let file = try LocalFile(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
            var position: UInt64 = 0
            while let chunk = try await read() {
                switch chunk {
                case .data(let data):
                    try file.write(data, at: position)
                    position += UInt64(data.count)
                case .hole(let length):
                    // A hole at the end has to lengthen the file, and is only seen to be one when it ends.
                    let (end, isTooLong) = position.addingReportingOverflow(length)
                    guard !isTooLong else { throw file.error("hold a hole of \(length) bytes", EFBIG) }
                    position = end
                    try file.truncate(to: position)
                }
                progress(position)
            }
            try await finish()
            return position
        } catch {
            await abort()
            throw error
        }
    }

    /// Sends a file's bytes and finishes the stream.
    ///
    /// - Parameter length: how many; nil: to the end of the file.
    /// - Parameter isSparse: sends the file's holes as such: only if the stream was opened with the flag for it.
    /// - Parameter progress: called with the bytes so far, holes included.
    /// - Returns: how many bytes were sent, holes included.
    /// - Throws: ``VirtError`` of the stream, or of the file with `.systemError`; the stream is aborted then.
    @discardableResult
    nonisolated(nonsending) public func upload(
        fromPath path: String, offset: UInt64 = 0, length: UInt64? = nil, isSparse: Bool = false,
        progress: (UInt64) -> Void = { _ in }
    ) async throws -> UInt64 {
        do {
            let file = try LocalFile(path, O_RDONLY | O_CLOEXEC)
            var left = length ?? .max
            var position = offset
            while left > 0 {
                if isSparse, let hole = file.hole(at: position), hole > 0 {
                    let count = min(hole, left)
                    try await writeHole(count)
                    position += count
                    left -= count
                } else {
                    let data = try file.read(at: position, Int(min(left, LocalFile.pieceSize)))
                    if data.isEmpty { break }
                    try await write(data)
                    position += UInt64(data.count)
                    left -= UInt64(data.count)
                }
                progress(position - offset)
            }
            try await finish()
            return position - offset
        } catch {
            await abort()
            throw error
        }
    }
}

/// A file that is read and written at positions.
private struct LocalFile {
    static let pieceSize: UInt64 = 262_120

    let path: String
    private let descriptor: OwnedDescriptor

    init(_ path: String, _ flags: Int32) throws {
        self.path = path
        let descriptor = open(path, flags, 0o666)
        guard descriptor >= 0 else { throw Self.error("open", path, errno) }
        self.descriptor = OwnedDescriptor(descriptor)
    }

    func error(_ doing: String, _ number: Int32) -> VirtError { Self.error(doing, path, number) }

    private static func error(_ doing: String, _ path: String, _ number: Int32) -> VirtError {
        // SAFETY: glibc's strerror returns static text for known numbers and a thread's own buffer for others.
        let text = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return VirtError(.systemError, domain: .streams, "Cannot \(doing) '\(path)': \(text)")
    }

    func write(_ data: OpaqueData, at position: UInt64) throws {
        try data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = pwrite(descriptor.rawValue, rest.baseAddress, rest.count, off_t(position) + off_t(done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw error("write to", errno) }
                done += count
            }
        }
    }

    func truncate(to size: UInt64) throws {
        guard let size = off_t(exactly: size), ftruncate(descriptor.rawValue, size) == 0 else {
            throw error("lengthen", errno)
        }
    }

    /// Up to `count` bytes; none at the end.
    func read(at position: UInt64, _ count: Int) throws -> OpaqueData {
        var wanted = count
        if let end = dataEnd(position) { wanted = min(wanted, Int(clamping: end - position)) }
        let bytes = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while true {
                let got = pread(descriptor.rawValue, buffer.baseAddress, wanted, off_t(position))
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw error("read", errno) }
                filled = got
                return
            }
        }
        return OpaqueData(bytes)
    }

    /// How long the hole at a position is; nil if there is none, or the file system does not say.
    func hole(at position: UInt64) -> UInt64? {
        #if os(Linux)
            let data = lseek(descriptor.rawValue, off_t(position), 3 /* SEEK_DATA */)
            if data >= 0 { return UInt64(data) - position }
            guard errno == ENXIO else { return nil }
            let end = lseek(descriptor.rawValue, 0, SEEK_END)
            return end > off_t(position) ? UInt64(end) - position : nil
        #else
            return nil
        #endif
    }

    /// Where the data at a position ends and a hole begins.
    private func dataEnd(_ position: UInt64) -> UInt64? {
        #if os(Linux)
            let hole = lseek(descriptor.rawValue, off_t(position), 4 /* SEEK_HOLE */)
            return hole > off_t(position) ? UInt64(hole) : nil
        #else
            return nil
        #endif
    }
}
