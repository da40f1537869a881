#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The user's editor, on a file of its own with some text.
///
/// SAFETY: the strings and the argument vector that `posix_spawn` reads live until it has returned.
final class Editor {
    private let path: String

    /// - Parameter suffix: such as `.xml`, for editors that look at names.
    init(text: String, suffix: String = ".xml") throws(ShellError) {
        let folder = Terminal.environment("TMPDIR") ?? "/tmp"
        var template = Array("\(folder)/virtshXXXXXX\(suffix)".utf8CString)
        let descriptor = mkstemps(&template, Int32(suffix.utf8.count))
        guard descriptor >= 0 else {
            throw ShellError("failed to create temporary file: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { close(descriptor) }
        let problem = FileWriter(descriptor: descriptor).writeAll(Array(text.utf8))
        guard problem == 0 else {
            unlink(path)
            throw ShellError("failed to write to temporary file: \(String(cString: strerror(problem)))")
        }
    }

    deinit { unlink(path) }

    /// Lets the user edit; returns when the editor has ended.
    ///
    /// - Returns: the text as it is now.
    func edit() throws(ShellError) -> String {
        let command = Terminal.environment("VISUAL") ?? Terminal.environment("EDITOR") ?? "vi"
        let arguments = ["sh", "-c", "\(command) \"$1\"", "sh", path]
        var vector: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in vector { free(pointer) } }
        var process = pid_t()
        let problem = posix_spawn(&process, "/bin/sh", nil, nil, &vector, environ)
        guard problem == 0 else {
            throw ShellError("cannot run the editor '\(command)': \(String(cString: strerror(problem)))")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw ShellError("the editor '\(command)' has gone") }
        }
        guard status == 0 else { throw ShellError("the editor '\(command)' failed") }
        return try TextFile.read(path)
    }
}

/// What to do with text that was not accepted.
enum EditAnswer {
    case again, force, stop, withoutValidation

    /// Asks until there is an answer; nil if nobody can be asked.
    static func ask(_ problem: String, canRelax: Bool, _ output: Output) -> EditAnswer? {
        guard Terminal.isTerminal(0) else { return nil }
        while true {
            output.printRaw("\(problem) Try again? [y,n,\(canRelax ? "i," : "")f,?]: ")
            switch readLine()?.first {
            case "y": return .again
            case "n", nil: return .stop
            case "f": return .force
            case "i" where canRelax: return .withoutValidation
            default:
                output.print("y - edit again\nn - throw the changes away")
                if canRelax { output.print("i - try again without validation") }
                output.print("f - try again as it is\n? - this help")
            }
        }
    }
}

extension Invocation {
    /// Lets the user change a document in an editor, until it is accepted or given up.
    ///
    /// - Parameters:
    ///   - read: gives the document as it is; asked again before writing, since others may have changed it.
    ///   - unchanged: what is said if nothing was changed.
    ///   - canRelax: whether writing without validation is a choice.
    ///   - write: stores the document, validated or not, and returns what is said then.
    func edit(
        read: () async throws -> String, unchanged: String, canRelax: Bool = false, validates: Bool = false,
        suffix: String = ".xml", write: (_ document: String, _ validates: Bool) async throws -> String
    ) async throws {
        var original = try await read()
        var editor = try Editor(text: original, suffix: suffix)
        var edited = try editor.edit()
        var validates = validates
        while true {
            if edited == original { return remark(unchanged) }
            var problem: (any Error)?
            var text = "Failed."
            let now = try await read()
            if now != original {
                original = now
                text = "The XML configuration was changed by another user."
                problem = ShellError(text)
            } else {
                do { return remark(try await write(edited, validates)) } catch { problem = error }
            }
            if Terminal.isTerminal(0), let problem, text == "Failed." { output.errors(ShellError.lines(of: problem)) }
            switch EditAnswer.ask(text, canRelax: canRelax && validates, output) {
            case .again:
                editor = try Editor(text: edited, suffix: suffix)
                edited = try editor.edit()
            case .force: continue
            case .withoutValidation: validates = false
            case .stop: return
            case nil:
                throw text == "Failed."
                    ? ShellError(lines: [text] + ShellError.lines(of: problem ?? ShellError(text))) : ShellError(text)
            }
        }
    }
}
