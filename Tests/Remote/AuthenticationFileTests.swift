import Libvirt
import Testing

/// What virsh 9.0 makes of the same files.
@Suite struct AuthenticationFileTests {
    static let host = "[auth-libvirt-localhost]\ncredentials=t\n"

    @Test(arguments: [
        "[credentials-t]\nauthname=fred\npassword=secret\n" + host,
        "[credentials-t]\nauthname=fred\npassword=secret\n[auth-libvirt-default]\ncredentials=t\n",
        "  [credentials-t]  \n\tauthname = fred\n# comment\n  # comment\n\npassword\t=\tsecret\n" + host,
        "[credentials-t]\nauthname=bob\nauthname=fred\npassword=secret\n" + host,
        "[credentials-t]\nauthname=nobody\npassword=x\n[credentials-t]\nauthname=fred\npassword=secret\n" + host,
        "[credentials-t]\nauthname=fred\n" + host + "[credentials-t]\npassword=secret\n",
        "[credentials-t]\r\nauthname=fred\r\npassword=secret\r\n[auth-libvirt-localhost]\r\ncredentials=t\r\n",
        "[credentials-t]\n1a=b\nauthname=fred\npassword=secret\n[auth-libvirt-localhost]\ncredentials=t",
        "[credentials-t]\nauthname=fred\nrealm=\npassword=secret\n" + host,
    ])
    func reads(_ text: String) throws {
        let file = try AuthenticationFile(parsing: Array(text.utf8), path: "auth.conf")
        #expect(try file.credential("authname", service: "libvirt", host: "localhost") == "fred")
        #expect(try file.credential("password", service: "libvirt", host: "localhost") == "secret")
    }

    @Test(arguments: [
        ("authname=fred\n", "before the first section"), ("[credentials-t\nauthname=fred\n", "line 1: a section"),
        ("[credentials-t] junk\n", "line 1: a section"), ("[]\n", "line 1: a section"),
        ("[t]\nauthname\n", "line 2: neither"), ("[t]\n=x\n", "line 2: neither"), ("; comment\n", "line 1: neither"),
        ("[t]\npassword=a\\x65\n", "escape sequence in the value of 'password'"), ("[t]\npassword=a\\\n", "escape"),
    ])
    func refuses(_ text: String, _ reason: String) throws {
        let error = #expect(throws: VirtError.self) {
            try AuthenticationFile(parsing: Array(text.utf8), path: "auth.conf")
        }
        #expect(error?.code == .confSyntax)
        #expect(error?.message.contains(reason) == true && error?.message.contains("'auth.conf'") == true)
        #expect(error?.message.contains("x65") == false)
    }

    @Test func valuesKeepTheirBlanksAtTheEnd() throws {
        let text = "[credentials-t]\npassword= a # b \\s\\\\\\n\n" + Self.host
        let file = try AuthenticationFile(parsing: Array(text.utf8), path: "auth.conf")
        #expect(try file.credential("password", service: "libvirt", host: "localhost") == "a # b  \\\n")
        #expect(try file.credential("realm", service: "libvirt", host: "localhost") == nil)
        #expect(try file.credential("password", service: "esx", host: "localhost") == nil)
    }

    @Test func whatIsReferredToHasToBeThere() throws {
        func message(_ text: String) -> String? {
            #expect(throws: VirtError.self) {
                _ = try AuthenticationFile(parsing: Array(text.utf8), path: "/x/auth.conf")
                    .credential("password", service: "libvirt", host: "localhost")
            }?.message
        }
        #expect(
            message("[auth-libvirt-localhost]\nx=t\n")
                == "configuration file syntax error: Missing item 'credentials' in group 'auth-libvirt-localhost' in "
                + "'/x/auth.conf'")
        #expect(
            message(Self.host)
                == "configuration file syntax error: Missing group 'credentials-t' referenced from group "
                + "'auth-libvirt-localhost' in '/x/auth.conf'")
    }
}
