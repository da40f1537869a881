import Libvirt
import Testing

@testable import TestDriver

/// Answers of libvirt 9.0's filter driver.
@Suite("Packet filters of the test driver")
struct NWFilterTests {
    private let first = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"
    private let second = "1a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"

    private func filterXML(_ name: String, _ uuid: String? = nil, _ inside: String = "") -> String {
        "<filter name='\(name)'>\(uuid.map { "<uuid>\($0)</uuid>" } ?? "")\(inside)</filter>"
    }

    private func including(_ names: String...) -> String {
        names.map { "<filterref filter='\($0)'/>" }.joined()
    }

    private func matching(_ attributes: String) -> String {
        "<rule action='drop' direction='in'><tcp \(attributes)/></rule>"
    }

    private func bindingXML(_ device: String, _ filter: String, _ parameters: [(String, String)] = []) -> String {
        let inside = parameters.map { "<parameter name='\($0.0)' value='\($0.1)'/>" }.joined()
        return """
            <filterbinding><owner><name>guest</name><uuid>\(first)</uuid></owner><portdev name='\(device)'/>\
            <mac address='52:54:00:7b:35:93'/><filterref filter='\(filter)'>\(inside)</filterref></filterbinding>
            """
    }

    @Test func lifeOfAFilter() async throws {
        let connection = newConnection()
        #expect(try await connection.connectListAllNWFilters(flags: 0).isEmpty)
        let filter = try await connection.nwfilterDefineXML(xml: filterXML("a", first, including("missing")))
        #expect(filter.name == "a" && filter.uuid.description == first)
        #expect(try await connection.nwfilterLookupByName(name: "a").uuid == filter.uuid)
        #expect(try await connection.nwfilterLookupByUUID(uuid: filter.uuid).name == "a")
        _ = try await connection.nwfilterDefineXMLFlags(xml: filterXML("b"), flags: .validate)
        #expect(try await connection.connectListAllNWFilters(flags: 0).map(\.name) == ["a", "b"])
        _ = try await connection.nwfilterDefineXML(xml: filterXML("a", first, matching("dscp='1'")))
        #expect(
            try await connection.nwfilterGetXMLDesc(filter, flags: 0) == """
                <filter name='a' chain='root'>
                  <uuid>\(first)</uuid>
                  <rule action='drop' direction='in' priority='500'>
                    <tcp dscp='1'/>
                  </rule>
                </filter>

                """)
        #expect(try await connection.connectListAllNWFilters(flags: 0).map(\.name) == ["a", "b"])
        try await connection.nwfilterUndefine(filter)
        let gone = "62/33 Network filter not found: no nwfilter with matching uuid '\(first)'"
        #expect(await failure { try await connection.nwfilterUndefine(filter) } == gone)
        #expect(await failure { _ = try await connection.nwfilterGetXMLDesc(filter, flags: 0) } == gone)
        #expect(await failure { _ = try await connection.nwfilterLookupByUUID(uuid: filter.uuid) } == gone)
        #expect(
            await failure { _ = try await connection.nwfilterLookupByName(name: "a") }
                == "62/33 Network filter not found: no nwfilter with matching name 'a'")
    }

    @Test func namesAndLoops() async throws {
        let connection = newConnection()
        _ = try await connection.nwfilterDefineXML(xml: filterXML("a", first))
        _ = try await connection.nwfilterDefineXML(xml: filterXML("b", second, including("a", "c")))
        _ = try await connection.nwfilterDefineXML(xml: filterXML("d", nil, including("b", "e")))
        for (xml, text) in [
            (filterXML("z", first), "filter with same UUID but different name ('a') already exists"),
            (filterXML("a"), "filter 'a' already exists with uuid \(first)"),
            (filterXML("a", second), "filter with same UUID but different name ('b') already exists"),
            (filterXML("a", first, including("a")), "filter would introduce a loop"),
            (filterXML("a", first, including("b")), "filter would introduce a loop"),
            (filterXML("c", nil, including("b")), "filter would introduce a loop"),
            (filterXML("c", nil, including("nothing", "d")), "filter would introduce a loop"),
        ] {
            let found = await failure { _ = try await connection.nwfilterDefineXML(xml: xml) }
            #expect(found == "9/33 operation failed: \(text)", "\(xml)")
        }
        _ = try await connection.nwfilterDefineXML(xml: filterXML("c", nil, including("a")))
        #expect(try await connection.connectListAllNWFilters(flags: 0).map(\.name) == ["a", "b", "d", "c"])
    }

    /// A long chain of filters is no deep recursion, and many ways to one filter are no endless work.
    @Test func manyFilters() async throws {
        let connection = newConnection()
        for index in 0..<400 {
            let next = including("f\(index + 1)", "f\(index + 2)")
            _ = try await connection.nwfilterDefineXML(xml: filterXML("f\(index)", nil, next))
        }
        _ = try await connection.nwfilterDefineXML(xml: filterXML("f400"))
        _ = try await connection.nwfilterDefineXML(xml: filterXML("f401"))
        _ = try await connection.nwfilterBindingCreateXML(xml: bindingXML("lo", "f0"), flags: [])
        for index in 0..<20 {
            let twice = ["1", "2"].map {
                "<filterref filter='g\(index + 1)'><parameter name='P\(index)' value='\($0)'/></filterref>"
            }
            _ = try await connection.nwfilterDefineXML(xml: filterXML("g\(index)", nil, twice.joined()))
        }
        _ = try await connection.nwfilterDefineXML(xml: filterXML("g20"))
        try await connection.nwfilterBindingDelete(.init(portdev: "lo", filtername: "f0"))
        #expect(
            await failure { _ = try await connection.nwfilterBindingCreateXML(xml: bindingXML("lo", "g0"), flags: []) }
                == "1/33 internal error: filter 'g0' is too large")
    }

    @Test func lifeOfABinding() async throws {
        let connection = newConnection()
        let binding = try await connection.nwfilterBindingCreateXML(
            xml: bindingXML("vnet7", "none", [("B", "2"), ("A", "1")]), flags: [])
        #expect(binding.portdev == "vnet7" && binding.filtername == "none")
        #expect(try await connection.connectListAllNWFilterBindings(flags: 0).map(\.portdev) == ["vnet7"])
        #expect(try await connection.nwfilterBindingLookupByPortDev(name: "vnet7").filtername == "none")
        #expect(
            try await connection.nwfilterBindingGetXMLDesc(binding, flags: 0) == """
                <filterbinding>
                  <owner>
                    <name>guest</name>
                    <uuid>\(first)</uuid>
                  </owner>
                  <portdev name='vnet7'/>
                  <mac address='52:54:00:7b:35:93'/>
                  <filterref filter='none'>
                    <parameter name='A' value='1'/>
                    <parameter name='B' value='2'/>
                  </filterref>
                </filterbinding>

                """)
        #expect(
            await failure {
                _ = try await connection.nwfilterBindingCreateXML(xml: bindingXML("vnet7", "x"), flags: [])
            }
                == "9/33 operation failed: binding 'vnet7' already exists")
        try await connection.nwfilterBindingDelete(binding)
        let gone = "101/33 Network filter binding not found: no nwfilter binding for port dev 'vnet7'"
        #expect(await failure { try await connection.nwfilterBindingDelete(binding) } == gone)
        #expect(await failure { _ = try await connection.nwfilterBindingGetXMLDesc(binding, flags: 0) } == gone)
        #expect(await failure { _ = try await connection.nwfilterBindingLookupByPortDev(name: "vnet7") } == gone)
    }

    /// On an interface that is there: of a domain that runs, or the host's own.
    @Test(arguments: ["testnet0", "lo"])
    func filtersInForce(_ device: String) async throws {
        let connection = newConnection()
        let base = try await connection.nwfilterDefineXML(xml: filterXML("base", first))
        let top = try await connection.nwfilterDefineXML(xml: filterXML("top", second, including("base")))
        // Another filter that includes it does not hold it.
        _ = try await connection.nwfilterDefineXML(xml: filterXML("idle", nil, including("base")))
        let binding = try await connection.nwfilterBindingCreateXML(xml: bindingXML(device, "top"), flags: [])
        #expect(
            try await connection.nwfilterBindingGetXMLDesc(binding, flags: 0)
                .contains("<parameter name='MAC' value='52:54:00:7b:35:93'/>"))
        let inUse = "55/33 Requested operation is not valid: nwfilter is in use"
        #expect(await failure { try await connection.nwfilterUndefine(base) } == inUse)
        #expect(await failure { try await connection.nwfilterUndefine(top) } == inUse)
        // What could not be put in force leaves the old definition.
        for (inside, text) in [
            (including("missing"), "referenced filter 'missing' is missing"),
            (
                matching("srcipaddr='$A'"),
                "Cannot instantiate filter due to unresolvable variables or unavailable list elements: A"
            ),
        ] {
            let found = await failure {
                _ = try await connection.nwfilterDefineXML(xml: filterXML("base", first, inside))
            }
            #expect(found == "1/33 internal error: \(text)")
            #expect(try await connection.nwfilterGetXMLDesc(base, flags: 0) == "\(emptyBase)")
        }
        _ = try await connection.nwfilterDefineXML(xml: filterXML("base", first, matching("srcipaddr='$MAC'")))
        try await connection.nwfilterBindingDelete(binding)
        try await connection.nwfilterUndefine(base)
    }

    private var emptyBase: String {
        "<filter name='base' chain='root'>\n  <uuid>\(first)</uuid>\n</filter>\n"
    }

    static let variables: [(match: String, parameters: [(String, String)], refusal: String?)] = [
        ("srcipaddr='$A'", [], "A"), ("srcipaddr='$A'", [("A", "1.1.1.1")], nil), ("srcipaddr='$IP'", [], nil),
        ("srcipaddr='$IP[1]'", [], "IP[1]"), ("srcipaddr='$IP' dstipaddr='$A'", [], "IP, A"),
        ("srcipaddr='$A[1]'", [("A", "1.1.1.1")], "A[1]"), ("srcipaddr='$A[1]'", [("A", "1"), ("A", "2")], nil),
        ("srcipaddr='$A[@2]'", [], "A[@2]"), ("srcmacaddr='$MAC'", [], nil),
    ]

    @Test(arguments: variables)
    func resolving(_ match: String, _ parameters: [(String, String)], _ refusal: String?) async throws {
        let connection = newConnection()
        _ = try await connection.nwfilterDefineXML(xml: filterXML("f", nil, matching(match)))
        let xml = bindingXML("lo", "f", parameters)
        let found = await failure { _ = try await connection.nwfilterBindingCreateXML(xml: xml, flags: []) }
        let text = "Cannot instantiate filter due to unresolvable variables or unavailable list elements: "
        #expect(found == (refusal.map { "1/33 internal error: \(text)\($0)" } ?? "-"))
    }

    /// Of several filters that are missing the first one is told, and parameters of the binding go before those inside.
    @Test func depthFirst() async throws {
        let connection = newConnection()
        _ = try await connection.nwfilterDefineXML(xml: filterXML("a", first, including("b", "missing")))
        _ = try await connection.nwfilterDefineXML(xml: filterXML("b", second, including("gone")))
        let binding = bindingXML("lo", "a", [("X", "1"), ("X", "2")])
        func missing(_ name: String) -> String { "1/33 internal error: referenced filter '\(name)' is missing" }
        func create() async -> String {
            await failure { _ = try await connection.nwfilterBindingCreateXML(xml: binding, flags: []) }
        }
        #expect(await create() == missing("gone"))
        _ = try await connection.nwfilterDefineXML(
            xml: filterXML("gone", nil, matching("srcipaddr='$X[1]'")))
        #expect(await create() == missing("missing"))
        let one = "<filterref filter='b'><parameter name='X' value='1'/></filterref>"
        _ = try await connection.nwfilterDefineXML(xml: filterXML("a", first, one))
        #expect(await create() == "-")
    }

    /// Variables that are gone through together need as many values each.
    @Test func lists() async throws {
        let connection = newConnection()
        let uneven = [("A", "1"), ("A", "2"), ("B", "3")]
        for (match, isRefused) in [
            ("srcipaddr='$A' dstipaddr='$B'", true), ("srcipaddr='$A' dstipaddr='$B[@1]'", false),
            ("srcipaddr='$A' dstipaddr='$B[0]'", false), ("srcipaddr='$A' dstipaddr='$A'", false),
        ] {
            let filter = try await connection.nwfilterDefineXML(xml: filterXML("f", first, matching(match)))
            let found = await failure {
                let binding = try await connection.nwfilterBindingCreateXML(
                    xml: bindingXML("lo", "f", uneven), flags: [])
                try await connection.nwfilterBindingDelete(binding)
            }
            let text = "Cardinality of list items must be the same for processing them in parallel"
            #expect(found == (isRefused ? "1/33 internal error: \(text)" : "-"), "\(match)")
            try await connection.nwfilterUndefine(filter)
        }
    }

    @Test func unknownFlags() async throws {
        let connection = newConnection()
        let filter = try await connection.nwfilterDefineXML(xml: filterXML("f"))
        let binding = try await connection.nwfilterBindingCreateXML(xml: bindingXML("x", "f"), flags: .validate)
        let calls: [(String, () async throws -> Void)] = [
            ("0x1 nwfilterConnectListAllNWFilters", { _ = try await connection.connectListAllNWFilters(flags: 1) }),
            ("0x1 nwfilterGetXMLDesc", { _ = try await connection.nwfilterGetXMLDesc(filter, flags: 1) }),
            (
                "0x2 nwfilterDefineXMLFlags",
                { _ = try await connection.nwfilterDefineXMLFlags(xml: "x", flags: .init(rawValue: 2)) }
            ),
            (
                "0x1 nwfilterConnectListAllNWFilterBindings",
                { _ = try await connection.connectListAllNWFilterBindings(flags: 1) }
            ),
            (
                "0x1 nwfilterBindingGetXMLDesc",
                { _ = try await connection.nwfilterBindingGetXMLDesc(binding, flags: 1) }
            ),
            (
                "0x2 nwfilterBindingCreateXML",
                { _ = try await connection.nwfilterBindingCreateXML(xml: "x", flags: .init(rawValue: 2)) }
            ),
        ]
        for (expected, call) in calls {
            let parts = expected.split(separator: " ")
            #expect(await failure(call) == "8/33 unsupported flags (\(parts[0])) in function \(parts[1])")
        }
    }

    /// Nothing is left of what came and went.
    @Test func nothingIsLeft() async throws {
        let connection = newConnection()
        let filter = try await connection.nwfilterDefineXML(xml: filterXML("f"))
        let binding = try await connection.nwfilterBindingCreateXML(xml: bindingXML("lo", "f"), flags: [])
        let secret = try await connection.secretDefineXML(xml: "<secret/>", flags: [])
        #expect(connection.host.read { $0.nwfilters.tableSizes + [$0.secrets.count] } == [1, 1, 1, 1])
        try await connection.nwfilterBindingDelete(binding)
        try await connection.nwfilterUndefine(filter)
        try await connection.secretUndefine(secret)
        #expect(connection.host.read { $0.nwfilters.tableSizes + [$0.secrets.count] } == [0, 0, 0, 0])
    }
}
