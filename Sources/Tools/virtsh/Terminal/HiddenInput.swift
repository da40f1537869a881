#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A line that is not shown while it is typed.
enum HiddenInput {
    static func readLine() -> String? {
        var settings = termios()
        let isTerminal = tcgetattr(0, &settings) == 0
        let before = settings
        if isTerminal {
            settings.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &settings)
        }
        let line = Swift.readLine()
        if isTerminal {
            var before = before
            tcsetattr(0, TCSAFLUSH, &before)
            FileWriter(descriptor: 1).write("\n")
        }
        return line
    }
}
