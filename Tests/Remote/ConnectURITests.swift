import Libvirt
import Testing

@Suite struct ConnectURITests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let transport: ConnectURI.Transport
        let host: String?
        let port: Int?
        let name: String
        var testDescription: String { text }
        init(
            _ text: String, _ transport: ConnectURI.Transport, host: String? = nil, port: Int? = nil, opens name: String
        ) {
            self.text = text
            self.transport = transport
            self.host = host
            self.port = port
            self.name = name
        }
    }

    static let cases = [
        Case("qemu:///system", .unix, opens: "qemu:///system"),
        Case("qemu:/system", .unix, opens: "qemu:///system"),
        Case("test:///default", .unix, opens: "test:///default"),
        Case("test+unix:///default?socket=/run/x", .unix, opens: "test:///default"),
        Case("qemu://host/system", .tls, host: "host", opens: "qemu:///system"),
        Case("qemu+tcp://host:1234/system", .tcp, host: "host", port: 1234, opens: "qemu:///system"),
        Case("qemu+tls://me@[fe80::1]:1/system", .tls, host: "fe80::1", port: 1, opens: "qemu:///system"),
        Case("remote://host/", .tls, host: "host", opens: ""),
        Case("remote+unix:///?mode=legacy", .unix, opens: ""),
        Case("xen+ssh://host", .ssh, host: "host", opens: "xen://"),
        Case("qemu://host/system?no_verify=1&foo=b%20r;pkipath=/x", .tls, host: "host", opens: "qemu:///system?foo=b%20r"),
        Case("qemu+ext:///system?command=/bin/x&argv=y", .ext, opens: "qemu:///system"),
        Case("test+tcp://host/default?name=test%3A%2F%2F%2Fother%3Fa=b", .tcp, host: "host", opens: "test:///other?a=b"),
        Case("test:///etc/my%20file.xml", .unix, opens: "test:///etc/my%20file.xml"),
        Case("QEMU+TCP://Host/system", .tcp, host: "Host", opens: "qemu:///system"),
    ]

    @Test(arguments: cases) func reads(_ item: Case) throws {
        let uri = try ConnectURI(item.text)
        #expect(uri.effectiveTransport == item.transport)
        #expect(uri.host == item.host)
        #expect(uri.port == item.port)
        #expect(uri.openName == item.name)
        // What it prints is the same URI.
        #expect(try ConnectURI(uri.description) == uri)
    }

    @Test(arguments: [
        ("", "no scheme"), ("system", "no scheme"), ("qemu+warp:///x", "transport 'warp'"),
        ("qemu://[::1/x", "closing bracket"), ("qemu://h:0/x", "'0' is no port"), ("qemu://h:70000/x", "is no port"),
        ("qemu://h:+5/x", "is no port"), ("qemu://a:b:c/x", "brackets"), ("qemu:///%zz", "two hexadecimal digits"),
        ("qemu:///a%00b", "zero byte"), ("qemu:///a b", "space"), ("qemu:system", "slash"), ("+tcp://h/x", "scheme"),
        ("qemu:///x?=1", "no name"), ("qemu://me@/x", "no host"),
    ]) func refuses(_ text: String, _ reason: String) throws {
        let error = #expect(throws: VirtError.self) { try ConnectURI(text) }
        #expect(error?.code == .invalidArg)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func sockets() throws {
        let root = ClientEnvironment(isRoot: true, home: "/root", systemSocketDirectories: ["/run/libvirt"])
        let user = ClientEnvironment(isRoot: false, home: "/home/u", runtimeDirectory: "/run/user/1000")
        let poor = ClientEnvironment(isRoot: false, home: "/home/u")
        func sockets(_ text: String, _ environment: ClientEnvironment, readOnly: Bool = false) throws -> [String] {
            try ConnectURI(text).sockets(readOnly: readOnly, in: environment)
        }
        #expect(
            try sockets("qemu:///system", root) == ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"])
        #expect(
            try sockets("qemu:///system", root, readOnly: true) == [
                "/run/libvirt/virtqemud-sock-ro", "/run/libvirt/libvirt-sock-ro",
            ])
        #expect(try sockets("qemu:///system?mode=direct", root) == ["/run/libvirt/virtqemud-sock"])
        #expect(try sockets("qemu:///system?mode=legacy", root) == ["/run/libvirt/libvirt-sock"])
        #expect(try sockets("test:///default", root) == ["/run/libvirt/libvirt-sock"])
        #expect(
            try sockets("qemu:///session?mode=legacy", user, readOnly: true) == ["/run/user/1000/libvirt/libvirt-sock"])
        #expect(try sockets("qemu:///session?mode=legacy", poor) == ["/home/u/.cache/libvirt/libvirt-sock"])
        #expect(try sockets("qemu:///system?socket=/x/y", root, readOnly: true) == ["/x/y"])
        #expect(throws: VirtError.self) { try sockets("qemu:///system?mode=other", root) }
        #expect(throws: VirtError.self) { try sockets("test:///default?mode=direct", root) }
    }

    @Test func aliasesAndDefaults() throws {
        var configuration = ClientConfiguration()
        configuration.aliases = ["hail": "qemu+tcp://hail/system"]
        let root = ClientEnvironment(isRoot: true, home: nil)
        let user = ClientEnvironment(isRoot: false, home: nil)
        #expect(try configuration.resolve("hail", in: root).host == "hail")
        #expect(try configuration.resolve(nil, in: root).openName == "qemu:///system")
        #expect(try configuration.resolve(nil, in: user).openName == "qemu:///session")
        configuration.defaultURI = "lxc:///"
        #expect(try configuration.resolve("", in: root).driver == "lxc")
        var withDefault = root
        withDefault.defaultURI = "hail"
        #expect(try configuration.resolve(nil, in: withDefault).driver == "qemu")
        #expect(throws: VirtError.self) { try configuration.resolve("sleet", in: root) }
        configuration.remoteMode = "legacy"
        configuration.remoteProxy = "netcat"
        #expect(try configuration.resolve("hail", in: root).parameters.isEmpty)
        #expect(try configuration.resolve("qemu:///system", in: root).mode == .legacy)
        #expect(try configuration.resolve("qemu:///system", in: root).value("proxy") == nil)
        #expect(try configuration.resolve("qemu+ssh://h/system", in: root).value("proxy") == "netcat")
        let own = try configuration.resolve("qemu+ssh://h/system?mode=auto&proxy=native", in: root)
        #expect(try own.mode == .auto && own.value("proxy") == "native" && own.parameters.count == 2)
    }
}
