import Libvirt
import Testing

@testable import VirtDaemon

@Suite struct DaemonConfigurationTests {
    private func configuration(_ text: String) throws -> DaemonConfiguration {
        try DaemonConfiguration(file(text))
    }

    private func file(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: Array(text.utf8), path: "F")
    }

    @Test func anEmptyFileMeansTheDefaults() throws {
        let configuration = try configuration("")
        #expect(configuration == DaemonConfiguration())
        #expect(configuration.listensTLS)
        #expect(!configuration.listensTCP)
        #expect(configuration.tlsPort == "16514")
        #expect(configuration.tcpPort == "16509")
        #expect(configuration.limits.maxClients == 5000)
        #expect(configuration.maxAnonymousClients == 20)
        #expect(configuration.adminLimits.maxClients == 5000)
        #expect(configuration.limits.keepaliveInterval == 5)
        #expect(configuration.minimumTCPStrength == 112)
    }

    /// Every key takes a value of its type and refuses one of another.
    @Test func everyKeyIsRead() throws {
        let given: [String: String] = [
            "auth_unix_ro": "'sasl'", "auth_unix_rw": "'sasl'", "auth_tcp": "'none'", "auth_tls": "'sasl'",
            "unix_sock_ro_perms": "'0700'", "unix_sock_rw_perms": "'0770'", "unix_sock_admin_perms": "'0770'",
            "unix_sock_dir": "'/x'", "key_file": "'/x'", "cert_file": "'/x'", "ca_file": "'/x'", "crl_file": "'/x'",
            "access_rules": "'/x'", "host_uuid": "'6695eb01-f6a4-8304-79aa-97f2502e193f'", "host_uuid_source": "'machine-id'",
            "access_drivers": "['polkit']", "tcp_min_ssf": "128", "log_level": "1", "audit_level": "2",
            "max_clients": "4999", "listen_tls": "0", "metrics_listen": "'/x'",
        ]
        var names: Set<String> = []
        for key in DaemonConfiguration.keys {
            #expect(names.insert(key.name).inserted)
            let value: String
            let wrong: String
            switch key.setter {
            case .flag, .obsolete: (value, wrong) = ("1", "2")
            case .number: (value, wrong) = ("30", "-1")
            case .signed: (value, wrong) = ("-1", "'x'")
            case .list, .optionalList: (value, wrong) = ("['x']", "[1]")
            default: (value, wrong) = ("'x'", "1")
            }
            let changed = try configuration("\(key.name) = \(given[key.name] ?? value)")
            if case .obsolete = key.setter {
                #expect(changed == DaemonConfiguration())
            } else {
                #expect(changed != DaemonConfiguration(), "\(key.name)")
            }
            let error = try #require(throws: VirtError.self) { try configuration("\n\(key.name) = \(wrong)") }
            #expect(error.message.contains("F:2: "), "\(key.name)")
            #expect(error.message.contains(key.name))
        }
    }

    @Test(arguments: [
        ("max_clients = 'x'", "internal error: F:1: expected an unsigned integer for 'max_clients' parameter"),
        ("max_workers = 0", "internal error: F:1: value for 'max_workers' parameter must be greater than 0"),
        (
            "max_clients = 5\nmax_anonymous_clients = 6",
            "internal error: F:2: value for 'max_anonymous_clients' parameter must not be greater than 'max_clients'"
        ),
        ("listen_tls = 2", "internal error: F:1: value for 'listen_tls' parameter must be 0 or 1"),
        ("tls_port = 16514", "internal error: F:1: expected a string for 'tls_port' parameter"),
        ("auth_unix_rw = 'foo'", "unsupported configuration: F:1: auth_unix_rw: unsupported auth foo"),
        ("auth_tcp = 'polkit'", "unsupported configuration: F:1: auth_tcp: unsupported auth polkit"),
        ("unix_sock_rw_perms = '0888'", "internal error: F:1: unix_sock_rw_perms: Failed to parse mode '0888'"),
        ("unix_sock_rw_perms = '77777'", "internal error: F:1: unix_sock_rw_perms: Failed to parse mode '77777'"),
        ("unix_sock_dir = 'run'", "internal error: F:1: value for 'unix_sock_dir' parameter must be an absolute path"),
        (
            "access_drivers = ['x']",
            "internal error: F:1: value for 'access_drivers' parameter may name 'nop', 'polkit' and 'rules' only"
        ),
        ("tcp_min_ssf = 10", "internal error: F:1: value for 'tcp_min_ssf' parameter must be at least 112"),
        ("log_level = 9", "internal error: F:1: value for 'log_level' parameter must be in range 0:4"),
        (
            "host_uuid = '00000000-0000-0000-0000-000000000000'",
            "internal error: F:1: value for 'host_uuid' parameter must be a UUID whose digits are not all the same"
        ),
        (
            "keepalive_interval = -2",
            "internal error: F:1: value for 'keepalive_interval' parameter must be -1 or greater"
        ),
    ])
    func refuses(_ text: String, _ expected: String) throws {
        let error = try #require(throws: VirtError.self) { try configuration(text) }
        #expect(error.message == expected)
    }

    @Test func fewClientsNeedNoOtherKey() throws {
        #expect(try configuration("max_clients = 5").maxAnonymousClients == 5)
        #expect(try configuration("max_clients = 5\nmax_anonymous_clients = 0").maxAnonymousClients == 0)
    }

    @Test func theFirstLineCountsAndOthersAreReported() throws {
        let text = "max_clients = 7000\nfoo = 1\nmax_clients = 'x'\n"
        #expect(try configuration(text).limits.maxClients == 7000)
        #expect(
            DaemonConfiguration.warnings(try file(text)) == [
                "F:2: unknown parameter 'foo' is ignored",
                "F:3: parameter 'max_clients' is ignored: an earlier line sets it",
            ])
    }

    /// The file that Debian ships, and every example in it.
    @Test func takesTheKeysOfLibvirt9() {
        let names = Set(DaemonConfiguration.keys.map(\.name))
        for name in ["listen_tls", "sasl_allowed_username_list", "admin_keepalive_required", "ovs_timeout"] {
            #expect(names.contains(name))
        }
        // And our own.
        #expect(names.subtracting(["access_rules", "metrics_listen", "trace_calls"]).count == 51)
    }

    @Test func theReadWriteSocketIsForTheOwnerUnlessClientsAuthenticate() throws {
        var configuration = DaemonConfiguration()
        configuration.readWriteAuthentication = DaemonConfiguration.Authentication.none
        #expect(configuration.readWriteMode(isPrivileged: true) == 0o700)
        configuration.readWriteAuthentication = .polkit
        #expect(configuration.readWriteMode(isPrivileged: true) == 0o777)
        configuration.readWriteSocketMode = 0o770
        #expect(configuration.readWriteMode(isPrivileged: true) == 0o770)
    }
}

@Suite struct DaemonPathsTests {
    @Test(arguments: [
        ("", "/etc/libvirt/libvirtd.conf", "/run/libvirt", "/run/libvirtd.pid"),
        ("/", "/etc/libvirt/libvirtd.conf", "/run/libvirt", "/run/libvirtd.pid"),
        ("/r/", "/r/etc/libvirt/libvirtd.conf", "/r/run/libvirt", "/r/run/libvirtd.pid"),
    ])
    func system(_ root: String, _ file: String, _ run: String, _ pidFile: String) {
        let paths = DaemonPaths.current(root: root, userID: 1000, home: "/home/u") { _ in nil }
        #expect(paths.isSystem)
        #expect(paths.configurationFile == file)
        #expect(paths.run == run)
        #expect(paths.pidFile == pidFile)
    }

    @Test func session() {
        let bare = DaemonPaths.current(root: nil, userID: 1000, home: "/home/u") { _ in nil }
        #expect(bare.configurationFile == "/home/u/.config/libvirt/libvirtd.conf")
        #expect(bare.run == "/home/u/.cache/libvirt")
        let set = DaemonPaths.current(root: nil, userID: 1000, home: "/home/u") {
            ["XDG_RUNTIME_DIR": "/run/user/1000", "XDG_CONFIG_HOME": "relative"][$0]
        }
        #expect(set.configurationFile == "/home/u/.config/libvirt/libvirtd.conf")
        #expect(set.pidFile == "/run/user/1000/libvirt/libvirtd.pid")
    }

    @Test func sockets() throws {
        var configuration = DaemonConfiguration()
        configuration.socketGroup = "libvirt"
        // Else it depends on the host's polkit.
        configuration.readWriteAuthentication = DaemonConfiguration.Authentication.none
        let layout = try SocketLayout(configuration, paths: .system(root: "/r"))
        #expect(
            layout.all.map { "\($0.path) \(String($0.mode, radix: 8))" } == [
                "/r/run/libvirt/libvirt-sock 700", "/r/run/libvirt/libvirt-sock-ro 777",
                "/r/run/libvirt/libvirt-admin-sock 700",
            ])
        #expect(layout.group == "libvirt")
        let session = try SocketLayout(configuration, paths: .session(home: "/h") { _ in nil })
        #expect(session.all.map(\.path) == ["/h/.cache/libvirt/libvirt-sock", "/h/.cache/libvirt/libvirt-admin-sock"])
        #expect(session.group == nil)
        configuration.socketDirectory = "/elsewhere"
        #expect(try SocketLayout(configuration, paths: .system()).admin.path == "/elsewhere/libvirt-admin-sock")
        configuration.socketDirectory = "/" + String(repeating: "d", count: 100)
        let error = try #require(throws: VirtError.self) { try SocketLayout(configuration, paths: .system()) }
        #expect(error.message.hasSuffix("too long for unix socket"))
    }
}
