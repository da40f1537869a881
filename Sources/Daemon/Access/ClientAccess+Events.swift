internal import Libvirt
internal import Synchronization

/// Events on their way to a client that may not see all of them.
struct EventsToAsk {
    var waiting: [HostEvent] = []
    /// Whether somebody asks about them now.
    var isAsking = false
}

/// Each event is asked about, and they keep their order.
extension ClientAccess {
    /// Events that may wait to be asked about; a client with more is given up, as one that does not read.
    static let mostWaiting = 16384

    /// - Returns: false if too many wait already.
    func deliver(_ event: HostEvent, to session: ClientSession) -> Bool {
        let (begins, isFull) = events.withLock { events in
            guard events.waiting.count < Self.mostWaiting else { return (false, true) }
            events.waiting.append(event)
            defer { events.isAsking = true }
            return (!events.isAsking, false)
        }
        if begins { Task { [weak session] in await self.ask(session) } }
        return !isFull
    }

    private func ask(_ session: ClientSession?) async {
        while true {
            let batch = events.withLock { events in
                if session == nil { events.waiting = [] }
                defer { events.waiting = [] }
                events.isAsking = !events.waiting.isEmpty
                return events.waiting
            }
            guard let session, !batch.isEmpty else { return }
            for (event, isSeen) in zip(batch, await mayBeSeen(batch, by: session)) where isSeen { session.send(event) }
        }
    }

    /// One question for each kind of object, however many events there are.
    private func mayBeSeen(_ batch: [HostEvent], by session: ClientSession) async -> [Bool] {
        var result = Array(repeating: false, count: batch.count)
        guard let driver = try? session.opened(for: nil).driverName else { return result }
        let objects = batch.map { try? AccessObject.plain($0.reference) }
        for kind in Set(objects.compactMap { $0?.kind }) {
            let places = objects.indices.filter { objects[$0]?.kind == kind }
            let answers = await decide(
                ProcedureInfo.AccessRule(kind.rawValue, "getattr"), on: places.compactMap { objects[$0] }, in: session,
                driver: driver)
            for (place, answer) in zip(places, answers) { result[place] = answer }
        }
        return result
    }
}

extension HostEvent {
    /// What the event is about.
    fileprivate var reference: any ObjectReference {
        switch self {
        case .domain(let event): event.object
        case .network(let event): event.object
        case .storagePool(let event): event.object
        case .nodeDevice(let event): event.object
        case .secret(let event): event.object
        }
    }
}
