internal import CGnuTLS

/// The TLS extension by which a client asks for tickets (RFC 9149).
///
/// A TLS 1.3 server may send tickets unasked, but the clients of libvirt do not expect that: libvirtd sends none, and
/// GnuTLS interrupts a blocking read (`GNUTLS_E_AGAIN`) when a ticket comes, which a simple client takes for a failure.
/// So our server sends a ticket to those who asked for one, as our client does.
enum TicketRequest {
    private static let type: Int32 = 58

    /// Announces the extension to a session that has not begun.
    ///
    /// - Returns: GnuTLS's result.
    static func register(_ session: gnutls_session_t) -> Int32 {
        let places = GNUTLS_EXT_FLAG_CLIENT_HELLO.rawValue | GNUTLS_EXT_FLAG_TLS.rawValue
        return gnutls_session_ext_register(
            session, "ticket_request", type, GNUTLS_EXT_TLS, receive, send, nil, nil, nil,
            places | GNUTLS_EXT_FLAG_OVERRIDE_INTERNAL.rawValue)
    }

    /// Whether the client of this session asked for tickets, on the server.
    static func isMade(in session: gnutls_session_t) -> Bool {
        var counts: gnutls_ext_priv_data_t?
        guard gnutls_ext_get_data(session, UInt32(type), &counts) >= 0 else { return false }
        return UInt(bitPattern: counts) != 0
    }

    // Two octets: how many tickets a client wants after a full handshake, and after a resumed one.

    private static let receive: gnutls_ext_recv_func = { session, data, length in
        guard let session, let data, length == 2 else { return GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER }
        let wanted = max(data[0], data[1])
        gnutls_ext_set_data(session, UInt32(type), UnsafeMutableRawPointer(bitPattern: UInt(wanted)))
        return 0
    }

    private static let send: gnutls_ext_send_func = { _, buffer in
        let counts: [UInt8] = [1, 1]
        let result = gnutls_buffer_append_data(buffer, counts, counts.count)
        return result < 0 ? result : Int32(counts.count)
    }
}
