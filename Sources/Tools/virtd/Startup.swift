internal import Libvirt
internal import Logging
internal import VirtDaemon

/// A daemon that is about to serve: everything that is known before the first socket is open.
struct Startup: Sendable {
    let options: Options
    let drivers: [any Driver]
    let paths: DaemonPaths
    let configuration: DaemonConfiguration
    let sockets: SocketLayout
    let log: LogControl
    let logger: Logger
    let signals: AsyncStream<ServiceSignal>
    /// Held until the process ends.
    let pidFile: PIDFile
    /// To be called once, when clients can connect.
    let ready: @Sendable () -> Void
    let manager: ServiceManager
    /// Sockets that the service manager has opened.
    let activation: SocketActivation?
    private let configurationPath: String
    /// Where the process began.
    private let directory: String

    /// Does all of it in the order in which libvirt's daemon does.
    ///
    /// - Throws: what is printed for the user.
    init(_ options: Options) throws {
        let readiness = Background.readiness()
        directory = Host.directory
        self.options = options
        drivers = try Drivers.chosen(options.drivers)
        paths = Self.paths(options)
        configurationPath = options.config.map(Host.absolute) ?? paths.configurationFile
        let pidPath = options.pidFile.map(Host.absolute) ?? paths.pidFile
        Host.leaveCaller()

        let loaded = try Self.load(configurationPath, isRequired: options.config != nil)
        configuration = loaded.configuration
        sockets = try SocketLayout(configuration, paths: paths)
        if readiness != nil { try Self.makeDirectory(paths.log, mode: 0o700) }
        log = try LogControl(
            LogControl.Settings(
                configuration, isVerbose: options.verbose, directory: directory, variable: Host.variable),
            defaultOutput: .byDefault(isBackground: readiness != nil, hasTerminal: Host.hasTerminal, paths: paths),
            introduction: ["virtd (swift-libvirt) version: \(ProjectVersion.text)", "hostname: \(Host.name)"])
        logger = log.logger("daemon")
        for warning in loaded.warnings { logger.warning("\(warning)") }
        Drivers.audit.begin(try AuditWriter(configuration, logger: log.logger("audit")))

        let mode: UInt32 = paths.isSystem ? 0o755 : 0o700
        try Self.makeDirectory(paths.run, mode: mode)
        pidFile = try PIDFile(pidPath)
        signals = try ServiceSignal.all()
        ready = readiness ?? {}
        manager = ServiceManager(variable: Host.variable)
        activation = try SocketActivation(variable: Host.variable, tlsPort: UInt16(configuration.tlsPort))
        // Programs that we start are not meant.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { Host.removeVariable(name) }
    }

    /// Reads the configuration again, and the log with it; what needs a restart stays as it was.
    ///
    /// - Returns: what the file says now.
    func reload() throws -> DaemonConfiguration {
        let loaded = try Self.load(configurationPath, isRequired: options.config != nil)
        for warning in loaded.warnings { logger.warning("\(warning)") }
        try log.set(
            LogControl.Settings(
                loaded.configuration, isVerbose: options.verbose, directory: directory, variable: Host.variable))
        for error in log.reopen() { logger.error("\(error)") }
        return loaded.configuration
    }

    /// What is to be said of the TLS files.
    static func examinePKI(_ options: Options) throws -> (facts: [String], problems: [String]) {
        let paths = Self.paths(options)
        let file = options.config.map(Host.absolute) ?? paths.configurationFile
        let loaded = try load(file, isRequired: options.config != nil)
        return Daemon.examinePKI(loaded.configuration, paths: paths)
    }

    private static func paths(_ options: Options) -> DaemonPaths {
        DaemonPaths.current(
            root: options.root.map(Host.absolute), userID: Host.userID, home: Host.home, variable: Host.variable)
    }

    private static func load(
        _ path: String, isRequired: Bool
    ) throws -> (configuration: DaemonConfiguration, warnings: [String]) {
        do {
            guard let file = try ConfigurationFile.read(path) else {
                if isRequired { throw VirtError.system(2, "Failed to open file '\(path)'") }
                return (DaemonConfiguration(), [])
            }
            return (try DaemonConfiguration(file), DaemonConfiguration.warnings(file))
        } catch let error as VirtError {
            var error = error
            error.message = "Can't load config file: \(error.message)"
            throw error
        }
    }

    private static func makeDirectory(_ path: String, mode: UInt32) throws {
        let failure = Host.makeDirectory(path, mode: mode)
        if failure != 0 { throw VirtError.system(failure, "unable to create rundir \(path)") }
    }
}
