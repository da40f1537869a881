internal import Libvirt

/// Which of the client's parameters mean something with which transport.
///
/// The driver gets those that the client does not know; one that the client knows and cannot use is an error, since
/// whoever wrote it relies on it.
enum TransportParameters {
    private static let ssh: Set<ConnectURI.Transport> = [.ssh, .libssh, .libssh2]

    /// Without those that all transports have: `name`, `auth`, `authfile`.
    private static let transports: [String: Set<ConnectURI.Transport>] = [
        "mode": ssh.union([.unix]), "socket": ssh.union([.unix]),
        "command": ssh.union([.ext]), "argv": [.ext],
        "proxy": ssh, "netcat": ssh, "keyfile": ssh, "known_hosts": ssh, "known_hosts_verify": ssh, "no_tty": ssh,
        "sshauth": ssh,
        "no_verify": ssh.union([.tls]), "no_sanity": [.tls], "pkipath": [.tls], "tls_priority": [.tls],
    ]

    /// - Throws: ``VirtError`` `.invalidArg`, which names the parameter.
    static func check(_ uri: ConnectURI) throws {
        let transport = uri.effectiveTransport
        for parameter in uri.parameters {
            guard let known = transports[parameter.name], !known.contains(transport) else { continue }
            throw uri.invalidHere(
                "the parameter \(parameter.name) means nothing for the transport \(transport.rawValue)")
        }
    }
}
