internal import Libvirt
internal import Logging
internal import Synchronization
internal import VirtNet
internal import VirtRPC
internal import XDR

extension AuthenticationProcedures {
    static func registerSASL(in table: inout DispatchTable) {
        table.add(RemoteProgram.authSASLInit) { (call: ServerCall, _: XDRVoid) async throws -> AuthSASLInitRet in
            AuthSASLInitRet(mechlist: try call.session.beginSASL())
        }
        table.add(RemoteProgram.authSASLStart) {
            (call: ServerCall, arguments: AuthSASLStartArgs) async throws -> AuthSASLStartRet in
            let data = SASLState.data(arguments.nil, arguments.data)
            let reply = try call.session.continueSASL { (exchange) throws(SASLError) in
                try exchange.start(arguments.mech, data)
            }
            return AuthSASLStartRet(
                complete: reply.isComplete ? 1 : 0, nil: reply.data == nil ? 1 : 0, data: SASLState.wire(reply.data))
        }
        table.add(RemoteProgram.authSASLStep) {
            (call: ServerCall, arguments: AuthSASLStepArgs) async throws -> AuthSASLStepRet in
            let data = SASLState.data(arguments.nil, arguments.data)
            let reply = try call.session.continueSASL { (exchange) throws(SASLError) in try exchange.step(data) }
            return AuthSASLStepRet(
                complete: reply.isComplete ? 1 : 0, nil: reply.data == nil ? 1 : 0, data: SASLState.wire(reply.data))
        }
    }

    /// Whether a procedure is one of these: they may block, and nothing behind one is looked at before it is answered.
    static func isSASL(_ info: ProcedureInfo) -> Bool {
        switch info.number {
        case RemoteProgram.authSASLInit.number, RemoteProgram.authSASLStart.number,
            RemoteProgram.authSASLStep.number:
            info.kind == .session
        default: false
        }
    }
}

/// Where a client has come to with SASL.
struct SASLState {
    /// Failures that a client may have before its link is closed.
    static let mostFailures = 5

    /// A call of it has not been answered.
    var isExchanging = false
    var exchange: SASLServer?
    var failures = 0
    /// Encrypts what follows the answer that is under way; gets the bytes that came behind the call.
    private var layer: (@Sendable ([UInt8]) -> Void)?

    mutating func setLayer(_ layer: @escaping @Sendable ([UInt8]) -> Void) { self.layer = layer }
    mutating func takeLayer() -> (@Sendable ([UInt8]) -> Void)? { layer.take() }

    static func wire(_ data: [UInt8]?) -> [Int8] { (data ?? []).map { Int8(bitPattern: $0) } }

    static func data(_ isNil: Int32, _ data: [Int8]) -> [UInt8]? {
        isNil != 0 ? nil : data.map { UInt8(bitPattern: $0) }
    }
}

extension ClientSession {
    /// Whether others may read what is said, as long as SASL does not prevent it.
    private var isExposed: Bool { link.transport == .tcp }

    /// Begins an exchange: the mechanisms that this client may choose from.
    fileprivate func beginSASL() throws -> String {
        let mayBegin = state.withLock { !$0.isAuthenticated && $0.sasl.exchange == nil }
        guard settings.authentication == .sasl, mayBegin else {
            throw refuseSASL("the client begins SASL where or when it may not")
        }
        do throws(SASLError) {
            let exchange = try SASLServer(
                client: identity.address,
                protection: isExposed
                    ? .exposed(minimum: settings.sasl.minimumStrength) : .protected(strength: link.peer.tlsKeyBits))
            let mechanisms = try exchange.mechanisms()
            state.withLock { state in
                if !state.isClosed { state.sasl.exchange = exchange }
            }
            logger.debug("SASL mechanisms for the client: \(mechanisms)")
            return mechanisms
        } catch {
            throw refuseSASL(error.message)
        }
    }

    /// Takes a step; when it is the last one, the client is let in.
    fileprivate func continueSASL(
        _ step: (SASLServer) throws(SASLError) -> SASLServer.Reply
    ) throws -> SASLServer.Reply {
        guard let exchange = state.withLock({ $0.sasl.exchange }) else {
            throw refuseSASL("the client goes on with SASL that it has not begun")
        }
        let reply: SASLServer.Reply
        do throws(SASLError) {
            reply = try step(exchange)
        } catch {
            throw refuseSASL(error.message)
        }
        let size = reply.data?.count ?? 0
        guard size <= Int(remoteAuthSASLDataMax) else {
            throw refuseSASL("the mechanism has \(size) bytes to say, which is too long")
        }
        if reply.isComplete { try admit(exchange) }
        return reply
    }

    private func admit(_ exchange: SASLServer) throws {
        let session = exchange.session
        let strength = session.layerStrength
        if isExposed, strength < settings.sasl.minimumStrength {
            throw refuseSASL("negotiated SSF \(strength) was not strong enough")
        }
        guard let user = exchange.userName else { throw refuseSASL("the mechanism has shown no user name") }
        guard settings.sasl.admits(user) else {
            throw refuseSASL("the user '\(user)' is not in sasl_allowed_username_list")
        }
        let link = link as? SASLLink
        if strength > 0, link == nil { throw refuseSASL("the mechanism encrypts, and this connection cannot") }
        state.withLock { state in
            state.sasl.exchange = nil
            if strength > 0, let link { state.sasl.setLayer { link.protect(with: session, received: $0) } }
        }
        authenticated(saslUser: user)
        logger.info("the client is SASL user '\(user)', encrypted with \(strength) bits by SASL")
    }

    /// Ends an exchange. The client learns that it failed, and the log why.
    private func refuseSASL(_ reason: String) -> VirtError {
        let isLast = state.withLock { state in
            state.sasl.exchange = nil
            state.sasl.failures += 1
            if state.sasl.failures >= SASLState.mostFailures { state.closesAfterReplies = true }
            return state.closesAfterReplies
        }
        // Some of it is the client's own word, which must not look like a line of ours.
        let line = String(String.UnicodeScalarView(reason.unicodeScalars.map { $0.value < 32 ? "?" : $0 }))
        logger.error("authentication failed: \(line)\(isLast ? ": connection closed" : "")")
        return AuthenticationProcedures.failed
    }
}
