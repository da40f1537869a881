internal import ArgumentParser
internal import LibvirtRemote

struct EventCommand: ShellCommand {
    static let abstract = "Wait for events of domains, or list their kinds."
    static let syntax = Syntax(
        command: "event",
        operands: [.optional("domain"), .optional("event"), .optional("timeout", number: true)],
        flags: ["all", "loop", "list", "timestamp"])

    @Option(help: "Only events of this domain.") var domain: String?
    @Option(help: "Kind of event to wait for.") var event: String?
    @Option(help: "Seconds to wait at most.") var timeout: String?
    @Flag(help: "Wait for events of every kind.") var all = false
    @Flag(help: "Go on after the first event.") var loop = false
    @Flag(help: "List the kinds of events.") var list = false
    @Flag(help: "Print when each event came.") var timestamp = false

    private enum Ending { case done, timedOut, interrupted }

    func run(in shell: Shell) async throws {
        try Self.exclude((all, "all"), (event != nil, "event"))
        try Self.exclude((list, "list"), (all, "all"))
        try Self.exclude((list, "list"), (event != nil, "event"))
        if list {
            let names = DomainEventNames.listed
            if shell.output.isJSON {
                shell.output.print(.array(names.map { .string($0) }))
            } else {
                for name in names { shell.output.print(name) }
            }
            return
        }
        let numbers = try chosenEvents()
        let seconds: Int64? = try Self.number(timeout, "timeout", in: 1...Int64(Int32.max) / 1000)
        let connection = try await shell.connection()
        let domain = if let domain { try await shell.domain(domain) } else { Domain?.none }

        // Interrupts end the waiting from before the first event may come.
        let interrupts = Interrupts()
        let events = try await connection.domainEvents(
            numbers.map { DomainEventID(rawValue: $0) }, domain: domain)
        let (ending, count) = await wait(for: events, seconds: seconds, interrupts: interrupts, output: shell.output)
        if !shell.output.isJSON {
            switch ending {
            case .done: break
            case .timedOut: shell.output.print("event loop timed out")
            case .interrupted: shell.output.print("event loop interrupted")
            }
            shell.output.print("events received: \(count)")
        }
        if count == 0 { throw ShellError(lines: []) }
    }

    /// The numbers of the events to ask for.
    func chosenEvents() throws(ShellError) -> [Int32] {
        if all { return DomainEventNames.listed.indices.map { Int32($0) } }
        guard let event else { throw ShellError("one of --list, --all, or --event <type> is required") }
        guard let number = DomainEventNames.number(event) else { throw ShellError("unknown event type \(event)") }
        return [number]
    }

    private func wait(
        for events: EventSequence<DomainEvent>, seconds: Int64?, interrupts: Interrupts, output: Output
    ) async -> (Ending, Int) {
        await withTaskGroup(of: (Ending, Int)?.self) { group in
            let count = Counter()
            group.addTask {
                for await event in events {
                    report(event, to: output)
                    count.increment()
                    if !loop { break }
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
    }

    private func report(_ event: DomainEvent, to output: Output) {
        let words = DomainEventWords(event)
        let stamp = timestamp ? LocalTime.now(isUTC: true).stamp : nil
        if output.isJSON {
            output.printLine(words.json(stamp: stamp))
        } else {
            output.print(stamp.map { "\($0): \(words.text)" } ?? words.text)
        }
    }
}
