import SwiftStubs
import Testing

/// Rules that generated code could not ask are errors of the protocol.
@Suite struct AccessRuleTests {
    private static let types = """
        /** @object Thing */ struct demo_thing { string name<8>; };
        struct demo_thing_args { demo_thing thing; unsigned int flags; };
        struct demo_text_args { string xml<8>; };
        struct demo_thing_ret { demo_thing thing; };
        struct demo_list_ret { demo_thing things<8>; unsigned int count; };

        """

    private func complaints(_ procedure: String) throws -> String {
        try ClashTests.complaints(Self.types + ClashTests.program("/** @role Things\n" + procedure), annotated: true)
    }

    @Test(arguments: [
        (
            "@acl demo_thing:read */ void DEMO_A(demo_text_args) = 1;",
            "the first argument is no reference to a demo_thing"
        ),
        ("@acl other:read */ void DEMO_A(demo_thing_args) = 1;", "the first argument is no reference to a other"),
        ("@acl demo_thing:read */ void DEMO_A(void) = 1;", "the first argument is no reference to a demo_thing"),
        (
            "@acl demo_thing:read\n@identity definition text */ void DEMO_A(demo_text_args) = 1;",
            "there is no argument 'text'"
        ),
        (
            "@acl demo_thing:read\n@identity result */ void DEMO_A(demo_text_args) = 1;",
            "the result is no single reference"
        ),
        (
            "@acl demo_thing:read\n@identity result\n@stream toClient */ demo_thing_ret DEMO_A(demo_text_args) = 1;",
            "the result is no single reference"
        ),
        (
            "@acl connect:read\n@filter demo_thing:read\n@stream toClient */ demo_list_ret DEMO_A(void) = 1;",
            "the result is no list"
        ),
    ])
    func refused(_ procedure: String, _ reason: String) throws {
        let text = try complaints(procedure)
        #expect(text.hasPrefix("test.x:") && text.contains("error: DEMO_A: \(reason)"), "\(text)")
    }

    @Test(arguments: [
        "@acl demo_thing:read */ void DEMO_A(demo_thing_args) = 1;",
        "@acl connect:read */ void DEMO_A(demo_text_args) = 1;",
        "@acl demo_thing:read\n@identity definition xml */ void DEMO_A(demo_text_args) = 1;",
        "@acl demo_thing:read\n@identity result */ demo_thing_ret DEMO_A(demo_text_args) = 1;",
        "@acl connect:read\n@filter demo_thing:read */ demo_list_ret DEMO_A(void) = 1;",
    ])
    func taken(_ procedure: String) throws {
        #expect(try complaints(procedure) == "")
    }
}
