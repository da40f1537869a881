import Libvirt
import Testing
import VirtRPC

@testable import VirtDaemon

@Suite struct AccessRuleTests {
    private func client(
        user: String? = nil, number: UInt32? = nil, sasl: String? = nil, dn: String? = nil,
        transport: TransportKind = .unix, isReadOnly: Bool = false
    ) -> AccessSubject {
        var identity = ClientIdentity(PeerIdentity(description: "test"), transport: transport)
        identity.userName = user
        identity.userID = number
        identity.groupID = number
        identity.saslUserName = sasl
        identity.distinguishedName = dn
        return AccessSubject(identity, isReadOnly: isReadOnly)
    }

    private func allows(
        _ rules: String, _ subject: AccessSubject, _ permission: String, _ object: AccessObject, driver: String = "QEMU"
    ) async throws -> Bool {
        let access = RuleAccessDriver(try AccessRuleFile(rules, path: "r"))
        let question = AccessQuestion(subject: subject, object: object.kind, permission: permission, driver: driver)
        return try await access.decide(question, on: [object]) == [true]
    }

    private let web = AccessObject.domain(name: "web-1", uuid: "7ac09ff1-1cd1-44b5-b7b0-2b1f2b9e7a11")

    @Test func firstMatchDecides() async throws {
        let rules = """
            # who runs what
            deny  user=bob  to domain:start,stop   on name=web-*    # not these
            allow user=bob|1001 to domain:*
            """
        #expect(try await !allows(rules, client(user: "bob"), "start", web))
        #expect(try await allows(rules, client(user: "bob"), "read", web))
        #expect(try await allows(rules, client(user: "bob"), "start", .domain(name: "db", uuid: nil)))
        #expect(try await allows(rules, client(number: 1001), "start", web))
        #expect(try await !allows(rules, client(user: "bo"), "read", web))
        #expect(try await !allows(rules, client(user: "bob"), "read", .network(name: "web-1", uuid: nil)))
        #expect(try await !allows("", client(user: "root", number: 0), "getattr", .connection))
    }

    @Test func clients() async throws {
        let dn = "CN=ci,O=Example GmbH,L=Wien"
        let cases: [(String, AccessSubject, Bool)] = [
            ("anyone", client(), true),
            ("sasl=*@EXAMPLE.ORG", client(sasl: "a@EXAMPLE.ORG", transport: .tcp), true),
            ("sasl=*@EXAMPLE.ORG", client(sasl: "a@EXAMPLE.ORG.evil", transport: .tcp), false),
            ("sasl=*", client(transport: .tcp), false),
            ("\"dn=CN=*,O=Example GmbH,*\"", client(dn: dn, transport: .tls), true),
            ("dn=\"CN=*,O=Example GmbH,*\"", client(dn: dn, transport: .tls), true),
            ("dn=*", client(), false),
            ("transport=tls|tcp", client(transport: .tcp), true),
            ("transport=t*", client(), false),
            ("access=readonly", client(isReadOnly: true), true),
            ("access=readonly", client(), false),
            ("group=0", client(number: 0), true),
            ("group=root", client(user: "root", number: 0), true),
            ("group=*", client(sasl: "root", transport: .tcp), false),
            ("user=root transport=tcp", client(user: "root"), false),
            ("user=?oot", client(user: "root"), true),
        ]
        for (who, subject, expected) in cases {
            #expect(try await allows("allow \(who) to *", subject, "read", web) == expected, "\(who)")
        }
    }

    @Test func objects() async throws {
        let pool = AccessObject.storageVolume(
            of: StoragePoolRef(name: "p", uuid: Present.probe), name: "v", key: "/p/v")
        let cases: [(String, AccessObject, Bool)] = [
            ("name=web-*", web, true), ("name=WEB-1", web, false), ("domain_name=web-?", web, true),
            ("uuid=7ac09ff1-*", web, true), ("name=web-1 uuid=8*", web, false),
            ("name=a|b|web-1", web, true), ("connect_driver=QEMU", web, true), ("connect_driver=LXC", web, false),
            ("name=*", .domain(name: nil, uuid: nil), false),
            ("pool_name=p vol_name=v", pool, true), ("name=v", pool, true), ("pool_name=q", pool, false),
            ("vol_key=/p/*", pool, true),
        ]
        for (what, object, expected) in cases {
            #expect(
                try await allows("allow anyone to *:read on \(what)", client(), "read", object) == expected, "\(what)")
        }
    }

    @Test(arguments: [
        ("allow", "'to' is missing, and the permissions behind it"),
        ("permit anyone to *", "a rule begins with 'allow' or 'deny', not with 'permit'"),
        ("allow to *", "for whom? Clients are missing, or 'anyone'"),
        ("allow anyone user=x to *", "'anyone' stands alone"),
        ("allow user=x user=y to *", "'user' is given twice"),
        (
            "allow users=x to *",
            "'users' says nothing about a client; there are: user, group, sasl, dn, context, transport, access"
        ),
        ("allow anyone to", "permissions are missing behind 'to'"),
        ("allow anyone to domain", "'domain' is no permission: object:permission, such as domain:read"),
        ("allow anyone to domain:reed", "there is no permission 'domain:reed'"),
        ("allow anyone to domain:read,", "there is no permission 'domain:'"),
        ("allow anyone to domain:read on", "objects are missing behind 'on'"),
        (
            "allow anyone to network:read on domain_name=x",
            "no object of these permissions has 'domain_name': the rule would never match"
        ),
        ("allow anyone to domain:read on nam=x", "no object has 'nam'"),
        ("allow anyone to domain:read on name=", "'name=': an empty pattern matches nothing"),
        ("allow anyone to domain:read on name=a||b", "'name=a||b': an empty pattern matches nothing"),
        ("allow transport=ssh to *", "'transport' is unix or tcp or tls, not 'ssh'"),
        ("allow user=\"x to *", "quotes are not closed"),
    ])
    func refusals(_ line: String, _ reason: String) throws {
        let error = #expect(throws: VirtError.self) { try AccessRuleFile("# one\n\n\(line)\n", path: "/etc/r") }
        #expect(
            error?.message.hasPrefix("unsupported configuration: /etc/r:3: \(reason)") == true,
            "\(error?.message ?? "")")
    }

    @Test func globs() {
        let cases: [(String, String, Bool)] = [
            ("", "", true), ("*", "", true), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXbYY", false), ("**", "x", true),
            ("?", "", false), ("?", "ü", true), ("a.c", "abc", false), ("*a", "aaaa", true), ("[a]", "a", false),
            ("\u{e4}", "a\u{308}", false), ("a?c", "a\u{1F600}c", true), ("a??c", "a\u{e4}c", false),
        ]
        for (pattern, text, expected) in cases {
            #expect(Glob(pattern).matches(text) == expected, "\(pattern) \(text)")
        }
        // Hostile both: it ends.
        let stars = String(repeating: "*a", count: 2000)
        #expect(!Glob(stars).matches(String(repeating: "a", count: 1999) + "b"))
    }

    /// What the log says of a file that is not there.
    @Test func missingFile() {
        let error = #expect(throws: VirtError.self) { try RuleAccessDriver(path: "/nonexistent/access.rules") }
        #expect(error?.message.contains("there is no file '/nonexistent/access.rules'") == true)
    }
}
