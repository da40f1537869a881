internal import LibvirtRemote

/// What an event prints.
struct EventText: Sendable {
    let text: String
    let members: [JSON.Member]

    init(text: String, members: [JSON.Member]) {
        self.text = text
        self.members = members
    }

    /// `event 'lifecycle' for network default: Started`
    init(_ name: String, _ kind: String, _ object: String, detail: String? = nil) {
        text = "event '\(name)' for \(kind) \(object)" + (detail.map { ": \($0)" } ?? "")
        var members = [
            JSON.Member(name: "event", value: .string(name)), JSON.Member(name: "object", value: .string(object)),
        ]
        if let detail { members.append(JSON.Member(name: "type", value: .string(detail))) }
        self.members = members
    }

    static func word(_ words: [String], _ number: Int32) -> String {
        words.indices.contains(Int(number)) ? words[Int(number)] : "unknown"
    }
}

/// Waiting for events, for all commands that do.
enum EventWaiting {
    private enum Ending { case done, timedOut, interrupted }

    /// The options of such a command; `object` names whose events are meant.
    static func options(of object: CommandOption, names: [String]) -> [CommandOption] {
        [
            object, .text("event", "Kind of event to wait for.", .words(names)),
            .flag("loop", "Go on after the first event."),
            .number("timeout", "Seconds to wait at most."), .flag("list", "List the kinds of events."),
            .flag("timestamp", "Print when each event came."),
        ]
    }

    /// Runs a command that waits for one kind of event of objects of one kind.
    static func run<Event>(
        _ call: Invocation, names: [String], subscribe: (Int32) async throws -> EventSequence<Event>,
        describe: @escaping @Sendable (Event) -> EventText
    ) async throws {
        if call.has("list") { return call.printList(names) }
        guard let name = try call.text("event") else {
            throw ShellError("either --list or --event <type> is required")
        }
        guard let number = names.firstIndex(of: name) else { throw ShellError("unknown event type \(name)") }
        let seconds = try timeout(call)
        let interrupts = Interrupts()
        try await wait(
            for: try await subscribe(Int32(number)), call, seconds: seconds, interrupts: interrupts, describe: describe)
    }

    static func timeout(_ call: Invocation) throws(ShellError) -> Int64? {
        try call.integer("timeout", in: 1...Int64(Int32.max) / 1000)
    }

    /// Prints events until enough came, the time is over or the user has interrupted.
    static func wait<Events: AsyncSequence & Sendable>(
        for events: Events, _ call: Invocation, seconds: Int64?, interrupts: Interrupts,
        describe: @escaping @Sendable (Events.Element) -> EventText
    ) async throws where Events.Failure == Never, Events.Element: Sendable {
        let output = call.output
        let isLoop = call.has("loop")
        let isStamped = call.has("timestamp")
        let (ending, count) = await withTaskGroup(of: (Ending, Int)?.self) { group in
            let count = Counter()
            group.addTask {
                for await event in events {
                    report(describe(event), isStamped: isStamped, to: output)
                    count.increment()
                    if !isLoop { break }
                }
                return (.done, count.value)
            }
            group.addTask {
                for await _ in interrupts.sequence { return (.interrupted, count.value) }
                return nil
            }
            if let seconds {
                group.addTask {
                    do { try await Task.sleep(for: .seconds(seconds)) } catch { return nil }
                    return (.timedOut, count.value)
                }
            }
            var result: (Ending, Int) = (.done, 0)
            for await ending in group {
                guard let ending else { continue }
                result = ending
                break
            }
            group.cancelAll()
            return result
        }
        if !output.isJSON {
            switch ending {
            case .done: break
            case .timedOut: output.print("event loop timed out")
            case .interrupted: output.print("event loop interrupted")
            }
            output.print("events received: \(count)")
        }
        if count == 0 { throw ShellError(lines: []) }
    }

    private static func report(_ event: EventText, isStamped: Bool, to output: Output) {
        let stamp = isStamped ? LocalTime.now(isUTC: true).stamp : nil
        if output.isJSON {
            let stamped = stamp.map { [JSON.Member(name: "timestamp", value: .string($0))] } ?? []
            output.printLine(.object(event.members + stamped))
        } else {
            output.print(stamp.map { "\($0): \(event.text)" } ?? event.text)
        }
    }
}
