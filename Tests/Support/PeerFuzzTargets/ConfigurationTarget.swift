internal import FuzzTargets
internal import Libvirt
internal import VirtDaemon

/// A text is refused with its line, or it is a file of entries: printed, they are read the same again, and the daemon
/// and the client make of them what they can.
package enum ConfigurationTarget {
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        // Items of lists are texts of a file, and a language of their own.
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? LogFilter.parse(text)
        _ = try? LogOutput.parse(text)
        let file: ConfigurationFile
        do {
            file = try ConfigurationFile(parsing: bytes, path: "F")
        } catch {
            let message = (error as? VirtError)?.message ?? ""
            return try require(message.hasPrefix("configuration file syntax error: F:"), "refused with '\(error)'")
        }
        try checkPrinted(file)
        _ = DaemonConfiguration.warnings(file)
        if let configuration = try named(file, { try DaemonConfiguration($0) }) {
            try require(
                configuration.limits.maxClients > 0 && configuration.limits.maxWorkers > 0
                    && configuration.maxAnonymousClients <= configuration.limits.maxClients
                    && configuration.limits.keepaliveInterval >= -1, "limits that cannot be: \(configuration.limits)")
            _ = configuration.readWriteMode(isPrivileged: true)
            _ = configuration.logFilters.map { try? LogFilter.parse($0) }
            _ = configuration.logOutputs.map { try? LogOutput.parse($0, directory: "/") }
        }
        if let client = try named(file, { try ClientConfiguration($0) }) {
            let environment = ClientEnvironment(isRoot: true, home: nil)
            for name in [nil] + client.aliases.keys.map(Optional.some) {
                _ = try? client.resolve(name, in: environment)
            }
        }
    }

    /// What a reader makes of the file; an error of it names the file, or the entry.
    private static func named<Value>(
        _ file: ConfigurationFile, _ read: (ConfigurationFile) throws -> Value
    ) throws -> Value? {
        do {
            return try read(file)
        } catch {
            try require((error as? VirtError)?.message.contains("F:") == true, "an error without its place: \(error)")
            return nil
        }
    }

    private static func checkPrinted(_ file: ConfigurationFile) throws {
        let printed = file.entries.map { "\($0.name) = \(print($0.value))\n" }.joined()
        let again: ConfigurationFile
        do {
            again = try ConfigurationFile(parsing: Array(printed.utf8), path: "F")
        } catch {
            throw Finding("what was read is refused: \(error)")
        }
        try require(
            again.entries.map(\.name) == file.entries.map(\.name)
                && again.entries.map(\.value) == file.entries.map(\.value), "read again, it is something else")
        for entry in file.entries { try require(file[entry.name] != nil, "'\(entry.name)' is not found") }
    }

    private static func print(_ value: ConfigurationFile.Value) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .list(let values): "[" + values.map(print).joined(separator: ", ") + "]"
        case .string(let text):
            // One of the three quotes it came in.
            if !text.utf8.contains(where: { [0x22, 0x0a, 0x0d].contains($0) }) { "\"\(text)\"" }
            else if !text.utf8.contains(where: { [0x27, 0x0a, 0x0d].contains($0) }) { "'\(text)'" }
            else { "\"\"\"\(text)\"\"\"" }
        }
    }
}
