internal import CVirtLinux
internal import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The signals that steer the daemon, as a sequence.
///
/// They are caught and not blocked: Swift's main thread waits with no signal blocked, whatever the program set, and
/// programs that we start would inherit what is blocked or ignored.
package enum ServiceSignal: Sendable, Equatable {
    /// SIGTERM, SIGINT: finish what is under way, then end. The second one means: end at once.
    case stop
    /// SIGHUP: read the configuration again, open the log anew.
    case reload

    /// Makes writes to connections that are gone fail instead of ending the process.
    package static func surviveBrokenPipes() { virt_survive_broken_pipes() }

    /// Signals from now on. There is one such sequence in a process, for all of its life.
    ///
    /// - Throws: ``VirtError`` if there are no more descriptors or threads.
    package static func all() throws -> AsyncStream<ServiceSignal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ServiceSignal.self, bufferingPolicy: .bufferingNewest(16))
        let numbers = [SIGTERM, SIGINT, SIGHUP]
        let source = virt_catch_signals(numbers, Int32(numbers.count))
        guard source >= 0 else { throw VirtError.system(-source, "cannot catch signals") }
        try ServiceThread.start("signals") {
            var number: UInt8 = 0
            while true {
                let count = read(source, &number, 1)
                if count == 1 {
                    continuation.yield(Int32(number) == SIGHUP ? .reload : .stop)
                } else if count == 0 || errno != EINTR {
                    return continuation.finish()
                }
            }
        }
        return stream
    }
}
