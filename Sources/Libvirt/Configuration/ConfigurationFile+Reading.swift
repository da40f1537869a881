#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `read`, under a name that the static function does not hide.
private func readBytes(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}

extension ConfigurationFile {
    /// The largest file that is read.
    package static let maximumSize = 10 << 20

    /// Reads and parses a file. Blocks, for a few milliseconds.
    ///
    /// - Returns: nil if there is no such file.
    package static func read(_ path: String) throws -> ConfigurationFile? {
        try contents(of: path).map { try ConfigurationFile(parsing: $0, path: path) }
    }

    /// What is in a file; nil if there is none.
    ///
    /// - Throws: ``VirtError`` `.systemError` if it cannot be read, or is longer than a configuration file may be.
    package static func contents(of path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw VirtError.system(errno, "Failed to open file '\(path)'")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = chunk.withUnsafeMutableBytes { readBytes(descriptor, $0) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw VirtError.system(errno, "Failed to read file '\(path)'") }
            if count == 0 { break }
            guard bytes.count + count <= maximumSize else {
                throw VirtError.system(EOVERFLOW, "Failed to read file '\(path)'")
            }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
