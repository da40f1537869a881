#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a client takes from its process: who it runs as, and where that user's files are.
package struct ClientEnvironment: Sendable {
    package var isRoot: Bool
    package var home: String?
    /// `XDG_RUNTIME_DIR`
    package var runtimeDirectory: String?
    /// `XDG_CONFIG_HOME`
    package var configurationHome: String?
    /// `LIBVIRT_DEFAULT_URI`
    package var defaultURI: String?
    /// `LIBVIRT_AUTH_FILE`
    package var authenticationFile: String?
    /// Directories of the system's sockets, the usual one first.
    package var systemSocketDirectories: [String]

    package init(
        isRoot: Bool, home: String?, runtimeDirectory: String? = nil, configurationHome: String? = nil,
        defaultURI: String? = nil, authenticationFile: String? = nil,
        systemSocketDirectories: [String] = ["/run/libvirt", "/var/run/libvirt"]
    ) {
        self.isRoot = isRoot
        self.home = home
        self.runtimeDirectory = runtimeDirectory
        self.configurationHome = configurationHome
        self.defaultURI = defaultURI
        self.authenticationFile = authenticationFile
        self.systemSocketDirectories = systemSocketDirectories
    }

    /// The environment of this process. An empty variable counts as none.
    package static var current: ClientEnvironment {
        func variable(_ name: String) -> String? {
            // SAFETY: the text is copied at once; a process that changes its environment meanwhile breaks POSIX's rules.
            getenv(name).flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
        }
        return ClientEnvironment(
            isRoot: geteuid() == 0, home: variable("HOME"), runtimeDirectory: variable("XDG_RUNTIME_DIR"),
            configurationHome: variable("XDG_CONFIG_HOME"), defaultURI: variable("LIBVIRT_DEFAULT_URI"),
            authenticationFile: variable("LIBVIRT_AUTH_FILE"))
    }

    /// What is opened if nobody says what.
    package var builtInURI: String { isRoot ? "qemu:///system" : "qemu:///session" }

    /// Where `libvirt.conf` is.
    package var configurationFile: String? {
        if isRoot { return "/etc/libvirt/libvirt.conf" }
        return userConfiguration.map { $0 + "/libvirt.conf" }
    }

    /// Where `auth.conf` may be, best first; also root has one of its own.
    package var authenticationFiles: [String] {
        [userConfiguration.map { $0 + "/auth.conf" }, "/etc/libvirt/auth.conf"].compactMap { $0 }
    }

    private var userConfiguration: String? {
        (configurationHome ?? home.map { $0 + "/.config" }).map { $0 + "/libvirt" }
    }
}

extension ConnectURI {
    /// Daemons that serve one driver, by its name in URIs.
    private static let ownDaemons: Set<String> = [
        "qemu", "xen", "lxc", "bhyve", "vbox", "vz", "ch", "interface", "network", "nodedev", "nwfilter", "secret",
        "storage",
    ]

    /// The UNIX sockets to try, best first.
    ///
    /// - Throws: ``VirtError`` if the mode is not known, or asks for a daemon that there is not.
    package func sockets(readOnly: Bool, in environment: ClientEnvironment) throws -> [String] {
        if let socket = value("socket") {
            guard !socket.isEmpty else { throw invalid("the parameter socket is empty") }
            return [socket]
        }
        // A user's own daemon has no socket for reading only.
        let suffix = readOnly && !isSession ? "-ro" : ""
        var names: [String] = []
        let mode = try mode
        if mode != .legacy, Self.ownDaemons.contains(driver) { names.append("virt\(driver)d-sock\(suffix)") }
        if mode != .direct { names.append("libvirt-sock\(suffix)") }
        guard !names.isEmpty else { throw invalid("the driver '\(driver)' has no daemon of its own for mode=direct") }
        let directories: [String]
        if isSession {
            guard
                let own = environment.runtimeDirectory.map({ $0 + "/libvirt" })
                    ?? environment.home.map({ $0 + "/.cache/libvirt" })
            else { throw invalid("neither XDG_RUNTIME_DIR nor HOME says where the user's sockets are") }
            directories = [own]
        } else {
            directories = environment.systemSocketDirectories
        }
        return names.flatMap { name in directories.map { "\($0)/\(name)" } }
    }
}
