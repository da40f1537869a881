package import Foundation

/// A program that a test runs.
///
/// Nobody's thread waits for it: the threads that tests share are as many as there are cores, and two tests that block
/// them until a compiler is done would hold all others back, and their time limits would pass.
package struct Command: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        /// The exit status, or the signal that ended it as a negative number.
        package var status: Int32
        package var output: String
        package var errors: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    let executable: URL
    let arguments: [String]
    let folder: URL?

    package init(_ executable: URL, _ arguments: [String], in folder: URL? = nil) {
        self.executable = executable
        self.arguments = arguments
        self.folder = folder
    }

    /// A program that is looked up in `PATH`.
    package init(_ words: [String], in folder: URL? = nil) {
        self.init(URL(filePath: "/usr/bin/env"), words, in: folder)
    }

    package func run() async throws -> Outcome {
        // Files instead of pipes: nobody has to read while it writes.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let texts = ["out", "err"].map { scratch.appending(path: $0) }
        for text in texts { _ = FileManager.default.createFile(atPath: text.path, contents: nil) }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = try FileHandle(forWritingTo: texts[0])
        process.standardError = try FileHandle(forWritingTo: texts[1])
        let status = try await process.runToEnd()
        return Outcome(
            status: status, output: try String(contentsOf: texts[0], encoding: .utf8),
            errors: try String(contentsOf: texts[1], encoding: .utf8))
    }

    /// Runs it, and throws what it wrote unless it ends with status 0.
    ///
    /// - Returns: its standard output.
    @discardableResult
    package func runChecked() async throws -> String {
        let outcome = try await run()
        guard outcome.status == 0 else {
            let name = ([executable.path] + arguments).joined(separator: " ")
            throw Failure(description: "\(name): status \(outcome.status)\n\(outcome.output)\(outcome.errors)")
        }
        return outcome.output
    }
}

extension Process {
    /// Starts it and suspends until it has ended.
    ///
    /// - Returns: the exit status, or the signal that ended it as a negative number.
    fileprivate func runToEnd() async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            terminationHandler = { process in
                let status = process.terminationStatus
                continuation.resume(returning: process.terminationReason == .exit ? status : -status)
            }
            do {
                try run()
            } catch {
                terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}
