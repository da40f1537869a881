internal import CGnuTLS
internal import NIOCore
internal import XDR

/// What a finished handshake says about the other side.
struct TLSPeer: Sendable, Equatable {
    /// Only of a certificate that was verified.
    var distinguishedName: String?
    /// Protocol version, key exchange and cipher.
    var description: String
    var isResumed: Bool
    /// Of the cipher.
    var keyBits: UInt32
}

/// One TLS session over memory: ciphertext goes in with ``receive(_:)`` and comes out of ``takeOutput()``, nothing blocks.
final class GnuTLSSession {
    // SAFETY: GnuTLS calls the transport functions only from within calls made here, on the caller's thread, with a
    // pointer to this object that is unretained: the session is freed in `deinit`, so the object outlives it.
    enum Step: Equatable {
        case done, again
        case failed(Int32)
    }

    private let session: gnutls_session_t
    private let credentials: TLSCredentials
    private let serverName: String?
    private let ticketName: String?
    private var hasStoredTicket = false
    /// Ciphertext of the caller's, during its call.
    private var window = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Ciphertext from `keptOffset` on that came with earlier calls.
    private var kept: [UInt8] = []
    private var keptOffset = 0
    private var output: MessageBuffer?
    /// What `output` should have room for.
    private var expectedOutput = 0
    /// GnuTLS asked for bytes and there were none.
    private var isStarved = false
    var isServer: Bool { credentials.configuration.role == .server }

    /// - Parameters:
    ///   - serverName: on clients, the host name or address that the server's certificate has to be for.
    ///   - ticketName: on clients, under which name tickets are kept for the next time.
    init(_ credentials: TLSCredentials, serverName: String? = nil, ticketName: String? = nil) throws(NetError) {
        self.credentials = credentials
        self.serverName = serverName
        self.ticketName = ticketName
        let configuration = credentials.configuration
        var session: gnutls_session_t?
        let flags = configuration.role == .server ? VIRT_TLS_SERVER_FLAGS : VIRT_TLS_CLIENT_FLAGS
        let result = gnutls_init(&session, flags)
        guard result >= 0, let session else { throw Self.cannotStart(result) }
        self.session = session
        try prepare()
    }

    deinit { gnutls_deinit(session) }

    private static func cannotStart(_ number: Int32) -> NetError {
        NetError(.tlsHandshake, "cannot start a TLS session: \(tlsErrorText(number))")
    }

    private func prepare() throws(NetError) {
        var result = gnutls_priority_set(session, credentials.priority)
        guard result >= 0 else { throw Self.cannotStart(result) }
        result = gnutls_credentials_set(
            session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials.credentials))
        guard result >= 0 else { throw Self.cannotStart(result) }
        result = TicketRequest.register(session)
        guard result >= 0 else { throw Self.cannotStart(result) }
        if isServer {
            gnutls_certificate_server_set_request(
                session, credentials.configuration.verifiesPeer ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST)
            var key = credentials.ticketKey
            result = gnutls_session_ticket_enable_server(session, &key)
            guard result >= 0 else { throw Self.cannotStart(result) }
        } else {
            if let serverName, !Self.isAddress(serverName) {
                gnutls_server_name_set(session, GNUTLS_NAME_DNS, serverName, serverName.utf8.count)
            }
            if let ticketName, let ticket = credentials.takeTicket(for: ticketName) {
                gnutls_session_set_data(session, ticket, ticket.count)
            }
        }
        gnutls_transport_set_ptr(session, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(session) { context, data, count in
            guard let context, let data else { return -1 }
            return Unmanaged<GnuTLSSession>.fromOpaque(context).takeUnretainedValue().pull(data, count)
        }
        gnutls_transport_set_push_function(session) { context, data, count in
            guard let context, let data else { return -1 }
            Unmanaged<GnuTLSSession>.fromOpaque(context).takeUnretainedValue()
                .push(UnsafeRawBufferPointer(start: data, count: count))
            return count
        }
        gnutls_transport_set_pull_timeout_function(session) { context, _ in
            guard let context else { return -1 }
            return Unmanaged<GnuTLSSession>.fromOpaque(context).takeUnretainedValue().available > 0 ? 1 : 0
        }
    }

    static func isAddress(_ name: String) -> Bool { (try? SocketAddress(ipAddress: name, port: 0)) != nil }

    private var available: Int { kept.count - keptOffset + window.count }

    private func pull(_ data: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard available > 0 else {
            isStarved = true
            gnutls_transport_set_errno(session, VIRT_TLS_EAGAIN)
            return -1
        }
        guard keptOffset < kept.count else {
            let taken = min(count, window.count)
            data.copyMemory(from: window.baseAddress!, byteCount: taken)
            window = UnsafeRawBufferPointer(rebasing: window[taken...])
            return taken
        }
        let taken = min(count, kept.count - keptOffset)
        kept.withUnsafeBytes { data.copyMemory(from: $0.baseAddress! + keptOffset, byteCount: taken) }
        keptOffset += taken
        // An idle session keeps no memory of what it has read.
        if keptOffset == kept.count { (kept, keptOffset) = ([], 0) }
        return taken
    }

    private func push(_ bytes: UnsafeRawBufferPointer) {
        let output = self.output ?? MessageBuffer(capacity: max(expectedOutput, bytes.count))
        output.append(bytes)
        self.output = output
    }

    // MARK: transport

    /// Lends ciphertext of the peer until ``keepRest()``.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        if available == 0 { window = bytes } else { kept += bytes }
    }

    /// Copies what has not been needed yet.
    func keepRest() {
        kept += window
        window = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Ciphertext to be sent, if there is any.
    func takeOutput() -> MessageBuffer? {
        defer { output = nil }
        return output
    }

    // MARK: handshake

    func handshake() -> Step {
        while true {
            isStarved = false
            let result = gnutls_handshake(session)
            if result == 0 { return .done }
            if gnutls_error_is_fatal(result) != 0 {
                if result != VIRT_TLS_FATAL_ALERT { gnutls_alert_send_appropriate(session, result) }
                return .failed(result)
            }
            if isStarved { return .again }
        }
    }

    /// What the last failure means, with the alert if one came.
    func text(_ number: Int32) -> String {
        guard number == VIRT_TLS_FATAL_ALERT || number == VIRT_TLS_WARNING_ALERT,
            let name = gnutls_alert_get_name(gnutls_alert_get(session))
        else { return tlsErrorText(number) }
        return "the peer sent the alert \"\(String(cString: name))\""
    }

    func sendAlert(_ alert: gnutls_alert_description_t) {
        gnutls_alert_send(session, GNUTLS_AL_FATAL, alert)
    }

    /// Checks the peer's certificate, also that of a resumed session: list, name and dates may have changed meanwhile.
    ///
    /// A refusal has sent its alert when this throws.
    func verifyPeer() throws(NetError) -> TLSPeer {
        let configuration = credentials.configuration
        var peer = TLSPeer(
            distinguishedName: nil, description: describe(), isResumed: gnutls_session_is_resumed(session) != 0,
            keyBits: UInt32(gnutls_cipher_get_key_size(gnutls_cipher_get(session))) * 8)
        guard configuration.verifiesPeer else { return peer }
        let other = isServer ? "client" : "server"
        var count: UInt32 = 0
        guard gnutls_certificate_type_get(session) == GNUTLS_CRT_X509,
            let first = gnutls_certificate_get_peers(session, &count), count > 0
        else {
            throw refuse(GNUTLS_A_CERTIFICATE_REQUIRED, "the \(other) sent no certificate")
        }
        let status = try verificationStatus()
        guard status == 0 else {
            throw refuse(
                Self.alert(for: status), "the \(other)'s certificate is not trusted: \(verificationText(status))")
        }
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) >= 0, let certificate else {
            throw refuse(GNUTLS_A_INTERNAL_ERROR, "cannot examine the \(other)'s certificate")
        }
        defer { gnutls_x509_crt_deinit(certificate) }
        guard gnutls_x509_crt_import(certificate, first, GNUTLS_X509_FMT_DER) >= 0,
            let name = Self.distinguishedName(of: certificate)
        else {
            throw refuse(GNUTLS_A_BAD_CERTIFICATE, "the \(other)'s certificate cannot be read")
        }
        if isServer, let allowed = configuration.allowedNames,
            !allowed.contains(where: { TLSConfiguration.matches(name, pattern: $0) })
        {
            throw refuse(
                GNUTLS_A_ACCESS_DENIED, "the client's distinguished name \"\(name)\" is not in the list of allowed ones"
            )
        }
        if !isServer, let serverName, gnutls_x509_crt_check_hostname(certificate, serverName) == 0 {
            throw refuse(GNUTLS_A_BAD_CERTIFICATE, "the server's certificate (\(name)) is not for \(serverName)")
        }
        peer.distinguishedName = name
        return peer
    }

    private func verificationStatus() throws(NetError) -> UInt32 {
        var status: UInt32 = 0
        let purpose = isServer ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER
        let result = purpose.utf8CString.withUnsafeBufferPointer { text in
            // SAFETY: GnuTLS reads the text during the call; size 0 says that it ends with a zero byte.
            var data = gnutls_typed_vdata_st()
            data.type = GNUTLS_DT_KEY_PURPOSE_OID
            data.data = UnsafeMutableRawPointer(mutating: text.baseAddress!).assumingMemoryBound(to: UInt8.self)
            return gnutls_certificate_verify_peers(session, &data, 1, &status)
        }
        guard result >= 0 else {
            throw refuse(GNUTLS_A_BAD_CERTIFICATE, "the peer's certificate cannot be verified: \(tlsErrorText(result))")
        }
        return status
    }

    private func refuse(_ alert: gnutls_alert_description_t, _ message: String) -> NetError {
        sendAlert(alert)
        return NetError(.peerNotTrusted, message)
    }

    private static func alert(for status: UInt32) -> gnutls_alert_description_t {
        if status & GNUTLS_CERT_REVOKED.rawValue != 0 { return GNUTLS_A_CERTIFICATE_REVOKED }
        if status & GNUTLS_CERT_EXPIRED.rawValue != 0 { return GNUTLS_A_CERTIFICATE_EXPIRED }
        if status & GNUTLS_CERT_SIGNER_NOT_FOUND.rawValue != 0 { return GNUTLS_A_UNKNOWN_CA }
        return GNUTLS_A_BAD_CERTIFICATE
    }

    /// In the order in which libvirt has always written it, since lists of allowed names are matched against it.
    private static func distinguishedName(of certificate: gnutls_x509_crt_t) -> String? {
        var size = 0
        let result = gnutls_x509_crt_get_dn(certificate, nil, &size)
        guard result == VIRT_TLS_SHORT_MEMORY, size > 0, size < 64 * 1024 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size + 1) { buffer in
            gnutls_x509_crt_get_dn(certificate, buffer.baseAddress, &size) >= 0
                ? String(cString: buffer.baseAddress!) : nil
        }
    }

    private func describe() -> String {
        guard let text = gnutls_session_get_desc(session) else { return "" }
        defer { virt_tls_free(text) }
        return String(cString: text)
    }

    private var isTLS13: Bool { gnutls_protocol_get_version(session) == GNUTLS_TLS1_3 }

    /// On servers, once the client is admitted, if it asked for one: TLS 1.2 has sent its ticket with the handshake.
    func sendTicket() {
        if isTLS13, TicketRequest.isMade(in: session) { gnutls_session_ticket_send(session, 1, 0) }
    }

    /// On clients, once the server has admitted us and its ticket has come, which may be later; once.
    func storeTicket() {
        guard let ticketName, !hasStoredTicket else { return }
        if isTLS13, gnutls_session_get_flags(session) & GNUTLS_SFLAGS_SESSION_TICKET.rawValue == 0 { return }
        var data = gnutls_datum_t()
        guard gnutls_session_get_data2(session, &data) >= 0, let bytes = data.data else { return }
        defer { virt_tls_free(bytes) }
        hasStoredTicket = true
        credentials.store(
            ticket: Array(UnsafeBufferPointer(start: bytes, count: Int(data.size))), for: ticketName)
    }

    // MARK: records

    enum Read {
        case bytes(Int)
        /// More ciphertext is needed.
        case again
        /// The peer has said that nothing follows.
        case end
        case failed(Int32)
    }

    /// Decrypts into `space` what is left of a record, or the next one; one record has at most 16 KiB.
    func read(into space: UnsafeMutableRawBufferPointer) -> Read {
        while true {
            isStarved = false
            let result = gnutls_record_recv(session, space.baseAddress, space.count)
            if result > 0 { return .bytes(result) }
            if result == 0 { return .end }
            let number = Int32(result)
            switch number {
            case VIRT_TLS_AGAIN, VIRT_TLS_INTERRUPTED:
                if isStarved { return .again }
            case VIRT_TLS_PREMATURE_TERMINATION:
                // Our frames have lengths of their own: a cut connection loses no more than a closed one.
                return .end
            case VIRT_TLS_REHANDSHAKE:
                gnutls_alert_send(session, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION)
                return .failed(number)
            default:
                if gnutls_error_is_fatal(number) == 0 {
                    // A warning alert.
                    if isStarved { return .again }
                    continue
                }
                if number != VIRT_TLS_FATAL_ALERT { gnutls_alert_send_appropriate(session, number) }
                return .failed(number)
            }
        }
    }

    /// Encrypts all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) -> Step {
        // A record has a header, a tag, and in TLS 1.2 an initial vector or padding.
        expectedOutput = bytes.count + (bytes.count / 16384 + 1) * 64
        defer { expectedOutput = 0 }
        var offset = 0
        while offset < bytes.count {
            let count = gnutls_record_send(session, bytes.baseAddress! + offset, bytes.count - offset)
            if count > 0 {
                offset += count
            } else if gnutls_error_is_fatal(Int32(count)) != 0 {
                return .failed(Int32(count))
            }
        }
        return .done
    }

    /// Says that nothing follows.
    func bye() { gnutls_bye(session, GNUTLS_SHUT_WR) }
}
