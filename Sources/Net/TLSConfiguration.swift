/// What one side of TLS needs to be told; ``TLSCredentials`` loads and checks it.
package struct TLSConfiguration: Sendable, Equatable {
    package enum Role: Sendable, Equatable {
        case server, client
    }

    package var role: Role
    package var caFile: String
    package var crlFile: String?
    /// A server has both; a client may have neither, and is then let in only by servers that do not ask.
    package var certificateFile: String?
    package var keyFile: String?
    /// GnuTLS's syntax.
    package var priority = "NORMAL"
    /// Globs (`*`, `?`) over the distinguished name of a client's certificate: nil admits every certificate that the CA
    /// signed, an empty list none.
    package var allowedNames: [String]?
    /// Off: a server takes clients without a certificate, a client takes any server (libvirt's `no_verify`).
    package var verifiesPeer = true
    /// Off: our own files are used even if a peer would not like them (libvirt's `no_sanity`).
    package var checksSanity = true
    /// How long a handshake may take, and a client's wait for the server's verdict with it.
    package var handshakeTimeout = Duration.seconds(10)

    package init(role: Role, caFile: String, crlFile: String? = nil, certificateFile: String?, keyFile: String?) {
        self.role = role
        self.caFile = caFile
        self.crlFile = crlFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    package init(role: Role, paths: PKIPaths) {
        self.init(
            role: role, caFile: paths.caFile, crlFile: paths.crlFile, certificateFile: paths.certificateFile,
            keyFile: paths.keyFile)
    }

    /// Whether `name` matches `pattern`: `*` stands for any text, `?` for one character.
    package static func matches(_ name: String, pattern: String) -> Bool {
        let text = Array(name.unicodeScalars)
        let glob = Array(pattern.unicodeScalars)
        var place = 0
        var index = 0
        // Where to go on when the last star has to swallow one character more.
        var retry: (place: Int, index: Int)?
        while place < text.count {
            if index < glob.count, glob[index] == "*" {
                index += 1
                retry = (place, index)
            } else if index < glob.count, glob[index] == "?" || glob[index] == text[place] {
                index += 1
                place += 1
            } else if let last = retry {
                place = last.place + 1
                index = last.index
                retry = (place, index)
            } else {
                return false
            }
        }
        return glob[index...].allSatisfy { $0 == "*" }
    }
}
