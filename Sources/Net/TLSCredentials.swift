internal import CGnuTLS
internal import Synchronization

/// Where a listener gets the credentials for the next client.
package protocol TLSCredentialsProvider: AnyObject, Sendable {
    var current: TLSCredentials { get }
}

extension TLSCredentials: TLSCredentialsProvider {
    package var current: TLSCredentials { self }
}

/// Credentials that can be replaced; sessions that have begun keep theirs.
package final class ReplaceableCredentials: TLSCredentialsProvider {
    private let credentials: Mutex<TLSCredentials>

    package init(_ credentials: TLSCredentials) { self.credentials = Mutex(credentials) }

    package var current: TLSCredentials {
        get { credentials.withLock { $0 } }
        set { credentials.withLock { $0 = newValue } }
    }
}

/// Certificates, key and settings of one side, loaded once and shared by its sessions.
///
/// To reload, make another and use it for new sessions.
package final class TLSCredentials: @unchecked Sendable {
    // SAFETY: GnuTLS allows any number of sessions, on any threads, to share credentials, priorities and ticket key as
    // long as nobody changes them; nothing here does after `init`. They are freed when the last session is gone, since
    // each session holds this object.
    package let configuration: TLSConfiguration
    let credentials: gnutls_certificate_credentials_t
    let priority: gnutls_priority_t
    private(set) var ticketKey = gnutls_datum_t()

    /// A client's tickets, by server. Each is used once.
    private let tickets = Mutex<[String: [UInt8]]>([:])
    private static let ticketLimit = 64

    /// Loads and checks; blocks for the files.
    ///
    /// - Throws: `.tlsConfiguration`, naming the file and what is wrong with it.
    package init(_ configuration: TLSConfiguration) throws(NetError) {
        self.configuration = configuration
        if configuration.checksSanity { try TLSSanity(configuration).check() }
        var priority: gnutls_priority_t?
        guard gnutls_priority_init(&priority, configuration.priority, nil) >= 0, let priority else {
            throw NetError(.tlsConfiguration, "the TLS priority \"\(configuration.priority)\" is not valid")
        }
        self.priority = priority
        var credentials: gnutls_certificate_credentials_t?
        guard gnutls_certificate_allocate_credentials(&credentials) >= 0, let credentials else {
            gnutls_priority_deinit(priority)
            throw NetError(.tlsConfiguration, "cannot allocate TLS credentials")
        }
        self.credentials = credentials
        try load()
        if configuration.role == .server {
            let result = gnutls_session_ticket_key_generate(&ticketKey)
            guard result >= 0 else {
                throw NetError(.tlsConfiguration, "cannot make a TLS ticket key: \(tlsErrorText(result))")
            }
        }
    }

    deinit {
        gnutls_certificate_free_credentials(credentials)
        gnutls_priority_deinit(priority)
        if ticketKey.data != nil {
            gnutls_memset(ticketKey.data, 0, Int(ticketKey.size))
            virt_tls_free(ticketKey.data)
        }
    }

    private func load() throws(NetError) {
        let configuration = self.configuration
        let trusted = gnutls_certificate_set_x509_trust_file(credentials, configuration.caFile, GNUTLS_X509_FMT_PEM)
        guard trusted > 0 else { throw .unusable(configuration.caFile, "the CA certificate", trusted) }
        if let file = configuration.crlFile {
            let result = gnutls_certificate_set_x509_crl_file(credentials, file, GNUTLS_X509_FMT_PEM)
            guard result >= 0 else { throw .unusable(file, "the certificate revocation list", result) }
        }
        switch (configuration.certificateFile, configuration.keyFile) {
        case (let certificate?, let key?):
            let result = gnutls_certificate_set_x509_key_file(credentials, certificate, key, GNUTLS_X509_FMT_PEM)
            if result == VIRT_TLS_KEY_MISMATCH {
                throw NetError(.tlsConfiguration, "the key \(key) does not belong to the certificate \(certificate)")
            }
            guard result >= 0 else {
                try CertificateFile.check(certificate)
                throw .unusable(key, "the private key", result)
            }
        case (nil, nil):
            if configuration.role == .server {
                throw NetError(.tlsConfiguration, "a TLS server needs a certificate and a key")
            }
        case (let certificate?, nil):
            throw NetError(.tlsConfiguration, "the certificate \(certificate) has no key beside it")
        case (nil, let key?):
            throw NetError(.tlsConfiguration, "the key \(key) has no certificate beside it")
        }
    }

    // MARK: resumption

    func takeTicket(for server: String) -> [UInt8]? {
        tickets.withLock { $0.removeValue(forKey: server) }
    }

    func store(ticket: [UInt8], for server: String) {
        tickets.withLock { tickets in
            if tickets.count >= Self.ticketLimit { tickets.removeAll() }
            tickets[server] = ticket
        }
    }
}

/// GnuTLS's words for one of its error numbers.
func tlsErrorText(_ number: Int32) -> String {
    // SAFETY: gnutls_strerror returns static text.
    guard let text = gnutls_strerror(number) else { return "error \(number)" }
    return String(cString: text)
}

extension NetError {
    static func unusable(_ file: String, _ what: String, _ number: Int32) -> NetError {
        let cause = number == 0 ? "it holds none" : tlsErrorText(number)
        return NetError(.tlsConfiguration, "cannot use \(what) \(file): \(cause)")
    }
}
