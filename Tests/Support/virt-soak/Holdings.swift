import Foundation

/// What a process holds.
struct Holdings: CustomStringConvertible {
    var descriptors: Int
    var threads: Int
    var memoryKiB: Int

    /// - Parameter process: nil: this one.
    init(_ process: Int32?) throws {
        let folder = "/proc/\(process.map { "\($0)" } ?? "self")"
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd").count
        threads = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/task").count
        let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        memoryKiB = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    /// What it holds when it has had time to let go.
    static func settled(_ process: Int32?, atMost limit: Holdings?) async throws -> Holdings {
        var now = try Holdings(process)
        for _ in 0..<(limit == nil ? 10 : 100) {
            if let limit, now.descriptors <= limit.descriptors, now.memoryKiB <= limit.memoryKiB { break }
            try await Task.sleep(for: .milliseconds(50))
            now = try Holdings(process)
        }
        return now
    }

    var description: String { "\(memoryKiB) KiB, \(descriptors) descriptors, \(threads) threads" }
}
