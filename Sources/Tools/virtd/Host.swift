#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the process was given by whoever started it.
enum Host {
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static func removeVariable(_ name: String) { unsetenv(name) }

    static var userID: UInt32 { geteuid() }

    static var home: String {
        if let home = variable("HOME"), home.hasPrefix("/") { return home }
        // SAFETY: asked once, at the start, by the only thread.
        return getpwuid(geteuid()).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) } ?? "/"
    }

    static var directory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    static var name: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? "localhost"
    }

    static var hasTerminal: Bool { isatty(0) == 1 }

    /// The path seen from the root, since the daemon leaves the directory it was started in.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : directory == "/" ? "/\(path)" : "\(directory)/\(path)"
    }

    /// Makes a directory with its parents; it is no error if it is there.
    static func makeDirectory(_ path: String, mode: UInt32) -> Int32 {
        if mkdir(path, mode_t(mode)) == 0 || errno == EEXIST { return 0 }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return errno }
        let failure = makeDirectory(String(path[..<slash]), mode: mode)
        if failure != 0 { return failure }
        return mkdir(path, mode_t(mode)) == 0 || errno == EEXIST ? 0 : errno
    }

    /// What the daemon's files and processes begin with, whatever the caller had.
    static func leaveCaller() {
        umask(0o022)
        _ = chdir("/")
    }

    static func printError(_ text: String) {
        let line = Array("virtd: error: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    static func end(_ status: Int32) -> Never { exit(status) }
}
