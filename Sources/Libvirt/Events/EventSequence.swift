/// The events of one subscription.
///
/// Iterate over it in one task. Events wait in a buffer; when that is full the oldest is dropped, and
/// ``droppedEvents`` counts it: whoever keeps a picture of the host then has to ask anew. The sequence ends when the
/// connection does, which it keeps alive. When the sequence is dropped, the daemon is told that nobody listens any more.
public struct EventSequence<Event: ObjectEvent>: AsyncSequence, Sendable {
    public typealias Element = Event
    public typealias Failure = Never

    let connection: Connection
    let stream: AsyncStream<EventItem>
    let dropped: DropCounter
    let extract: @Sendable (HostEvent) -> Event?

    /// How many events were lost so far since the consumer was too slow.
    public var droppedEvents: Int { dropped.value }

    /// The same events, with a mark where a connection that reconnects was lost meanwhile; iterate over one of the two.
    public var withGaps: EventsWithGaps<Event> { EventsWithGaps(base: self) }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: withGaps.makeAsyncIterator())
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: EventsWithGaps<Event>.AsyncIterator

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Event? {
            while let item = await base.next(isolation: actor) {
                if case .event(let event) = item { return event }
            }
            return nil
        }

        public mutating func next() async -> Event? { await next(isolation: nil) }
    }
}

extension Connection {
    /// Events of domains, from the moment this returns.
    ///
    /// C: `virConnectDomainEventRegisterAny`.
    ///
    /// - Parameter ids: what to hear of.
    /// - Parameter domain: the only domain to hear of; nil: all.
    /// - Parameter bufferSize: events that may wait for the consumer.
    /// - Throws: ``VirtError`` if the daemon or its driver does not know an event.
    public func domainEvents(
        _ ids: [DomainEventID] = [.lifecycle], domain: Domain? = nil, bufferSize: Int = 1024
    ) async throws -> EventSequence<DomainEvent> {
        try await subscribe(.domain, ids.map(\.rawValue), domain?.reference, bufferSize) {
            if case .domain(let event) = $0 { event } else { nil }
        }
    }

    /// Events of networks. C: `virConnectNetworkEventRegisterAny`.
    public func networkEvents(
        _ ids: [NetworkEventID] = [.lifecycle], network: Network? = nil, bufferSize: Int = 1024
    ) async throws -> EventSequence<NetworkEvent> {
        try await subscribe(.network, ids.map(\.rawValue), network?.reference, bufferSize) {
            if case .network(let event) = $0 { event } else { nil }
        }
    }

    /// Events of storage pools. C: `virConnectStoragePoolEventRegisterAny`.
    public func storagePoolEvents(
        _ ids: [StoragePoolEventID] = [.lifecycle], pool: StoragePool? = nil, bufferSize: Int = 1024
    ) async throws -> EventSequence<StoragePoolEvent> {
        try await subscribe(.storagePool, ids.map(\.rawValue), pool?.reference, bufferSize) {
            if case .storagePool(let event) = $0 { event } else { nil }
        }
    }

    /// Events of devices of the host. C: `virConnectNodeDeviceEventRegisterAny`.
    public func nodeDeviceEvents(
        _ ids: [NodeDeviceEventID] = [.lifecycle], device: NodeDevice? = nil, bufferSize: Int = 1024
    ) async throws -> EventSequence<NodeDeviceEvent> {
        try await subscribe(.nodeDevice, ids.map(\.rawValue), device?.reference, bufferSize) {
            if case .nodeDevice(let event) = $0 { event } else { nil }
        }
    }

    /// Events of secrets. C: `virConnectSecretEventRegisterAny`.
    public func secretEvents(
        _ ids: [SecretEventID] = [.lifecycle], secret: Secret? = nil, bufferSize: Int = 1024
    ) async throws -> EventSequence<SecretEvent> {
        try await subscribe(.secret, ids.map(\.rawValue), secret?.reference, bufferSize) {
            if case .secret(let event) = $0 { event } else { nil }
        }
    }

    private func subscribe<Event>(
        _ kind: EventKind, _ ids: [Int32], _ object: (any ObjectReference)?, _ bufferSize: Int,
        _ extract: @escaping @Sendable (HostEvent) -> Event?
    ) async throws -> EventSequence<Event> {
        let (stream, dropped) = try await events.subscribe(
            kind, eventIDs: ids, object: object, bufferSize: Swift.max(bufferSize, 1))
        return EventSequence(connection: self, stream: stream, dropped: dropped, extract: extract)
    }
}
