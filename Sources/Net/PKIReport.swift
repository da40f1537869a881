internal import CGnuTLS

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What one side's certificates and keys are, and what is wrong with them, in sentences for an operator.
package struct PKIReport: Sendable {
    package private(set) var facts: [String] = []
    /// Empty if a peer will have nothing against them.
    package private(set) var problems: [String] = []

    /// Reads all the files, also after the first problem.
    package init(_ configuration: TLSConfiguration) {
        describe(configuration.caFile, "CA certificate")
        if let file = configuration.crlFile { facts.append("certificate revocation list \(file)") }
        if let file = configuration.certificateFile { describe(file, "certificate") }
        if let file = configuration.keyFile { examineKey(file) }
        do throws(NetError) {
            _ = try TLSCredentials(configuration)
        } catch {
            if !problems.contains(error.message) { problems.append(error.message) }
        }
    }

    private mutating func describe(_ path: String, _ what: String) {
        do throws(NetError) {
            let file = try CertificateFile(path)
            // The certificates live as long as the file's object.
            withExtendedLifetime(file) {
                for certificate in file.certificates {
                    let end = gnutls_x509_crt_get_expiration_time(certificate)
                    facts.append("\(what) \(path): \(Self.name(of: certificate)), valid until \(Self.day(end))")
                }
            }
        } catch {
            problems.append(error.message)
        }
    }

    /// A private key is for its owner, and at most for a group.
    private mutating func examineKey(_ path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else {
            problems.append("cannot read the private key \(path): \(errorText(errno))")
            return
        }
        facts.append("private key \(path)")
        if information.st_mode & (S_IROTH | S_IWOTH | S_IWGRP) != 0 {
            let mode = String(information.st_mode & 0o7777, radix: 8)
            problems.append("the private key \(path) is open to others: its mode is \(mode), which should be 600")
        }
    }

    private static func name(of certificate: gnutls_x509_crt_t) -> String {
        var text = gnutls_datum_t()
        guard gnutls_x509_crt_get_dn3(certificate, &text, 0) >= 0, let data = text.data else { return "without a name" }
        // SAFETY: GnuTLS allocated the text for us, of the size that it says.
        defer { virt_tls_free(data) }
        return String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
    }

    /// `2036-11-25`, UTC.
    private static func day(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}
