#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Whole files at once: save images, core dumps, hosts, the screenshot. They are small.
enum TestFile {
    /// A call of the system that failed.
    struct Failure: Error {
        let errno: Int32
        var reason: String { errno == 0 ? "Success" : String(cString: strerror(errno)) }
    }

    /// What ``contents(of:limit:)`` fails with if there is more than that.
    static let tooLarge = EFBIG

    /// The file's bytes.
    ///
    /// - Throws: EFBIG if there are more than `limit`.
    static func contents(of path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            // SAFETY: the call writes at most `count` bytes into the array it is given.
            let count = piece.withUnsafeMutableBytes { buffer in
                retrying { Int(read(descriptor, buffer.baseAddress, buffer.count)) }
            }
            guard count >= 0 else { throw Failure(errno: errno) }
            if count == 0 { return result }
            guard result.count + count <= limit else { throw Failure(errno: EFBIG) }
            result += piece[..<count]
        }
    }

    /// Makes or replaces a file that only its owner may read.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the call reads at most `count` bytes of the slice it is given.
            let count = rest.withUnsafeBytes { buffer in
                retrying { Int(Self.write(descriptor, buffer.baseAddress, buffer.count)) }
            }
            guard count > 0 else {
                let number = errno
                close(descriptor)
                throw Failure(errno: number)
            }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0 else { throw Failure(errno: errno) }
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }

    private static func retrying(_ body: () -> Int) -> Int {
        while true {
            let result = body()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

/// Facts of the machine that the process runs on.
enum TestSystem {
    static var hostname: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // SAFETY: the call writes at most `count` bytes; the last one stays 0.
        let result = buffer.withUnsafeMutableBufferPointer { gethostname($0.baseAddress!, $0.count - 1) }
        guard result == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Processors that the system has, online or not; libvirt's percentages of CPUs are of these.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_CONF))) }

    static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Microseconds since 1970.
    static var microseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) &* 1_000_000 &+ UInt64(time.tv_nsec) / 1000
    }
}
