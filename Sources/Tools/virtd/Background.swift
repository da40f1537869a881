internal import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `--daemon`: the process starts itself again in a session of its own, and waits until that one serves.
///
/// A threaded process cannot fork and go on, so the second process begins anew; it knows from a variable what it is. It
/// keeps standard error until it serves, so what keeps it from that is seen by whoever typed the command.
enum Background {
    private static let variable = "VIRTD_READY_FD"

    /// Whether this is the second process.
    static var isBackground: Bool { getenv(variable) != nil }

    /// Starts the second process and waits for it.
    ///
    /// - Returns: the status to end with: 0 if it serves.
    static func start() throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw VirtError.system(errno, "cannot make a pipe") }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try spawn(readyDescriptor: ends[1])
        }
        var byte: UInt8 = 0
        var count: Int
        repeat { count = read(ends[0], &byte, 1) } while count < 0 && errno == EINTR
        if count == 1 { return 0 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7f == 0 && status >> 8 & 0xff != 0 ? status >> 8 & 0xff : 1
    }

    private static func spawn(readyDescriptor: Int32) throws -> pid_t {
        setenv(variable, "\(readyDescriptor)", 1)
        defer { unsetenv(variable) }
        var child: pid_t = 0
        let failure = posix_spawn(&child, executable, nil, nil, CommandLine.unsafeArgv, environ)
        guard failure == 0 else { throw VirtError.system(failure, "cannot start in the background") }
        return child
    }

    /// By its own name, which `ps` then shows; by the link if that was replaced meanwhile.
    private static var executable: String {
        let link = "/proc/self/exe"
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlink(link, &bytes, bytes.count - 1) > 0 else { return link }
        let path = bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? link
        return access(path, X_OK) == 0 ? path : link
    }

    /// In the second process, which leaves its session: what to call once, when clients can connect. nil in any other.
    static func readiness() -> (@Sendable () -> Void)? {
        guard let text = getenv(variable), let descriptor = Int32(String(cString: text)), descriptor > 2 else { return nil }
        unsetenv(variable)
        setsid()
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return {
            let null = open("/dev/null", O_RDWR | O_CLOEXEC)
            if null >= 0 {
                for standard in 0...2 { dup2(null, Int32(standard)) }
                close(null)
            }
            var byte: UInt8 = 1
            _ = write(descriptor, &byte, 1)
            close(descriptor)
        }
    }
}
