internal import CVirtLinux
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A program that we have started and that talks with us.
///
/// It is always reaped: a thread of its own waits for its end, which needs neither SIGCHLD nor anybody's loop.
final class ChildProcess: Sendable {
    /// How a program ended.
    enum End: Sendable, Equatable, CustomStringConvertible {
        case status(Int32)
        case signal(Int32)
        /// Somebody else in this process has waited for it.
        case unknown

        var description: String {
            switch self {
            case .status(let status): "has ended with status \(status)"
            case .signal(let number): "was ended by signal \(number)"
            case .unknown: "has ended"
            }
        }
    }

    private struct State {
        var end: End?
        var waiters: [@Sendable (End) -> Void] = []
    }

    let id: Int32
    private let state = Mutex(State())

    private init(id: Int32) { self.id = id }

    /// Starts a program.
    ///
    /// It inherits the environment, and nothing else of ours but the two sockets.
    ///
    /// - Parameter arguments: the program, looked up in `PATH` unless it has a slash, and what it is told.
    /// - Parameter standard: its input and output; stays open here, as does `errors`.
    static func start(_ arguments: [String], standard: Int32, errors: Int32) throws(NetError) -> ChildProcess {
        guard let name = arguments.first, !name.isEmpty else {
            throw NetError(.invalidAddress, "cannot run a command without a name")
        }
        // SAFETY: the copies live until they are freed here; the call does not keep them.
        let copies = arguments.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let id = (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer {
            virt_spawn($0.baseAddress, standard, errors)
        }
        guard id > 0 else { throw .system(-id, "run \(name)") }
        let child = ChildProcess(id: id)
        do throws(NetError) {
            try child.startThread()
        } catch {
            kill(id, SIGKILL)
            _ = virt_reap(id)
            throw error
        }
        return child
    }

    private func startThread() throws(NetError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 256 << 10)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        // SAFETY: the thread takes over this reference and releases it when it ends.
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(&thread, &attributes, Self.threadBody, context)
        pthread_sigmask(SIG_SETMASK, &before, nil)
        pthread_attr_destroy(&attributes)
        guard failure == 0 else {
            Unmanaged<ChildProcess>.fromOpaque(context).release()
            throw .system(failure, "start a thread that waits for a command")
        }
    }

    #if canImport(Darwin)
        private static let threadBody: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
            Unmanaged<ChildProcess>.fromOpaque(context).takeRetainedValue().waitForEnd()
            return nil
        }
    #else
        private static let threadBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            guard let context else { return nil }
            Unmanaged<ChildProcess>.fromOpaque(context).takeRetainedValue().waitForEnd()
            return nil
        }
    #endif

    private func waitForEnd() {
        virt_await_end(id)
        let (end, waiters) = state.withLock { state in
            // Under the lock: from here on the number may be another program's.
            let result = virt_reap(id)
            let end: End = result == Int32.min ? .unknown : result < 0 ? .signal(-result) : .status(result)
            state.end = end
            defer { state.waiters = [] }
            return (end, state.waiters)
        }
        for waiter in waiters { waiter(end) }
    }

    /// Sends a signal; without effect once it has ended.
    func signal(_ number: Int32) {
        state.withLock { state in
            if state.end == nil { _ = kill(id, number) }
        }
    }

    /// Calls `action` when it has ended; at once if it has. From another thread, in no order.
    func whenEnded(_ action: @escaping @Sendable (End) -> Void) {
        let end = state.withLock { state in
            if state.end == nil { state.waiters.append(action) }
            return state.end
        }
        if let end { action(end) }
    }

    var hasEnded: Bool { state.withLock { $0.end != nil } }
}
