internal import Libvirt
internal import Logging
internal import VirtRPC
internal import VirtUtil

extension AdminConnection: AdminClients {
    func serverListClients(_ srv: AdminServerRef, flags: UInt32) async throws -> [AdminClientRef] {
        try refuse(flags, in: "adminServerListClients")
        return try server(srv.name).clients.map { Self.reference($0, srv) }
    }

    func serverLookupClient(_ srv: AdminServerRef, id: UInt64, flags: UInt32) async throws -> AdminClientRef {
        try refuse(flags, in: "adminServerLookupClient")
        return Self.reference(try client(id, srv), srv)
    }

    func clientGetInfo(_ clnt: AdminClientRef, flags: UInt32) async throws -> [TypedParameter] {
        try refuse(flags, in: "adminClientGetInfo")
        guard let client = try server(clnt.srv.name).client(clnt.id) else {
            throw VirtError(.noClient, domain: .admin, "no client with matching id '\(clnt.id)' found")
        }
        let identity = client.identity.completed()
        var parameters = [TypedParameter("readonly", .boolean(client.isReadOnly ? 1 : 0))]
        func add(_ name: String, _ text: String?) {
            if let text { parameters.append(TypedParameter(name, .string(text))) }
        }
        func add(_ name: String, _ number: Int32?) {
            if let number { parameters.append(TypedParameter(name, .int(number))) }
        }
        add("sasl_user_name", identity.saslUserName)
        add("sock_addr", identity.address)
        add("tls_x509_dname", identity.distinguishedName)
        add("unix_user_id", identity.userID.map { Int32(bitPattern: $0) })
        add("unix_user_name", identity.userName)
        add("unix_group_id", identity.groupID.map { Int32(bitPattern: $0) })
        add("unix_group_name", identity.groupName)
        add("unix_process_id", identity.processID)
        add("selinux_context", identity.securityContext)
        return parameters
    }

    func clientClose(_ clnt: AdminClientRef, flags: UInt32) async throws {
        try refuse(flags, in: "adminClientClose")
        let client = try client(clnt.id, clnt.srv)
        daemon.logger.notice("an administrator closes the connection of client \(clnt.id)")
        client.link.close(flushing: false)
    }

    private func client(_ id: UInt64, _ srv: AdminServerRef) throws -> ClientSession {
        guard let client = try server(srv.name).client(id) else {
            throw VirtError(.noClient, domain: .rpc, "No client with matching ID '\(id)'")
        }
        return client
    }

    private static func reference(_ client: ClientSession, _ server: AdminServerRef) -> AdminClientRef {
        let transport: AdminClientTransport =
            switch client.link.transport {
            case .tcp: .tcp
            case .tls: .tls
            case .unix, .inProcess, .command: .unix
            }
        return AdminClientRef(
            srv: server, id: client.id, timestamp: client.connectedAt,
            transport: UInt32(bitPattern: transport.rawValue))
    }
}
