import CGnuTLS
import Glibc

@testable import VirtNet

/// A CA and what it signs, in a folder of its own: ECDSA, since RSA keys take too long to make.
final class TestPKI {
    struct Options {
        var name = "server"
        var organization = "swift-libvirt"
        var hosts: [String] = ["localhost"]
        var addresses: [[UInt8]] = [[127, 0, 0, 1]]
        var begins = -3600
        var ends = 86400
        var isAuthority: Bool? = false
        var usage: UInt32? = VIRT_TLS_USAGE_DIGITAL_SIGNATURE
        var purpose: String? = GNUTLS_KP_TLS_WWW_SERVER
    }

    let folder = TemporaryFolder()
    private let authorityKey: gnutls_x509_privkey_t
    private var authority: gnutls_x509_crt_t
    private var issued: [String: gnutls_x509_crt_t] = [:]
    private var serial: UInt8 = 1

    init(authority options: (inout Options) -> Void = { _ in }) {
        authorityKey = Self.key()
        var wanted = Options(
            name: "Test CA \(UInt32.random(in: 0...UInt32.max))", hosts: [], addresses: [], isAuthority: true,
            usage: VIRT_TLS_USAGE_SIGN_CERTIFICATES,
            purpose: nil)
        options(&wanted)
        authority = Self.blank()
        Self.fill(authority, wanted, key: authorityKey, serial: 1)
        check(gnutls_x509_crt_sign2(authority, authority, authorityKey, GNUTLS_DIG_SHA256, 0))
        export(authority, to: "cacert.pem")
    }

    deinit {
        gnutls_x509_crt_deinit(authority)
        gnutls_x509_privkey_deinit(authorityKey)
        for certificate in issued.values { gnutls_x509_crt_deinit(certificate) }
    }

    /// Makes `NAMEcert.pem` and `NAMEkey.pem`.
    func issue(_ name: String, _ options: (inout Options) -> Void = { _ in }) {
        var wanted = Options(name: name)
        if name.hasPrefix("client") {
            wanted.purpose = GNUTLS_KP_TLS_WWW_CLIENT
            wanted.hosts = []
            wanted.addresses = []
        }
        options(&wanted)
        let key = Self.key()
        defer { gnutls_x509_privkey_deinit(key) }
        let certificate = Self.blank()
        serial += 1
        Self.fill(certificate, wanted, key: key, serial: serial)
        check(gnutls_x509_crt_sign2(certificate, authority, authorityKey, GNUTLS_DIG_SHA256, 0))
        issued[name] = certificate
        export(certificate, to: "\(name)cert.pem")
        var data = gnutls_datum_t()
        check(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &data))
        save(&data, to: "\(name)key.pem")
    }

    /// Makes `crl.pem`.
    func revoke(_ names: String...) {
        var list: gnutls_x509_crl_t?
        check(gnutls_x509_crl_init(&list))
        defer { gnutls_x509_crl_deinit(list) }
        for name in names { check(gnutls_x509_crl_set_crt(list, issued[name], time(nil) - 60)) }
        check(gnutls_x509_crl_set_version(list, 2))
        var number: UInt8 = 1
        check(gnutls_x509_crl_set_number(list, &number, 1))
        check(gnutls_x509_crl_set_this_update(list, time(nil) - 60))
        check(gnutls_x509_crl_set_next_update(list, time(nil) + 86400))
        check(gnutls_x509_crl_sign2(list, authority, authorityKey, GNUTLS_DIG_SHA256, 0))
        var data = gnutls_datum_t()
        check(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &data))
        save(&data, to: "crl.pem")
    }

    func configuration(_ role: TLSConfiguration.Role, _ name: String? = nil) -> TLSConfiguration {
        let name = name ?? (role == .server ? "server" : "client")
        var configuration = TLSConfiguration(
            role: role, caFile: folder.file("cacert.pem"), certificateFile: folder.file("\(name)cert.pem"),
            keyFile: folder.file("\(name)key.pem"))
        // Tests wait for the machine, and for each other.
        configuration.handshakeTimeout = .seconds(60)
        return configuration
    }

    private static func key() -> gnutls_x509_privkey_t {
        var key: gnutls_x509_privkey_t?
        check(gnutls_x509_privkey_init(&key))
        let curve = UInt32(1) << 31 | UInt32(GNUTLS_ECC_CURVE_SECP256R1.rawValue)
        check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, curve, 0))
        return key!
    }

    private static func blank() -> gnutls_x509_crt_t {
        var certificate: gnutls_x509_crt_t?
        check(gnutls_x509_crt_init(&certificate))
        return certificate!
    }

    private static func fill(
        _ certificate: gnutls_x509_crt_t, _ options: Options, key: gnutls_x509_privkey_t, serial: UInt8
    ) {
        check(gnutls_x509_crt_set_version(certificate, 3))
        check(gnutls_x509_crt_set_key(certificate, key))
        var serial = serial
        check(gnutls_x509_crt_set_serial(certificate, &serial, 1))
        var problem: UnsafePointer<CChar>?
        // RFC 4514 puts the last name first.
        check(gnutls_x509_crt_set_dn(certificate, "CN=\(options.name),O=\(options.organization)", &problem))
        check(gnutls_x509_crt_set_activation_time(certificate, time(nil) + options.begins))
        check(gnutls_x509_crt_set_expiration_time(certificate, time(nil) + options.ends))
        if let isAuthority = options.isAuthority {
            check(gnutls_x509_crt_set_basic_constraints(certificate, isAuthority ? 1 : 0, -1))
        }
        if let usage = options.usage { check(gnutls_x509_crt_set_key_usage(certificate, usage)) }
        if let purpose = options.purpose { check(gnutls_x509_crt_set_key_purpose_oid(certificate, purpose, 0)) }
        for host in options.hosts {
            check(
                gnutls_x509_crt_set_subject_alt_name(
                    certificate, GNUTLS_SAN_DNSNAME, host, UInt32(host.utf8.count), UInt32(GNUTLS_FSAN_APPEND)))
        }
        for address in options.addresses {
            check(
                gnutls_x509_crt_set_subject_alt_name(
                    certificate, GNUTLS_SAN_IPADDRESS, address, UInt32(address.count), UInt32(GNUTLS_FSAN_APPEND)))
        }
    }

    private func export(_ certificate: gnutls_x509_crt_t, to name: String) {
        var data = gnutls_datum_t()
        check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &data))
        save(&data, to: name)
    }

    private func save(_ data: inout gnutls_datum_t, to name: String) {
        let text = String(decoding: UnsafeBufferPointer(start: data.data, count: Int(data.size)), as: UTF8.self)
        virt_tls_free(data.data)
        write(text, to: folder.file(name))
    }
}

private func check(_ result: Int32, _ line: Int = #line) {
    precondition(result >= 0, "line \(line): \(String(cString: gnutls_strerror(result)))")
}
