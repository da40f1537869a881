@preconcurrency internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Lines from the standard input; on a terminal with editing, history and completion, where the host has libedit or
/// readline.
///
/// The library is loaded when a prompt is wanted: the program starts without it, and nobody has to install it for
/// scripts. Both libraries have the calls that are used here, with the same signatures.
///
/// SAFETY: the pointers are functions and variables of a library that stays loaded; they are used by the one task that
/// reads lines. Strings that the library gives are copied and freed, those that it takes are made with `strdup`.
final class LineReader {
    typealias Completer = @Sendable (String) async -> [String]

    private typealias ReadLine = @convention(c) (UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>?
    private typealias WithText = @convention(c) (UnsafePointer<CChar>?) -> Int32
    private typealias WithNumber = @convention(c) (Int32) -> Void

    private let library: UnsafeMutableRawPointer?
    private let readLine: ReadLine?
    private let historyFile: String?

    init(completer: @escaping Completer) {
        guard Terminal.isTerminal(0), let library = Self.load() else {
            self.library = nil
            readLine = nil
            historyFile = nil
            return
        }
        self.library = library
        readLine = dlsym(library, "readline").map { unsafeBitCast($0, to: ReadLine.self) }
        historyFile = Self.historyFile()
        LineCompletionHook.install(in: library, completer)
        if let limit = dlsym(library, "stifle_history") {
            let size = Terminal.environment("VIRSH_HISTSIZE").flatMap { Int32($0) } ?? 500
            unsafeBitCast(limit, to: WithNumber.self)(size)
        }
        if let read = dlsym(library, "read_history"), let historyFile {
            _ = unsafeBitCast(read, to: WithText.self)(historyFile)
        }
    }

    /// The next line without its end; nil at the end of the input.
    func read(prompt: String) -> String? {
        guard let readLine else {
            FileWriter(descriptor: 1).write(prompt)
            guard let line = Swift.readLine() else { return nil }
            // What was typed is seen, as virsh shows it.
            if !Terminal.isTerminal(0) { FileWriter(descriptor: 1).write(line + "\n") }
            return line
        }
        guard let text = readLine(prompt) else { return nil }
        defer { free(text) }
        let line = String(cString: text)
        if !line.isEmpty, let add = dlsym(library, "add_history") {
            _ = unsafeBitCast(add, to: WithText.self)(line)
        }
        return line
    }

    func saveHistory() {
        guard let library, let write = dlsym(library, "write_history"), let historyFile else { return }
        _ = unsafeBitCast(write, to: WithText.self)(historyFile)
    }

    private static func load() -> UnsafeMutableRawPointer? {
        #if canImport(Darwin)
            let names = ["libedit.3.dylib", "libedit.dylib"]
        #else
            let names = ["libedit.so.2", "libedit.so.0", "libreadline.so.8", "libreadline.so.7"]
        #endif
        return names.lazy.compactMap { dlopen($0, RTLD_NOW) }.first
    }

    /// `~/.cache/virtsh/history`; nil where that cannot be.
    private static func historyFile() -> String? {
        let home = Terminal.environment("HOME").map { "\($0)/.cache" }
        guard let cache = Terminal.environment("XDG_CACHE_HOME") ?? home else { return nil }
        mkdir(cache, 0o700)
        mkdir("\(cache)/virtsh", 0o700)
        return "\(cache)/virtsh/history"
    }
}

/// Answers the library's question for completions.
private enum LineCompletionHook {
    typealias Attempt =
        @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> UnsafeMutablePointer<
            UnsafeMutablePointer<CChar>?
        >?

    private static let completer = Mutex<LineReader.Completer?>(nil)
    private static let library = Mutex<UInt>(0)

    static func install(in handle: UnsafeMutableRawPointer, _ completer: @escaping LineReader.Completer) {
        self.completer.withLock { $0 = completer }
        library.withLock { $0 = UInt(bitPattern: handle) }
        if let variable = dlsym(handle, "rl_attempted_completion_function") {
            variable.assumingMemoryBound(to: Attempt?.self).pointee = attempt
        }
        // Words end at blanks, not in the middle of names.
        if let variable = dlsym(handle, "rl_completer_word_break_characters"), let blanks = strdup(" \t\n;") {
            variable.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self).pointee = blanks
        }
    }

    private static let attempt: Attempt = { text, start, _ in
        guard let text, let handle = UnsafeMutableRawPointer(bitPattern: library.withLock { $0 }) else { return nil }
        let word = String(cString: text)
        var before = ""
        if let variable = dlsym(handle, "rl_line_buffer"),
            let line = variable.assumingMemoryBound(to: UnsafePointer<CChar>?.self).pointee
        {
            before = String(decoding: String(cString: line).utf8.prefix(Int(start)), as: UTF8.self)
        }
        if let variable = dlsym(handle, "rl_attempted_completion_over") {
            variable.assumingMemoryBound(to: Int32.self).pointee = 1
        }
        let found = ask(before + word)
        guard !found.isEmpty else { return nil }
        // First what all have in common, then each, then nothing.
        let all = found.count == 1 ? found : [commonStart(found)] + found
        let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: all.count + 1)
        for (index, word) in all.enumerated() { array[index] = strdup(word) }
        array[all.count] = nil
        return array
    }

    /// Waits for the answer: the library cannot, and nothing else happens at a prompt.
    private static func ask(_ line: String) -> [String] {
        guard let completer = completer.withLock({ $0 }) else { return [] }
        let box = AnswerBox()
        let done = DispatchSemaphore(value: 0)
        Task {
            let words = await completer(line)
            box.words.withLock { $0 = words }
            done.signal()
        }
        done.wait()
        return box.words.withLock { $0 }
    }

    private final class AnswerBox: Sendable {
        let words = Mutex<[String]>([])
    }

    private static func commonStart(_ words: [String]) -> String {
        words.dropFirst().reduce(words[0]) { common, word in
            String(zip(common, word).prefix { $0 == $1 }.map(\.0))
        }
    }
}
