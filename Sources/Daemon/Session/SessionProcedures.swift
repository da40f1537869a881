internal import Libvirt
internal import Logging
internal import XDR

/// Procedures that the daemon answers itself: the connection, what it can do, authentication.
///
/// These are the ones that no annotation generates; there is nothing else hand-written between wire and drivers.
enum SessionProcedures {
    /// What clients are told about the library: the release whose behaviour is reproduced.
    static let libraryVersion: UInt64 = 9_000_000

    static func register(in table: inout DispatchTable) {
        registerConnection(in: &table)
        AuthenticationProcedures.register(in: &table)
    }

    private static func registerConnection(in table: inout DispatchTable) {
        table.add(RemoteProgram.connectOpen) {
            (call: ServerCall, arguments: ConnectOpenArgs) async throws -> XDRVoid in
            try await call.session.open(arguments.name, flags: arguments.flags)
            return XDRVoid()
        }
        table.add(RemoteProgram.connectClose) { (call: ServerCall, _: XDRVoid) async throws -> XDRVoid in
            call.session.closeAfterReplies()
            return XDRVoid()
        }
        table.add(RemoteProgram.connectGetURI) {
            (call: ServerCall, _: XDRVoid) async throws -> ConnectGetURIRet in
            try await ask(call)
            return ConnectGetURIRet(uri: try call.session.opened(for: call.info).uri)
        }
        table.add(RemoteProgram.connectGetLibVersion) {
            (call: ServerCall, _: XDRVoid) async throws -> ConnectGetLibVersionRet in
            try await ask(call)
            return ConnectGetLibVersionRet(libVer: libraryVersion)
        }
        table.add(RemoteProgram.connectIsSecure) {
            (call: ServerCall, _: XDRVoid) async throws -> ConnectIsSecureRet in
            try await ask(call)
            // The link's own security is the client's business; a driver in this process adds no insecure hop.
            return ConnectIsSecureRet(secure: 1)
        }
        table.add(RemoteProgram.connectSupportsFeature) {
            (call: ServerCall, arguments: ConnectSupportsFeatureArgs) async throws -> ConnectSupportsFeatureRet in
            ConnectSupportsFeatureRet(supported: try await supports(arguments.feature, call) ? 1 : 0)
        }
        table.add(RemoteProgram.connectRegisterCloseCallback) {
            (call: ServerCall, _: XDRVoid) async throws -> XDRVoid in
            // A driver in this process never closes a connection by itself; the client learns of ours from its link.
            try await ask(call)
            return XDRVoid()
        }
        table.add(RemoteProgram.connectUnregisterCloseCallback) {
            (call: ServerCall, _: XDRVoid) async throws -> XDRVoid in
            try await ask(call)
            return XDRVoid()
        }
        table.add(RemoteProgram.connectSetIdentity) {
            (call: ServerCall, arguments: ConnectSetIdentityArgs) async throws -> XDRVoid in
            try await ask(call)
            // Whoever may write to the connection may speak for others: a daemon that passes their calls on.
            if arguments.flags != 0 {
                throw VirtError.unsupportedFlags(UInt64(arguments.flags), in: call.info.api, domain: .rpc)
            }
            try call.session.speak(for: arguments.params)
            return XDRVoid()
        }
    }

    /// What generated code does for the other calls.
    private static func ask(_ call: ServerCall) async throws {
        try call.authorize()
        if call.isChecked { try await call.check() }
    }

    /// The daemon answers for itself; the rest is the driver's to say. Keepalive may be asked about before open, and
    /// asking is what starts it.
    private static func supports(_ feature: DriverFeature, _ call: ServerCall) async throws -> Bool {
        if feature == .programKeepalive {
            call.session.startKeepalive()
            return true
        }
        let connection = try call.session.opened(for: call.info)
        switch feature {
        case .fdPassing, .remoteEventCallback, .remoteCloseCallback, .typedParamString,
            .networkUpdateHasCorrectOrder:
            return true
        default:
            try await ask(call)
            return try await connection.driver.supportsFeature(feature)
        }
    }
}
