/// Where the daemon finds and puts things when nobody says otherwise.
package struct DaemonPaths: Sendable, Equatable {
    /// Whether this is the host's daemon, or one that a user runs for himself.
    package let isSystem: Bool
    /// What all others stand below; empty for the host's own files.
    package let root: String
    /// `/etc/libvirt`: definitions and configuration files.
    package let configuration: String
    /// `/run/libvirt`: sockets, and state that a reboot ends.
    package let run: String
    /// `/var/lib/libvirt`
    package let state: String
    package let cache: String
    package let log: String
    /// `/run/libvirtd.pid`: the name, and the lock on it, keep us and libvirt's own daemon from serving the same sockets.
    package let pidFile: String

    package var configurationFile: String { "\(configuration)/libvirtd.conf" }
    package var accessRules: String { "\(configuration)/access.rules" }
    package var logFile: String { "\(log)/libvirtd.log" }

    /// The host's layout, or the same below another directory.
    package static func system(root: String = "") -> DaemonPaths {
        var root = root
        while root.hasSuffix("/") { root.removeLast() }
        return DaemonPaths(
            isSystem: true, root: root, configuration: "\(root)/etc/libvirt", run: "\(root)/run/libvirt",
            state: "\(root)/var/lib/libvirt", cache: "\(root)/var/cache/libvirt", log: "\(root)/var/log/libvirt",
            pidFile: "\(root)/run/libvirtd.pid")
    }

    /// A user's layout, after the XDG base directories.
    ///
    /// - Parameter variable: An environment variable's value, nil if it is not set.
    package static func session(home: String, variable: (String) -> String?) -> DaemonPaths {
        func base(_ name: String, _ fallback: String) -> String {
            // The specification wants relative paths to be ignored.
            guard let value = variable(name), value.hasPrefix("/") else { return fallback }
            return value
        }
        let configuration = base("XDG_CONFIG_HOME", "\(home)/.config") + "/libvirt"
        let cache = base("XDG_CACHE_HOME", "\(home)/.cache") + "/libvirt"
        let run = base("XDG_RUNTIME_DIR", "\(home)/.cache") + "/libvirt"
        return DaemonPaths(
            isSystem: false, root: "", configuration: configuration, run: run, state: configuration, cache: cache,
            log: "\(cache)/log", pidFile: "\(run)/libvirtd.pid")
    }

    /// The layout of a daemon that starts now.
    ///
    /// - Parameter root: From the command line: the host's layout below it, whoever the user is.
    package static func current(
        root: String?, userID: UInt32, home: String, variable: (String) -> String?
    ) -> DaemonPaths {
        if let root { return system(root: root) }
        return userID == 0 ? system() : session(home: home, variable: variable)
    }
}
