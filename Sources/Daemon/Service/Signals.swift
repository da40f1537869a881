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
/// They are blocked in every thread and taken by one that waits for them, so no code ever runs inside a handler.
package enum ServiceSignal: Sendable, Equatable {
    /// SIGTERM, SIGINT: finish what is under way, then end. The second one means: end at once.
    case stop
    /// SIGHUP: read the configuration again, open the log anew.
    case reload

    /// Blocks the signals, and ignores SIGPIPE.
    ///
    /// Threads inherit it: call this first in the process, before anything starts one. So do processes; whoever
    /// starts one empties its signal mask.
    package static func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = watched
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Signals from now on. There is one such sequence in a process, for all of its life.
    ///
    /// - Throws: ``VirtError`` if there are no more threads.
    package static func all() throws -> AsyncStream<ServiceSignal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ServiceSignal.self, bufferingPolicy: .bufferingNewest(16))
        try ServiceThread.start("signals") {
            var set = watched
            var number: Int32 = 0
            while sigwait(&set, &number) == 0 { continuation.yield(number == SIGHUP ? .reload : .stop) }
            continuation.finish()
        }
        return stream
    }

    private static var watched: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
        return set
    }
}
