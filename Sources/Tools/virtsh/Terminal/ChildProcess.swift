#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Programs that run on the terminal of this one.
///
/// SAFETY: the strings and the argument vector that `posix_spawnp` reads live until it has returned.
enum ChildProcess {
    /// Runs a program of the `PATH` to its end.
    ///
    /// - Returns: its exit status; 128 and more for a signal.
    static func run(_ words: [String]) throws(ShellError) -> Int32 {
        var vector: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in vector { free(pointer) } }
        var process = pid_t()
        let problem = posix_spawnp(&process, words[0], nil, nil, &vector, environ)
        guard problem == 0 else { throw ShellError("cannot run '\(words[0])': \(String(cString: strerror(problem)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw ShellError("'\(words[0])' has gone") }
        }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}
