#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Writes all of something to a file descriptor.
struct FileWriter: Sendable {
    let descriptor: Int32

    /// Writes text; what a closed pipe does not take is lost.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = writeAll(UnsafeRawBufferPointer(bytes)) }
    }

    /// Writes bytes.
    ///
    /// - Returns: 0, or the `errno` of the failure.
    func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        // SAFETY: the slice stays within `bytes`, which the caller keeps for the call.
        var left = bytes[...]
        while !left.isEmpty {
            let rest = UnsafeRawBufferPointer(rebasing: left)
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
            #else
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            left = left.dropFirst(count)
        }
        return 0
    }

    /// Writes the bytes of a collection that lie side by side, as those of a stream's piece do.
    func writeAll(_ bytes: some Collection<UInt8>) -> Int32 {
        bytes.withContiguousStorageIfAvailable { writeAll(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { writeAll($0) }
    }
}
