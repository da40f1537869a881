internal import LibvirtRemote

extension CommandGroup {
    static let events = CommandGroup("Domain Events", keyword: "events", [.event])
}

extension Command {
    static let event = Command(
        "event", "Wait for events of domains, or list their kinds.",
        [
            .text("domain", "Only events of this domain.", .domains),
            .text("event", "Kind of event to wait for.", .words(DomainEventNames.all)),
            .flag("all", "Wait for events of every kind."), .flag("loop", "Go on after the first event."),
            .number("timeout", "Seconds to wait at most."), .flag("list", "List the kinds of events."),
            .flag("timestamp", "Print when each event came."),
        ], needsConnection: false
    ) { call in
        // The list needs no connection, everything else does before it looks at its options.
        if !call.has("list") { _ = try await call.connection() }
        try call.excludePairs(["all": "event", "list": "all", "list": "event"])
        if call.has("list") { return call.printList(DomainEventNames.listed) }
        let numbers = try DomainEventNames.chosen(isAll: call.has("all"), name: try call.text("event"))
        let seconds = try EventWaiting.timeout(call)
        let domain = call.has("domain") ? try await call.domain() : nil
        // Interrupts end the waiting from before the first event may come.
        let interrupts = Interrupts()
        let events = try await call.connection().domainEvents(
            numbers.map { DomainEventID(rawValue: $0) }, domain: domain)
        try await EventWaiting.wait(for: events, call, seconds: seconds, interrupts: interrupts) { event in
            let words = DomainEventWords(event)
            return EventText(text: words.text, members: words.allMembers)
        }
    }
}
