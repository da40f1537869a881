@_exported public import Libvirt
internal import VirtNet
internal import VirtRPC

/// How to open a connection, beside its URI.
public struct ConnectOptions: Sendable {
    /// How long it may take to reach the daemon: name lookup, connecting and TLS together, for each address tried.
    /// ssh has its own limits, in its configuration.
    public var connectTimeout: Duration = .seconds(10)
    /// After how much silence the daemon is pinged; zero: never. A lost daemon is noticed after about
    /// interval × (count + 1).
    public var keepaliveInterval: Duration = .seconds(5)
    /// How many pings may go unanswered.
    public var keepaliveCount: Int = 5
    /// Whether, and when, a connection that was lost is opened again; nil: it ends. See ``Connection/state``.
    public var reconnect: ReconnectPolicy?
    /// Whether short names of URIs in `libvirt.conf` are resolved, and its default used.
    public var usesConfiguration = true
    /// Answers what the daemon wants to know before it lets the client in: user name and password of SASL.
    ///
    /// Called for one thing after the other. Nil stands for the request's own ``CredentialRequest/fallback``. What it
    /// throws is what opening throws. Without it, only `auth.conf` and the user of the URI answer.
    public var credentials: (@Sendable (CredentialRequest) async throws -> String?)?

    public init() {}
}

extension Connection {
    /// Opens a connection to a daemon.
    ///
    /// ```swift
    /// let connection = try await Connection.open("qemu:///system")
    /// for domain in try await connection.domains() { print(domain.name) }
    /// await connection.close()
    /// ```
    ///
    /// Without `socket=`, a UNIX connection tries the driver's own daemon first (`virtqemud-sock`), then `libvirt-sock`;
    /// see ``ConnectURI/DaemonMode``. The transports `ssh`, `libssh` and `libssh2` run the system's ssh, `ext` the
    /// program that `command=` names. A parameter that means nothing for the transport is an error.
    ///
    /// A daemon may ask who the client is. With SASL the answers come from ``ConnectOptions/credentials``, `auth.conf`
    /// (`LIBVIRT_AUTH_FILE`, the URI's `authfile`, the user's, the system's) and the user of the URI; its parameter
    /// `auth=sasl.SCRAM-SHA-256` insists on a mechanism.
    ///
    /// - Parameter uri: a URI, or an alias of one; nil: `LIBVIRT_DEFAULT_URI`, `uri_default` of `libvirt.conf`, or
    ///   `qemu:///system` for root and `qemu:///session` for others.
    /// - Parameter readOnly: asks for a connection that can change nothing.
    /// - Throws: ``VirtError`` `.invalidArg` for the URI, `.systemError` or `.rpc` if the daemon cannot be reached,
    ///   `.authFailed` and its like, or what the daemon says.
    public static func open(
        _ uri: String?, readOnly: Bool = false, options: ConnectOptions = ConnectOptions()
    ) async throws -> Connection {
        let driver = try await RemoteDriver.open(uri, readOnly: readOnly, options: options)
        let connection = connection(driver)
        if let policy = options.reconnect {
            try connection.reconnect(driver, policy) {
                try await RemoteDriver.open(uri, readOnly: readOnly, options: options)
            }
        }
        return connection
    }

    /// Opens over a link that is there already.
    package static func open(
        _ driver: RemoteDriver, _ name: String, readOnly: Bool = false, options: ConnectOptions = ConnectOptions()
    ) async throws -> Connection {
        try await driver.open(
            name, readOnly: readOnly, options: options,
            authentication: ClientAuthentication(credentials: Credentials(ask: options.credentials)))
        return connection(driver)
    }

    private static func connection(_ driver: RemoteDriver) -> Connection {
        let connection = Connection(driver: driver)
        driver.whenClosed { [weak events = connection.events] in events?.finish() }
        return connection
    }

    private var remote: RemoteDriver {
        get throws {
            guard let driver = driver as? RemoteDriver else {
                throw VirtError(.noSupport, domain: .remote, "the connection is not one to a daemon")
            }
            return driver
        }
    }

    /// What the daemon has opened. C: `virConnectGetURI`.
    public func uri() async throws -> String { try await remote.active.uri() }

    /// The version of the daemon's libvirt: major * 1,000,000 + minor * 1,000 + release. C: `virConnectGetLibVersion`.
    public func libraryVersion() async throws -> UInt64 { try await remote.active.libraryVersion() }

    /// Whether nobody can listen between here and the hypervisor. C: `virConnectIsSecure`.
    public func isSecure() async throws -> Bool { try await remote.active.isSecure() }

    /// Whether the daemon or its driver has a feature. C: `virConnectSupportsFeature`.
    public func supports(_ feature: DriverFeature) async throws -> Bool { try await driver.supportsFeature(feature) }

    /// Whether the connection is usable as far as is known. C: `virConnectIsAlive`.
    public var isAlive: Bool { (driver as? RemoteDriver)?.isAlive ?? true }

    /// Waits for the end of the connection, and says how it came.
    ///
    /// It is there as soon as the link is lost, keepalive has given up, the daemon reports that it has lost the
    /// hypervisor, or ``close()`` was called. One that reconnects ends when it is closed or given up. C: `virConnectRegisterCloseCallback`.
    ///
    /// - Throws: `CancellationError`.
    public var closed: ConnectionClosure {
        get async throws { try await remote.closed }
    }
}

extension RemoteDriver {
    /// A driver without a ``Connection``, for whoever passes calls on; the same rules for the URI.
    package static func open(
        _ uri: String?, readOnly: Bool = false, options: ConnectOptions = ConnectOptions()
    ) async throws -> RemoteDriver {
        let environment = ClientEnvironment.current
        let configuration =
            options.usesConfiguration ? try ClientConfiguration(path: environment.configurationFile) : .init()
        let uri = try configuration.resolve(uri, in: environment)
        let authentication = try ClientAuthentication(uri, options: options, environment: environment)
        let unattached = try await RemoteConnector(
            uri: uri, readOnly: readOnly, options: options, environment: environment
        ).connect()
        let driver = RemoteDriver(unattached.link) { unattached.attach($0) }
        try await driver.open(
            uri.openName, readOnly: readOnly, options: options, authentication: authentication)
        return driver
    }

    fileprivate func open(
        _ name: String, readOnly: Bool, options: ConnectOptions, authentication: ClientAuthentication
    ) async throws {
        do {
            try await open(
                name, readOnly: readOnly, keepalive: (options.keepaliveInterval, options.keepaliveCount),
                authentication: authentication)
        } catch {
            client.close()
            throw error
        }
    }
}
