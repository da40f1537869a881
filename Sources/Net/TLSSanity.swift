internal import CGnuTLS

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The certificates of one PEM file.
final class CertificateFile {
    // SAFETY: the list and its elements are GnuTLS's allocations, made in `init` and freed in `deinit`; the object stays
    // on the thread that made it.
    let path: String
    private var list: UnsafeMutablePointer<gnutls_x509_crt_t?>?
    private var count: UInt32 = 0

    init(_ path: String) throws(NetError) {
        self.path = path
        var data = gnutls_datum_t()
        let loaded = gnutls_load_file(path, &data)
        guard loaded >= 0 else {
            let number = errno
            throw NetError(
                .tlsConfiguration, "cannot read the certificate \(path): \(errorText(number))", systemError: number)
        }
        defer { virt_tls_free(data.data) }
        let result = gnutls_x509_crt_list_import2(&list, &count, &data, GNUTLS_X509_FMT_PEM, 0)
        guard result >= 0, count > 0 else { throw .unusable(path, "the certificate", result) }
    }

    deinit {
        guard let list else { return }
        for index in 0..<Int(count) { gnutls_x509_crt_deinit(list[index]) }
        virt_tls_free(list)
    }

    static func check(_ path: String) throws(NetError) { _ = try CertificateFile(path) }

    var certificates: [gnutls_x509_crt_t] {
        (0..<Int(count)).compactMap { list?[$0] }
    }

    /// How `chain` fails to be one that these certificates sign; nil if it is sound.
    func objection(toChain chain: CertificateFile) throws(NetError) -> String? {
        var status: UInt32 = 0
        let result = gnutls_x509_crt_list_verify(chain.list, chain.count, list, count, nil, 0, 0, &status)
        guard result >= 0 else { throw .unusable(chain.path, "the certificate", result) }
        return status == 0 ? nil : verificationText(status)
    }
}

/// GnuTLS's sentences for a verification status.
func verificationText(_ status: UInt32) -> String {
    var text = gnutls_datum_t()
    guard gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) >= 0, let data = text.data
    else { return "status \(status)" }
    defer { virt_tls_free(data) }
    var words = String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
    while let last = words.last, last == " " || last == "." || last == "\0" { words.removeLast() }
    return words
}

/// Looks at our own certificates before a peer does, and says what it would dislike.
///
/// Key encipherment is not asked for: only RSA key exchange used it, which TLS 1.3 has not.
struct TLSSanity {
    private let configuration: TLSConfiguration

    init(_ configuration: TLSConfiguration) { self.configuration = configuration }

    func check() throws(NetError) {
        let authority = try CertificateFile(configuration.caFile)
        for certificate in authority.certificates {
            try checkTimes(certificate, authority.path, "CA certificate")
            try checkAuthority(certificate, authority.path)
        }
        guard let file = configuration.certificateFile else { return }
        let own = try CertificateFile(file)
        guard let certificate = own.certificates.first else { return }
        try checkTimes(certificate, file, "certificate")
        try checkOwn(certificate, file)
        if let objection = try authority.objection(toChain: own) {
            throw wrong("certificate", file, "the CA \(authority.path) does not vouch for it (\(objection))")
        }
    }

    private func wrong(_ what: String, _ file: String, _ why: String) -> NetError {
        NetError(.tlsConfiguration, "the \(what) \(file) cannot be used: \(why)")
    }

    private func checkTimes(_ certificate: gnutls_x509_crt_t, _ file: String, _ what: String) throws(NetError) {
        let now = time(nil)
        if gnutls_x509_crt_get_expiration_time(certificate) < now { throw wrong(what, file, "it has expired") }
        if gnutls_x509_crt_get_activation_time(certificate) > now { throw wrong(what, file, "it is not valid yet") }
    }

    private func checkAuthority(_ certificate: gnutls_x509_crt_t, _ file: String) throws(NetError) {
        switch gnutls_x509_crt_get_basic_constraints(certificate, nil, nil, nil) {
        case 1...: break
        case 0: throw wrong("CA certificate", file, "its basic constraints say that it is not a CA")
        case VIRT_TLS_NOT_AVAILABLE: throw wrong("CA certificate", file, "it has no basic constraints")
        case let number: throw .unusable(file, "the CA certificate", number)
        }
        if try !allows(VIRT_TLS_USAGE_SIGN_CERTIFICATES, certificate, file) {
            throw wrong("CA certificate", file, "its key usage does not permit signing certificates")
        }
    }

    private func checkOwn(_ certificate: gnutls_x509_crt_t, _ file: String) throws(NetError) {
        let constraints = gnutls_x509_crt_get_basic_constraints(certificate, nil, nil, nil)
        if constraints > 0 { throw wrong("certificate", file, "its basic constraints say that it is a CA") }
        if constraints < 0, constraints != VIRT_TLS_NOT_AVAILABLE {
            throw .unusable(file, "the certificate", constraints)
        }
        if try !allows(VIRT_TLS_USAGE_DIGITAL_SIGNATURE, certificate, file) {
            throw wrong("certificate", file, "its key usage does not permit digital signatures")
        }
        let (wanted, name) =
            configuration.role == .server
            ? (GNUTLS_KP_TLS_WWW_SERVER, "server") : (GNUTLS_KP_TLS_WWW_CLIENT, "client")
        let purposes = try purposes(of: certificate, file)
        if !purposes.isEmpty, !purposes.contains(wanted), !purposes.contains(GNUTLS_KP_ANY) {
            throw wrong("certificate", file, "its purposes do not include that of a TLS \(name)")
        }
    }

    /// A certificate without key usage permits everything; one whose usage is not critical only recommends.
    private func allows(_ usage: UInt32, _ certificate: gnutls_x509_crt_t, _ file: String) throws(NetError) -> Bool {
        var given: UInt32 = 0
        var critical: UInt32 = 0
        let result = gnutls_x509_crt_get_key_usage(certificate, &given, &critical)
        if result == VIRT_TLS_NOT_AVAILABLE { return true }
        guard result >= 0 else { throw .unusable(file, "the certificate", result) }
        return given & usage != 0 || critical == 0
    }

    private func purposes(of certificate: gnutls_x509_crt_t, _ file: String) throws(NetError) -> [String] {
        var purposes: [String] = []
        while true {
            var size = 256
            let (result, purpose) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                let result = gnutls_x509_crt_get_key_purpose_oid(
                    certificate, UInt32(purposes.count), buffer.baseAddress, &size, nil)
                return (result, result >= 0 ? String(cString: buffer.baseAddress!) : "")
            }
            if result == VIRT_TLS_NOT_AVAILABLE { return purposes }
            guard result >= 0 else { throw .unusable(file, "the certificate", result) }
            purposes.append(purpose)
        }
    }
}
