internal import Libvirt
internal import Logging
internal import Synchronization
internal import VirtRPC
internal import XDR

/// What clients may call before they have shown who they are: which way they can, and the ways themselves.
enum AuthenticationProcedures {
    static func register(in table: inout DispatchTable) {
        table.add(RemoteProgram.authList) { (call: ServerCall, _: XDRVoid) async throws -> AuthListRet in
            AuthListRet(types: [call.session.authenticationType()])
        }
        registerSASL(in: &table)
        registerPolkit(in: &table)
    }

    /// Whether a procedure is one of these.
    static func mayPrecedeAuthentication(_ info: ProcedureInfo) -> Bool {
        switch info.number {
        case RemoteProgram.authList.number, RemoteProgram.authSASLInit.number, RemoteProgram.authSASLStart.number,
            RemoteProgram.authSASLStep.number, RemoteProgram.authPolkit.number:
            info.kind == .session
        default: false
        }
    }

    /// All that a client learns; the log knows the reason.
    static var failed: VirtError { VirtError(.authFailed, domain: .rpc, "authentication failed") }
}

extension ClientSession {
    /// What `AUTH_LIST` answers: what this client still has to do.
    ///
    /// Root is never asked by polkit, which would say yes.
    func authenticationType() -> AuthType {
        switch settings.authentication {
        case .none: return .none
        case .sasl: return state.withLock { $0.isAuthenticated } ? .none : .sasl
        case .polkit:
            if identity.userID == 0 { authenticated() }
            return state.withLock { $0.isAuthenticated } ? .none : .polkit
        }
    }

    /// The client has shown who it is.
    ///
    /// - Parameter saslUser: the name that it has proved.
    func authenticated(saslUser: String? = nil) {
        let (isFirst, timer) = state.withLock { state in
            if let saslUser { state.identity.saslUserName = saslUser }
            defer { state.isAuthenticated = true }
            // One that has gone meanwhile is not counted any more.
            return (!state.isAuthenticated && !state.isClosed, state.authenticationTimer.take())
        }
        timer?.cancel()
        if isFirst { server.clientDidAuthenticate() }
    }

    /// Closes the link of a client that does not show who it is, unless it is we whom it waits for.
    func limitAuthentication() {
        let timer = link.schedule(after: settings.authenticationTimeout) { [weak self] in
            guard let self else { return }
            let (isOver, isWaiting) = state.withLock { ($0.isAuthenticated || $0.isClosed, !$0.running.isEmpty) }
            if isOver { return }
            if isWaiting { return limitAuthentication() }
            logger.warning("the client has not authenticated in \(settings.authenticationTimeout): connection closed")
            link.close(flushing: false)
        }
        state.withLock { $0.authenticationTimer = timer }
    }
}
