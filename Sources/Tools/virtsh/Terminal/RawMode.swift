#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A terminal that passes each key as it is.
///
/// The old settings come back when the value goes, when a signal ends the process, a crash included, and while it is
/// stopped.
struct RawMode: ~Copyable {
    private let descriptor: Int32

    /// - Throws: ``ShellError`` if the file is not a terminal or does not take the settings.
    init(descriptor: Int32) throws(ShellError) {
        try Self.enter(descriptor)
        self.descriptor = descriptor
    }

    private static func enter(_ descriptor: Int32) throws(ShellError) {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            throw ShellError("unable to get tty attributes: \(String(cString: strerror(errno)))")
        }
        var raw = settings
        cfmakeraw(&raw)
        RawModeRestorer.arm(descriptor, saved: settings, raw: raw)
        guard tcsetattr(descriptor, TCSAFLUSH, &raw) == 0 else {
            let problem = errno
            RawModeRestorer.disarm()
            throw ShellError("unable to set tty attributes: \(String(cString: strerror(problem)))")
        }
    }

    deinit { RawModeRestorer.disarm() }
}

/// What signal handlers need: in static storage, since a handler may touch nothing else.
private enum RawModeRestorer {
    // SAFETY: written by `arm` before the handlers are installed, and not again until `disarm` has removed them;
    // handlers only read them. One raw terminal at a time.
    nonisolated(unsafe) static var descriptor: Int32 = -1
    nonisolated(unsafe) static var saved = termios()
    nonisolated(unsafe) static var raw = termios()

    static let endings = [
        SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGPIPE, SIGALRM,
        SIGUSR1, SIGUSR2,
    ]

    static func arm(_ terminal: Int32, saved before: termios, raw wanted: termios) {
        descriptor = terminal
        saved = before
        raw = wanted
        // tcsetattr, signal and raise are async-signal-safe (POSIX, System Interfaces 2.4.3).
        for number in endings {
            signal(number) { number in
                tcsetattr(RawModeRestorer.descriptor, TCSANOW, &RawModeRestorer.saved)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        signal(SIGTSTP) { _ in
            tcsetattr(RawModeRestorer.descriptor, TCSANOW, &RawModeRestorer.saved)
            raise(SIGSTOP)
        }
        signal(SIGCONT) { _ in
            tcsetattr(RawModeRestorer.descriptor, TCSANOW, &RawModeRestorer.raw)
        }
        // A background process that sets the terminal would be stopped by this.
        signal(SIGTTOU, SIG_IGN)
    }

    static func disarm() {
        guard descriptor >= 0 else { return }
        tcsetattr(descriptor, TCSADRAIN, &saved)
        for number in endings + [SIGTSTP, SIGCONT, SIGTTOU] {
            signal(number, SIG_DFL)
        }
        // The network code counts on it.
        signal(SIGPIPE, SIG_IGN)
        descriptor = -1
    }
}
