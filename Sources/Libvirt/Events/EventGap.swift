/// A place in a sequence of events where some may be missing: the connection was lost, and there is another one now.
///
/// Whoever keeps a picture of the host has to ask anew when it comes.
public struct EventGap: Sendable {
    /// Why the connection was lost.
    public let error: VirtError
}

/// What a sequence of events with its gaps consists of.
public enum EventOrGap<Event: ObjectEvent>: Sendable {
    case event(Event)
    case gap(EventGap)
}

/// The events of a subscription, and where some may be missing; see ``EventSequence/withGaps``.
public struct EventsWithGaps<Event: ObjectEvent>: AsyncSequence, Sendable {
    public typealias Element = EventOrGap<Event>
    public typealias Failure = Never

    let base: EventSequence<Event>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(connection: base.connection, base: base.stream.makeAsyncIterator(), extract: base.extract)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let connection: Connection
        var base: AsyncStream<EventItem>.AsyncIterator
        let extract: @Sendable (HostEvent) -> Event?

        public mutating func next(isolation actor: isolated (any Actor)?) async -> EventOrGap<Event>? {
            while let item = await base.next(isolation: actor) {
                switch item {
                case .gap(let gap): return .gap(gap)
                case .event(let event): if let event = extract(event) { return .event(event) }
                }
            }
            return nil
        }

        public mutating func next() async -> EventOrGap<Event>? { await next(isolation: nil) }
    }
}
