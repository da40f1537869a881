import Foundation
import TestProcesses

/// A folder of a test's own.
final class Folder: Sendable {
    let path = "/tmp/virt-far-\(UInt32.random(in: 0..<UInt32.max))"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a script that can be run.
    ///
    /// Another process writes it: one that this one starts just then for another test would have it open for writing,
    /// and it could not be run.
    func program(_ name: String, _ script: String) async throws {
        try await Command([
            "sh", "-c", "printf '%s' \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh", file(name), "#!/bin/sh\n\(script)\n",
        ]).runChecked()
    }
}
