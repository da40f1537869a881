import Testing
import XDRLanguage

@Suite struct AnnotationTests {
    /// A module with one procedure that has the given annotations, from line 2 on.
    static func source(_ annotations: String) -> String {
        """
        program P { version V { /**
        \(annotations)
        */ void REMOTE_PROC_A(void) = 1; void REMOTE_OTHER(void) = 2; } = 1; } = 1;
        enum remote_thing_flags { F_A = 1, F_B = 2 };
        /** @swift Special */
        enum remote_more { G_A };
        """
    }

    @Test(arguments: [
        "@role DomainLifecycle", "@priority high", "@acl domain:read", "@acl domain:write:F_A",
        "@acl domain:write:!F_A|F_B\n@acl domain:save", "@filter node-device:search_node_devices", "@readonly refused",
        "@stream twoWay", "@fds reply", "@flags RemoteThingFlags", "@flags thing_flags", "@flags remote_thing_flags",
        "@flags Special", "@api virDomainCreate", "@swift create(with:_:)", "@swift name", "@swift close()",
        "@since 1.2.3", "@since 12.0", "@counted", "@counted whole", "@listing", "@legacyNames REMOTE_OTHER F_A F_B", "@legacyIDs other",
        "@legacyCount Other F_A", "@newer remote_other", "@registers domain callback", "@deregisters network",
        "@event domain:14 callback", "@session", "text with @role in it",
    ])
    func accepted(_ annotations: String) {
        #expect(complaints(Self.source(annotations)) == "")
    }

    @Test(arguments: [
        ("@rol X", "2:1 there is no annotation '@rol'"),
        ("@Role X", "2:1 there is no annotation '@Role'"),
        ("@object Domain", "2:1 '@object' has no meaning on a procedure"),
        ("@role", "2:1 '@role' needs 1 argument"),
        ("@role A B", "2:9 '@role' has no argument 'B'; text goes on a line of its own"),
        ("@role A-B", "2:7 'A-B' is not a name"),
        ("@role A\n@role B", "3:1 '@role' is given twice"),
        ("@priority low", "2:11 'low' is not 'high'"),
        ("@acl domain", "2:6 'domain' is not of the form object:permission[:FLAG]"),
        ("@acl domain:read:NOPE", "2:18 there is no constant 'NOPE'"),
        ("@acl domain:read:!F_A|NOPE", "2:23 there is no constant 'NOPE'"),
        ("@acl domain:read:", "2:18 there is no constant ''"),
        ("@filter domain:read:F_A", "2:9 'domain:read:F_A' is not of the form object:permission"),
        ("@readonly yes", "2:11 'yes' is not one of 'refused' or 'allowed'"),
        ("@stream out", "2:9 'out' is not one of 'toClient' or 'toServer' or 'twoWay'"),
        ("@fds", "2:1 '@fds' needs 1 argument"),
        ("@flags Nope", "2:8 there is no enum 'Nope'"),
        ("@swift 1name(a:)", "2:8 '1name(a:)' is not of the form name(label:_:)"),
        ("@swift name(a)", "2:8 'name(a)' is not of the form name(label:_:)"),
        ("@since v1", "2:8 'v1' is not a release such as 1.2.3"),
        ("@listing yes", "2:10 '@listing' has no argument 'yes'; text goes on a line of its own"),
        ("@counted yes", "2:10 'yes' is not 'whole'"),
        ("@legacyNames nope F_A", "2:14 there is no procedure 'nope'"),
        ("@legacyNames REMOTE_OTHER NOPE", "2:27 there is no constant 'NOPE'"),
        ("@newer nope", "2:8 there is no procedure 'nope'"),
        ("@registers domain always", "2:19 'always' is not 'callback'"),
        ("@event domain:x", "2:8 'domain:x' is not of the form object:number"),
    ])
    func refused(_ annotations: String, _ expected: String) {
        #expect(messages(Self.source(annotations)) == [expected])
    }

    @Test(arguments: [
        ("/** @role X */ struct a { int x; };", "1:5 '@role' has no meaning on a struct"),
        ("/** @object X */ enum a { A };", "1:5 '@object' has no meaning on a type that is no struct"),
        ("struct a { /** @since 1.0 */ int x; };", "1:16 '@since' has no meaning on a field"),
        ("enum a { /** @since 1.0 */ A };", "1:14 '@since' has no meaning on an enumerator"),
        ("/** @object X */ const a = 1;", "1:5 '@object' has no meaning on a constant"),
        ("/** @role X */ program P { version V { void A() = 1; } = 1; } = 1;", "1:5 '@role' has no meaning on a program"),
        ("/** @role X */\n/** again */ const a = 1;", "1:5 '@role' is not directly before a declaration"),
        ("/** @role X */\n%int x;\nconst a = 1;", "1:5 '@role' is not directly before a declaration"),
        ("const a = 1; /** @role X */", "1:18 '@role' is not directly before a declaration"),
        ("const a /** @role X */ = 1;", "1:13 '@role' is not directly before a declaration"),
    ])
    func misplaced(_ source: String, _ expected: String) {
        #expect(messages(source) == [expected])
    }

    @Test(arguments: ["/** @swift A */ struct a { int x; };", "/** @swift A */ typedef int a;", "/** @object A */ struct a { int x; };", "/** @swift A\n @object B */ typedef struct { int x; } a;"])
    func onTypes(_ source: String) {
        #expect(messages(source) == [])
    }

    @Test func unknownOnesCanBeText() throws {
        let source = "/** First.\n * @param x the x\n * Last.\n * @swift A\n */ struct a { int x; };"
        #expect(messages(source) == ["2:4 there is no annotation '@param'"])
        let schema = try #require(compile(source) { $0.acceptsUnknownAnnotations = true }.schema)
        guard case .structure(let type)? = schema.types["a"] else { return }
        #expect(type.documentation.lines == ["First.", "@param x the x", "Last."])
        #expect(type.documentation.annotations.map(\.name) == ["swift"])
        #expect(messages("/** @swift 1 */ typedef int a;") { $0.acceptsUnknownAnnotations = true }.count == 1)
    }
}
