internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reads a terminal without holding a thread of the task pool.
final class KeyboardReader: Sendable {
    private let descriptor: Int32
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let queue = DispatchQueue(label: "virtsh.keyboard")

    init(descriptor: Int32) throws(ShellError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ShellError("cannot create a pipe: \(String(cString: strerror(errno)))") }
        self.descriptor = descriptor
        wakeRead = ends[0]
        wakeWrite = ends[1]
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    /// The next keys, or nil at the end of the input or after stop().
    func next() async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: readOnce()) }
        }
    }

    /// Ends a read that is waiting.
    func stop() {
        var byte: UInt8 = 0
        _ = write(wakeWrite, &byte, 1)
    }

    private func readOnce() -> [UInt8]? {
        var sources = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            if poll(&sources, nfds_t(sources.count), -1) < 0 {
                if errno == EINTR { continue }
                return nil
            }
            if sources[1].revents != 0 { return nil }
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = read(descriptor, &bytes, bytes.count)
            if count > 0 { return Array(bytes.prefix(count)) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            return nil
        }
    }
}
