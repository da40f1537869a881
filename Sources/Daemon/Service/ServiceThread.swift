internal import Libvirt
internal import VirtUtil
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A thread of our own, for what waits in the kernel for most of its life and so must not take one of Swift's threads.
enum ServiceThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that runs `body` and ends with it. No signal is delivered to it.
    ///
    /// - Parameter name: For debuggers; 15 bytes of it are shown.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // SAFETY: the thread takes over the reference; if there is none, it is released below.
        let argument = Unmanaged.passRetained(Body(name, body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let failure = pthread_create(
                &thread, &attributes,
                { argument in
                    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                    CurrentThread.setName(body.name)
                    body.run()
                    return nil
                }, argument.toOpaque())
        #else
            var thread = pthread_t()
            let failure = pthread_create(
                &thread, &attributes,
                { argument in
                    guard let argument else { return nil }
                    let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                    CurrentThread.setName(body.name)
                    body.run()
                    return nil
                }, argument.toOpaque())
        #endif
        guard failure == 0 else {
            argument.release()
            throw VirtError.system(failure, "cannot start thread '\(name)'")
        }
    }
}
