internal import LibvirtRemote

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file that a stream is written to. If that fails and the file was not there before, it goes again.
final class TargetFile: Sendable {
    private let name: String
    private let isNew: Bool
    private let file: OwnedDescriptor

    init(_ name: String, complaint: String) throws(ShellError) {
        var isNew = true
        var descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0, errno == EEXIST {
            isNew = false
            descriptor = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw ShellError(complaint) }
        self.name = name
        self.isNew = isNew
        file = OwnedDescriptor(descriptor)
    }

    /// Writes all that the stream gives; holes stay holes.
    ///
    /// - Returns: how many bytes there were, holes included.
    func fill(
        from stream: any DataStream, failure: String, total: UInt64?, title: String, output: Output
    ) async throws -> UInt64 {
        var meter = ProgressMeter(title: title, total: total, output: output)
        var size: UInt64 = 0
        var endsInHole = false
        do {
            while let chunk = try await stream.read() {
                switch chunk {
                case .data(let data):
                    let problem = FileWriter(descriptor: file.rawValue).writeAll(data)
                    if problem != 0 {
                        throw ShellError("cannot write to \(name): \(String(cString: strerror(problem)))")
                    }
                    size += UInt64(data.count)
                    meter.advance(by: UInt64(data.count))
                    endsInHole = false
                case .hole(let length):
                    guard lseek(file.rawValue, off_t(length), SEEK_CUR) >= 0 else {
                        throw ShellError("cannot seek in \(name): \(String(cString: strerror(errno)))")
                    }
                    size += length
                    meter.advance(by: length)
                    endsInHole = true
                }
            }
            // A pipe or a device has no size to set, and needs none.
            if endsInHole { _ = ftruncate(file.rawValue, off_t(size)) }
            try await stream.finish()
        } catch {
            discard()
            await stream.abort()
            throw ShellError(failure, error)
        }
        return size
    }

    /// Removes the file, if it was not there before.
    func discard() {
        if isNew { unlink(name) }
    }
}
