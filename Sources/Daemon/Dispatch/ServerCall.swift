package import Libvirt
package import VirtRPC
package import XDR

/// One call under way: who asks, for which procedure, and what generated stubs need to answer it.
package struct ServerCall: Sendable {
    let session: ClientSession
    let header: MessageHeader
    package let info: ProcedureInfo
    /// Descriptors that came with the call.
    package let descriptors: [OwnedDescriptor]

    // MARK: Roles

    /// The roles of the open connection.
    package var roles: Roles {
        get throws { try session.opened(for: info).roles }
    }

    package func role<Role>(_ role: Role?, _ api: String) throws -> Role {
        guard let role else { throw VirtError.noSupport(api) }
        return role
    }

    // MARK: Access

    /// Whether the connection is open, and for reading only whether the call may be made on it.
    package func authorize(flags: UInt64 = 0) throws {
        _ = try session.opened(for: info)
        guard session.isReadOnly else { return }
        if info.isRefusedReadOnly {
            throw VirtError(
                .operationDenied, domain: .ofAPI(info.api), "read only access prevents \(info.api)")
        }
        if info.access.contains(where: { $0.isConditional && !$0.isReading && $0.applies(to: flags) }) {
            throw VirtError(.operationDenied, domain: .ofAPI(info.api), "\(info.api) with secure flag")
        }
    }

    // MARK: Older calls

    /// The first entries of a list that an older call takes.
    package func first<Entry>(_ list: [Entry], of maximum: Int32) throws -> ArraySlice<Entry> {
        if maximum < 0 {
            throw VirtError.invalidArgument(
                "max", in: info.api, domain: .ofAPI(info.api), "maximum in \(info.api) must be zero or greater")
        }
        return list.prefix(Int(maximum))
    }

    /// Parameters for a caller that has room for `count`; it has been told how many there are.
    package func firstParameters<Entry>(_ list: [Entry], of count: Int32) -> [Entry] {
        Array(list.prefix(max(0, Int(count))))
    }

    // MARK: Events

    package func registerCallback(
        _ kind: EventKind, eventID: Int32, object: (any ObjectReference)?
    ) async throws -> Int32 {
        try await session.events.register(kind, eventID: eventID, object: object, form: .callback, in: session)
    }

    package func deregisterCallback(_ kind: EventKind, callbackID: Int32) async throws {
        try await session.events.deregister(kind, callbackID: callbackID, in: session)
    }

    package func registerEventID(_ kind: EventKind, eventID: Int32) async throws {
        _ = try await session.events.register(kind, eventID: eventID, object: nil, form: .plain, in: session)
    }

    package func deregisterEventID(_ kind: EventKind, eventID: Int32) async throws {
        try await session.events.deregister(kind, eventID: eventID, in: session)
    }

    /// The first generation knows one event, the lifecycle; it is told whether it was registered.
    package func registerLegacy(_ kind: EventKind) async throws -> Int32 {
        _ = try await session.events.register(kind, eventID: 0, object: nil, form: .plain, in: session)
        return 1
    }

    package func deregisterLegacy(_ kind: EventKind) async throws -> Int32 {
        try await session.events.deregister(kind, eventID: 0, in: session)
        return 0
    }

    // MARK: Replies

    func reply<Body: XDRCodable>(_ body: Body, descriptors: Int? = nil) throws(XDRError) -> MessageBuffer {
        try Frame.encode(
            replyHeader(descriptors == nil ? .reply : .replyWithFds, .ok), body, descriptors: descriptors)
    }

    func replyHeader(_ type: MessageType, _ status: MessageStatus) -> MessageHeader {
        var header = header
        header.type = type
        header.status = status
        return header
    }
}
