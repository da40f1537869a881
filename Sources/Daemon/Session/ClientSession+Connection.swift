internal import Libvirt
internal import Logging
internal import Synchronization
internal import VirtRPC
internal import XDR

/// The connection to a driver that the client has opened.
extension ClientSession {
    struct OpenConnection: Sendable {
        let driver: any DriverConnection
        /// As libvirt calls it: `Test`, `QEMU`.
        let driverName: String
        let roles: Roles
        let uri: String
        let isNonBlocking: Bool
        /// Asked before every call that is not about the connection itself.
        let interceptor: (any CallInterceptor)?
    }

    /// The open connection, or the error that libvirtd gives without one.
    func opened(for info: ProcedureInfo?) throws -> OpenConnection {
        if let connection = state.withLock({ $0.connection }) { return connection }
        let groups: Set<String> = [
            "network", "interface", "storage-pool", "storage-volume", "node-device", "nwfilter", "secret", "admin",
        ]
        let isHypervisor = info.map { !groups.contains($0.group) } ?? true
        throw VirtError(
            .internalError, domain: .rpc, isHypervisor ? "hypervisor connection not open" : "connection not open")
    }

    func open(_ uri: String?, flags: UInt32) async throws {
        let isFirst = state.withLock { state in
            guard state.connection == nil, !state.isOpening else { return false }
            state.isOpening = true
            return true
        }
        guard isFirst else { throw VirtError(.internalError, domain: .rpc, "connection already open") }
        defer { state.withLock { $0.isOpening = false } }
        let driver = try await server.openDriver(uri, flags: flags) { try await self.requireAccess(through: $0) }
        let connection = OpenConnection(
            driver: driver.connection, driverName: driver.name, roles: Roles(driver.connection), uri: driver.uri,
            isNonBlocking: type(of: driver.connection).isNonBlocking,
            interceptor: (driver.connection as? any CallInterceptor).flatMap { $0.interceptsCalls ? $0 : nil })
        let isAlive = state.withLock { state in
            if state.isClosed { return false }
            state.connection = connection
            if flags & 1 != 0 { state.isReadOnly = true }
            return true
        }
        guard isAlive else { return await driver.connection.close() }
        driver.connection.setEventHandler { [weak self] event in self?.deliver(event) }
    }

    /// Ends the session once the replies under way are sent.
    func closeAfterReplies() { state.withLock { $0.closesAfterReplies = true } }

    func deliver(_ event: HostEvent) {
        guard let access else { return send(event) }
        if events.messages(for: event).isEmpty { return }
        if !access.deliver(event, to: self) {
            logger.warning("events come faster than access drivers decide about them: connection closed")
            link.close(flushing: false)
        }
    }

    /// Sends an event to those of the client's registrations that want it.
    func send(_ event: HostEvent) {
        let messages = events.messages(for: event)
        if messages.isEmpty { return }
        if link.pendingBytes > settings.maximumUnsentBytes {
            ServerCounters.add(1, to: server.counters.unreadEvents)
            logger.warning("the client does not read its events: connection closed")
            return link.close(flushing: false)
        }
        ServerCounters.add(messages.count, to: server.counters.events)
        for message in messages {
            let header = MessageHeader(
                prog: RemoteProgram.number, vers: RemoteProgram.version, proc: Int32(message.number), type: .message,
                serial: 1, status: .ok)
            if let bytes = try? Frame.encode(header, AnyBody(message.body)) { link.send(bytes) }
        }
    }
}

/// A body whose type is known at run time only: an event's.
private struct AnyBody: XDRCodable {
    let body: any XDRCodable

    init(_ body: any XDRCodable) { self.body = body }
    static var minimumWireSize: Int { 0 }
    func wireSize() throws(XDRError) -> Int { try body.wireSize() }
    func encode(to writer: inout XDRWriter) { body.encode(to: &writer) }
    init(from reader: inout XDRReader) throws(XDRError) { body = XDRVoid() }
}
