package import Libvirt

/// What `libvirtd.conf` says, with the defaults for what it does not.
///
/// A property that is nil has a default that depends on where the daemon runs (``DaemonPaths``) or on the host.
package struct DaemonConfiguration: Sendable, Equatable {
    /// How a client shows who it is.
    package enum Authentication: String, Sendable {
        case none, sasl, polkit
    }

    /// The bounds of one service: the main one, or the admin one.
    package struct Limits: Sendable, Equatable {
        package var minWorkers: UInt32
        package var maxWorkers: UInt32
        package var maxClients: UInt32
        /// Connections that wait in the kernel to be accepted.
        package var maxQueuedClients: UInt32
        /// Calls of one client under way; further ones stay in its socket.
        package var maxClientRequests: UInt32
        /// Seconds of silence before a ping; -1: no pings.
        package var keepaliveInterval: Int32 = 5
        /// Pings without answer before the connection is given up.
        package var keepaliveCount: UInt32 = 5
    }

    // MARK: Network
    package var listensTLS = true
    package var listensTCP = false
    /// A number or a service's name.
    package var tlsPort = "16514"
    package var tcpPort = "16509"
    /// nil: all addresses.
    package var listenAddress: String?

    // MARK: UNIX sockets
    package var socketGroup: String?
    package var readOnlySocketMode: UInt32 = 0o777
    /// nil: everybody if polkit decides, else the owner; see ``readWriteMode(isPrivileged:)``.
    package var readWriteSocketMode: UInt32?
    package var adminSocketMode: UInt32 = 0o700
    package var socketDirectory: String?

    // MARK: Authentication and access
    package var readOnlyAuthentication: Authentication?
    package var readWriteAuthentication: Authentication?
    package var tcpAuthentication = Authentication.sasl
    package var tlsAuthentication = Authentication.none
    /// Least strength of encryption that SASL has to bring on TCP.
    package var minimumTCPStrength: UInt32 = 112
    /// `polkit`, `rules`, `nop`, `none`; what one of them denies is denied.
    package var accessDrivers: [String] = []
    /// The file of the driver `rules`; nil: ``DaemonPaths/accessRules``.
    package var accessRules: String?
    /// Globs; nil admits everybody whom SASL lets in, an empty list nobody.
    package var allowedSASLUsers: [String]?

    // MARK: TLS
    package var keyFile: String?
    package var certificateFile: String?
    package var caFile: String?
    package var crlFile: String?
    package var skipsSanityCheck = false
    package var skipsClientVerification = false
    /// Globs; nil admits every certificate that the CA signed, an empty list none.
    package var allowedNames: [String]?
    package var tlsPriority: String?

    // MARK: Limits
    package var limits = Limits(
        minWorkers: 5, maxWorkers: 20, maxClients: 5000, maxQueuedClients: 1000, maxClientRequests: 5)
    /// Clients that have not authenticated; 0: as many as ``Limits/maxClients``.
    package var maxAnonymousClients: UInt32 = 20
    /// Threads kept for calls of high priority.
    package var priorityWorkers: UInt32 = 5
    package var adminLimits = Limits(
        minWorkers: 5, maxWorkers: 20, maxClients: 5000, maxQueuedClients: 20, maxClientRequests: 5)

    // MARK: Logs
    /// 1 debug to 4 error; 0: the default.
    package var logLevel: UInt32 = 3
    package var logFilters: String?
    package var logOutputs: String?
    /// 0: no audit records; 1: if the host audits; 2: or else do not start.
    package var auditLevel: UInt32 = 1
    package var auditsToLog = false

    // MARK: Monitoring, which libvirt's daemon has not
    /// A UNIX socket's path, or `HOST:PORT` of a loopback address; nil: nobody is told.
    package var metricsAddress: String?
    /// Whether each call can be seen in the log, if its filters let `trace` through.
    package var tracesCalls = false

    // MARK: Host
    package var hostUUID: String?
    package var hostUUIDSource = "smbios"
    /// Seconds that a call of Open vSwitch may take.
    package var openVSwitchTimeout: UInt32 = 5

    package init() {}

    /// Whether polkit can be asked here: else asking for it is refused.
    package static var hasPolkit: Bool { PolkitAuthority.isAvailable }

    /// Whether polkit is asked if nobody says otherwise: only where it knows what it is asked about.
    static var prefersPolkit: Bool { PolkitAuthority.isAvailable && PolkitAuthority.knowsLibvirt }

    /// The way of authentication on a UNIX socket, with the default that libvirt has.
    package func authentication(isReadOnly: Bool, isPrivileged: Bool) -> Authentication {
        let fallback: Authentication = Self.prefersPolkit && isPrivileged ? .polkit : .none
        return (isReadOnly ? readOnlyAuthentication : readWriteAuthentication) ?? fallback
    }

    /// The mode of the read-write socket: open to all only where each client has to authenticate.
    ///
    /// libvirt's own daemon leaves it open to all as well if polkit was built in and then switched off in the file.
    package func readWriteMode(isPrivileged: Bool) -> UInt32 {
        if let readWriteSocketMode { return readWriteSocketMode }
        return authentication(isReadOnly: false, isPrivileged: isPrivileged) == .polkit ? 0o777 : 0o700
    }
}
