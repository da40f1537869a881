/// Why a command failed, as lines for people; each is printed after `error: `.
struct ShellError: Error {
    var lines: [String]

    init(_ line: String) { lines = [line] }
    init(lines: [String]) { self.lines = lines }

    /// A failure with its cause: a `VirtError` prints its message, another error its description.
    init(_ line: String, _ cause: any Error) {
        lines = [line] + Self.lines(of: cause)
    }

    static func lines(of error: any Error) -> [String] {
        if let error = error as? ShellError { return error.lines }
        return ["\(error)"]
    }
}

/// Runs `body`; if it throws, says first what could not be done.
func attempt<Result>(
    _ failure: @autoclosure () -> String, _ body: () async throws -> Result
) async throws -> Result {
    do {
        return try await body()
    } catch {
        throw ShellError(failure(), error)
    }
}
