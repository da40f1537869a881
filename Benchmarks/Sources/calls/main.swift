// How many small calls a second the SDK makes over one connection, one after the other or from many tasks.
internal import LibvirtRemote

struct Options: Sendable {
    var uri: String?
    var tasks = 1
    var count = 100_000
    var isOnLink = false

    static let usage = "usage: calls --uri URI [--tasks N] [--count N] [--on-link]"

    init(_ words: [String]) throws {
        var words = words.dropFirst()
        func number(_ name: String) throws -> Int {
            guard let text = words.popFirst(), let number = Int(text), number > 0 else {
                throw Failure(description: "\(name) needs a number; \(Self.usage)")
            }
            return number
        }
        while let word = words.popFirst() {
            switch word {
            case "--uri": uri = words.popFirst()
            case "--tasks": tasks = try number(word)
            case "--count": count = try number(word)
            case "--on-link": isOnLink = true
            default: throw Failure(description: "what is \(word)? \(Self.usage)")
            }
        }
        if uri == nil { throw Failure(description: Self.usage) }
    }
}

struct Failure: Error, CustomStringConvertible { var description: String }

/// Makes `count` calls from `tasks` tasks.
///
/// - Returns: calls per second.
func rate(_ connection: Connection, count: Int, tasks: Int) async throws -> Double {
    let share = max(count / tasks, 1)
    let begun = ContinuousClock.now
    if tasks == 1 {
        for _ in 0..<share { _ = try await connection.libraryVersion() }
    } else {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<tasks {
                group.addTask { for _ in 0..<share { _ = try await connection.libraryVersion() } }
            }
            try await group.waitForAll()
        }
    }
    return Double(share * tasks) / ((ContinuousClock.now - begun) / .seconds(1))
}

/// The same, after a tenth of it that is not counted.
func measure(_ connection: Connection, _ options: Options) async throws -> Double {
    _ = try await rate(connection, count: options.count / 10, tasks: options.tasks)
    return try await rate(connection, count: options.count, tasks: options.tasks)
}

let options = try Options(CommandLine.arguments)
let connection = try await Connection.open(options.uri)
let result =
    options.isOnLink
    ? try await connection.onLinkThread { try await measure(connection, options) }
    : try await measure(connection, options)
print("calls\t\(options.tasks)\t\(Int(result))")
await connection.close()
