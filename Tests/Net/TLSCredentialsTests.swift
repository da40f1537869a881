import CGnuTLS
import Glibc
import Testing

@testable import VirtNet

@Suite struct TLSCredentialsTests {
    func message(_ pki: TestPKI, _ role: TLSConfiguration.Role, _ change: (inout TLSConfiguration) -> Void = { _ in })
        -> String?
    {
        var configuration = pki.configuration(role)
        change(&configuration)
        do throws(NetError) {
            _ = try TLSCredentials(configuration)
            return nil
        } catch {
            #expect(error.code == .tlsConfiguration)
            return error.message.replacing(pki.folder.path, with: "DIR")
        }
    }

    @Test func objectionsToOwnCertificates() throws {
        let pki = TestPKI()
        pki.issue("client")
        let cases: [((inout TestPKI.Options) -> Void, String)] = [
            ({ $0.ends = -60 }, "it has expired"),
            ({ $0.begins = 3600 }, "it is not valid yet"),
            ({ $0.isAuthority = true }, "its basic constraints say that it is a CA"),
            ({ $0.usage = VIRT_TLS_USAGE_SIGN_CERTIFICATES }, "its key usage does not permit digital signatures"),
            ({ $0.purpose = GNUTLS_KP_TLS_WWW_CLIENT }, "its purposes do not include that of a TLS server"),
        ]
        for (change, wanted) in cases {
            pki.issue("server", change)
            #expect(message(pki, .server) == "the certificate DIR/servercert.pem cannot be used: \(wanted)")
            #expect(message(pki, .server) { $0.checksSanity = false } == nil)
        }
        pki.issue("server") {
            $0.purpose = nil
            $0.usage = nil
            $0.isAuthority = nil
        }
        #expect(message(pki, .server) == nil)
        pki.issue("server") { $0.purpose = GNUTLS_KP_ANY }
        #expect(message(pki, .server) == nil)
    }

    @Test func objectionsToTheAuthority() throws {
        let cases: [((inout TestPKI.Options) -> Void, String)] = [
            ({ $0.ends = -60 }, "it has expired"),
            ({ $0.begins = 3600 }, "it is not valid yet"),
            ({ $0.isAuthority = false }, "its basic constraints say that it is not a CA"),
            ({ $0.isAuthority = nil }, "it has no basic constraints"),
            ({ $0.usage = VIRT_TLS_USAGE_DIGITAL_SIGNATURE }, "its key usage does not permit signing certificates"),
        ]
        for (change, wanted) in cases {
            let pki = TestPKI(authority: change)
            pki.issue("server")
            #expect(message(pki, .server) == "the CA certificate DIR/cacert.pem cannot be used: \(wanted)")
        }
    }

    @Test func filesThatDoNotFit() throws {
        let pki = TestPKI()
        let other = TestPKI()
        pki.issue("server")
        other.issue("server")
        #expect(
            message(pki, .server) { $0.caFile = other.folder.file("cacert.pem") }?
                .contains("does not vouch for it (The certificate is NOT trusted. The certificate issuer is unknown)")
                == true)
        #expect(
            message(pki, .server) { $0.keyFile = other.folder.file("serverkey.pem") }?
                .hasSuffix("does not belong to the certificate DIR/servercert.pem") == true)
        #expect(
            message(pki, .server) { $0.certificateFile = pki.folder.file("none.pem") }
                == "cannot read the certificate DIR/none.pem: No such file or directory")
        #expect(
            message(pki, .server) {
                $0.certificateFile = nil
                $0.keyFile = nil
            } == "a TLS server needs a certificate and a key")
        #expect(message(pki, .server) { $0.keyFile = nil } == "the certificate DIR/servercert.pem has no key beside it")
        #expect(message(pki, .server) { $0.priority = "NONSENSE" } == "the TLS priority \"NONSENSE\" is not valid")
        #expect(message(pki, .server) { $0.crlFile = "/none" }?.contains("list /none") == true)
        write("rubbish", to: pki.folder.file("serverkey.pem"))
        #expect(message(pki, .server)?.hasPrefix("cannot use the private key DIR/serverkey.pem") == true)
        write("rubbish", to: pki.folder.file("cacert.pem"))
        #expect(message(pki, .server)?.hasPrefix("cannot use the certificate DIR/cacert.pem") == true)
    }

    @Test(arguments: [
        ("O=x,CN=client", "O=x,CN=client", true), ("O=x,CN=client", "*", true), ("O=x,CN=client", "O=x,*", true),
        ("O=x,CN=client", "*client", true), ("O=x,CN=client", "O=?,CN=cl*nt", true), ("abcabd", "*ab?", true),
        ("O=x,CN=client", "O=x", false), ("O=x,CN=client", "", false), ("", "*", true), ("", "", true),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "*a*a*a*a*a*a*b", false), ("é", "?", true),
    ])
    func globs(name: String, pattern: String, matches: Bool) {
        #expect(TLSConfiguration.matches(name, pattern: pattern) == matches)
    }

    @Test func defaultPlaces() throws {
        let server = PKIPaths.server(root: "/nowhere")
        #expect(server.caFile == "/nowhere/etc/pki/CA/cacert.pem")
        #expect(server.crlFile == nil)
        #expect(server.keyFile == "/nowhere/etc/pki/libvirt/private/serverkey.pem")
        let folder = TemporaryFolder()
        let client = PKIPaths.client(userHome: folder.path, root: "/nowhere")
        #expect(client.caFile == "/nowhere/etc/pki/CA/cacert.pem")
        #expect(client.certificateFile == "/nowhere/etc/pki/libvirt/clientcert.pem")
        let own = PKIPaths.client(userHome: folder.path, pkipath: folder.path)
        #expect(own.caFile == folder.file("cacert.pem"))
        #expect(own.keyFile == folder.file("clientkey.pem"))
        write("", to: folder.file("cacrl.pem"))
        #expect(PKIPaths.client(userHome: nil, pkipath: folder.path).crlFile == folder.file("cacrl.pem"))
    }
}
