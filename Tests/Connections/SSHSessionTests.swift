import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// Our ssh transport through a real sshd to a real daemon.
@Suite(.timeLimit(.minutes(2))) struct SSHSessionTests {
    static let kinds: [TestDaemon.Kind] = [.libvirtd, .virtd]

    @Test(arguments: kinds) func reaches(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon(kind)
        let server = try await SSHServer(daemon: daemon.socket)
        let uris = [
            server.uri(), server.uri("libssh"), server.uri("libssh2"),
            server.uri("ssh", "proxy=native"), server.uri("ssh", "proxy=netcat"),
            server.uri("ssh", "socket=\(daemon.socket)"),
            server.uri("ssh", "netcat=/bin/nc", "sshauth=privkey", "mode=legacy"),
            server.uri("ssh", knownHosts: server.file("new_hosts"), "known_hosts_verify=auto"),
            server.uri("ssh", knownHosts: server.wrongKnownHosts, "known_hosts_verify=ignore"),
            server.uri("ssh", knownHosts: server.file("newer_hosts"), "no_verify=1"),
        ]
        for uri in uris {
            let connection = try await Connection.open(uri)
            #expect(try await connection.uri() == "test:///default", "\(uri)")
            #expect(try await connection.domains().map(\.name) == ["test"])
            #expect(try await connection.isSecure())
            await connection.close()
            #expect(try await connection.closed.reason == .client)
        }
        #expect(await eventually { server.children().isEmpty }, "\(server.children())")
        #expect(try server.text("new_hosts").contains("ssh-ed25519"))
    }

    @Test(arguments: kinds) func cannotChangeReadOnly(_ kind: TestDaemon.Kind) async throws {
        let daemon = try await TestDaemon(kind)
        let server = try await SSHServer(daemon: daemon.socket)
        for proxy in ["native", "netcat"] {
            let connection = try await Connection.open(server.uri("ssh", "proxy=\(proxy)"), readOnly: true)
            let domain = try #require(try await connection.domains().first)
            let error = await #expect(throws: VirtError.self) { try await domain.destroy() }
            #expect(error?.code == .operationDenied)
            await connection.close()
        }
    }

    @Test func withoutHelper() async throws {
        let daemon = try await TestDaemon(.virtd)
        let server = try await SSHServer(daemon: daemon.socket, hasHelper: false)
        let connection = try await Connection.open(server.uri())
        #expect(try await connection.domains().map(\.name) == ["test"])
        await connection.close()
        let error = await #expect(throws: VirtError.self) { try await Connection.open(server.uri("ssh", "proxy=native")) }
        #expect(error?.message.contains("virt-ssh-helper") == true, "\(error?.message ?? "")")
    }

    @Test func saysWhy() async throws {
        let daemon = try await TestDaemon(.virtd)
        let server = try await SSHServer(daemon: daemon.socket)
        let nobody = try TestDaemon.freePort()
        let cases = [
            (server.uri(knownHosts: server.wrongKnownHosts), "Host key verification failed"),
            (server.uri(knownHosts: server.file("nothing"), "known_hosts_verify=normal"), "Host key verification failed"),
            (server.uri(key: server.unknownKey), "Permission denied (publickey)"),
            (server.uri(key: server.file("nothing")), "Permission denied (publickey)"),
            (server.uri("ssh", "sshauth=agent").replacing("keyfile=\(server.key)&", with: ""), "Permission denied"),
            (server.uri("ssh", "sshauth=password"), "Permission denied"),
            (server.uri(key: server.forbiddenKey), "forwarding is forbidden here"),
            (server.uri("ssh", "socket=/nonexistent/sock"), "No such file or directory"),
            (server.uri("ssh", "netcat=/nonexistent/nc"), "not found"),
            (server.uri().replacing(":\(server.port)/", with: ":\(nobody)/"), "Connection refused"),
            (server.uri().replacing("command=\(server.ssh)", with: "command=/nonexistent/ssh"), "No such file"),
        ]
        for (uri, reason) in cases {
            let error = await #expect(throws: VirtError.self, "\(uri)") { try await Connection.open(uri) }
            #expect(error?.message.contains(reason) == true, "\(uri): \(error?.message ?? "")")
            #expect(error?.code == .systemError)
        }
        #expect(await eventually { server.children().isEmpty }, "\(server.children())")
    }

    /// A server that takes the connection and says nothing.
    @Test func endsAtDeadlineAndCancellation() async throws {
        let daemon = try await TestDaemon(.virtd)
        let server = try await SSHServer(daemon: daemon.socket)
        let (descriptor, port) = try Self.deafListener()
        defer { close(descriptor) }
        let uri = server.uri().replacing(":\(server.port)/", with: ":\(port)/")
        let error = await #expect(throws: VirtError.self) {
            try await withDeadline(.milliseconds(300)) { try await Connection.open(uri) }
        }
        #expect(error?.code == .operationTimeout)
        let attempt = Task { try await Connection.open(uri) }
        #expect(await eventually { !server.children().isEmpty })
        attempt.cancel()
        await #expect(throws: CancellationError.self) { try await attempt.value }
        #expect(await eventually { server.children().isEmpty }, "\(server.children())")
    }

    /// The server goes away while calls are under way and events are waited for.
    @Test func endsWithServer() async throws {
        let daemon = try await TestDaemon(.virtd)
        let server = try await SSHServer(daemon: daemon.socket)
        let connection = try await Connection.open(server.uri())
        let events = try await connection.domainEvents()
        let callers = (0..<8).map { _ in
            Task { while true { _ = try await connection.domains() } }
        }
        let listener = Task { for await _ in events {} }
        try await Task.sleep(for: .milliseconds(50))
        server.stop()
        let closure = try await connection.closed
        #expect(closure.reason == .eof)
        #expect(closure.error.message.contains("ssh has ended with status 255"), "\(closure.error.message)")
        for caller in callers {
            let error = await #expect(throws: VirtError.self) { try await caller.value }
            #expect(error?.message == closure.error.message)
        }
        await listener.value
        #expect(!connection.isAlive)
        #expect(await eventually { server.children().isEmpty }, "\(server.children())")
    }

    private static func deafListener() throws -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) != 0 || listen(descriptor, 8) != 0
                    || getsockname(descriptor, $0, &length) != 0
            }
        }
        try #require(!failed)
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
