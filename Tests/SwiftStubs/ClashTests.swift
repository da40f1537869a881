import SwiftStubs
import Testing
import XDRLanguage

/// Names that are one in Swift are errors that name both places and say what to do.
@Suite struct ClashTests {
    static func complaints(_ text: String, annotated: Bool = false) throws -> String {
        let (schema, diagnostics) = Compiler().compile([SourceFile(path: "test.x", text: Array(text.utf8))])
        let compiled = try #require(schema, "\(diagnostics.map { $0.rendered() })")
        var options = Options()
        options.annotated = annotated
        do {
            _ = try StubPrinter(compiled, options: options)
            return ""
        } catch {
            return "\(error)"
        }
    }

    static func program(_ procedures: String) -> String {
        "program DEMO_PROG { version DEMO_VERS { \(procedures) } = 1; } = 5;"
    }

    @Test func form() throws {
        #expect(
            try Self.complaints("struct foo_bar { int x; };\n\n  struct FooBar { int x; };") == """
                test.x:3:10: error: 'FooBar' and 'foo_bar' are both FooBar in Swift; give one of them another name with @swift
                test.x:1:8: note: 'foo_bar' is declared here
                """)
    }

    @Test(arguments: [
        ("typedef int foo_bar; struct FooBar { int x; };", "both FooBar"),
        ("typedef int foo_bar; typedef hyper FooBar;", "both FooBar"),
        ("const FOO_BAR = 1; const fooBar = 2;", "both fooBar"),
        ("enum e { E_FOO_BAR = 1, E_FOO__BAR = 2, E_OTHER = 3 };", "both fooBar"),
        ("enum e { E_A = 1, /** @swift a */ E_B = 2 };", "both a "),
        ("struct s { int foo_bar; int fooBar; };", "both fooBar"),
        ("struct s { struct { int x; } a; }; struct S_a { int x; };", "both SA"),
        (program("void DEMO_FOO_BAR(void) = 1; void DEMO_FOO__BAR(void) = 2;"), "both fooBar"),
        (program("void DEMO_A(void) = 1; /** @swift a */ void DEMO_B(void) = 2;"), "both a "),
        (program("void DEMO_A(int) = 1;") + "struct demo_a_arguments { int x; };", "both DemoAArguments"),
        (program("void DEMO_A(int) = 1;") + "struct demo_client { int x; };", "both DemoClient"),
        (program("void DEMO_A(int) = 1;") + "struct demo_program { int x; };", "both DemoProgram"),
        (program("void DEMO_A(int) = 1;") + "struct demo_service { int x; };", "both DemoService"),
        (program("void DEMO_CHANNEL(void) = 1;"), "'DEMO_CHANNEL' is channel() in Swift"),
        ("struct type { int x; };", "'type' is Type in Swift, which generated code needs"),
        ("struct int32 { int x; };", "'int32' is Int32 in Swift, which generated code needs"),
        ("enum procedure { P_A };", "'procedure' is Procedure in Swift, which generated code needs"),
    ])
    func clashes(_ text: String, _ expected: String) throws {
        let complaints = try Self.complaints(text)
        #expect(complaints.contains(expected))
        #expect(complaints.hasPrefix("test.x:1:"))
        #expect(complaints.contains("@swift"))
    }

    @Test(arguments: [
        "typedef int foo_bar; typedef int FooBar;",
        "struct foo_bar { int x; }; typedef foo_bar FooBar;",
        "typedef string Error<>; typedef hyper int32; typedef string type<>;",
        "struct error { int x; }; struct result { int x; }; struct data { int x; };",
        "/** @swift Other */ struct foo_bar { int x; }; struct FooBar { int x; };",
        "struct s { /** @swift other */ int foo_bar; int fooBar; };",
        "/** @swift other */ const FOO_BAR = 1; const fooBar = 2;",
        program("/** @swift other */ void DEMO_FOO_BAR(void) = 1; void DEMO_FOO__BAR(void) = 2;"),
        program("/** @swift other */ void DEMO_CHANNEL(void) = 1;"),
    ])
    func noClash(_ text: String) throws {
        #expect(try Self.complaints(text) == "")
    }

    /// Methods of an object may share a name if their labels differ.
    @Test func handleMethods() throws {
        let types = """
            /** @object Thing */ struct thing { string name<9>; };
            struct thing_args { thing thing; int size; };
            struct thing_long_args { thing thing; int size; int count; };

            """
        func complaints(_ second: String) throws -> String {
            try Self.complaints(
                types + Self.program("void DEMO_THING_GET_X(thing_args) = 1; \(second) = 2;"), annotated: true)
        }
        #expect(try complaints("void DEMO_THING_X(thing_args)").contains("are both x(size:) in Swift"))
        #expect(try complaints("void DEMO_THING_X(thing_args)").hasPrefix("test.x:4:"))
        #expect(try complaints("void DEMO_THING_X(thing_long_args)") == "")
        #expect(try complaints("/** @swift y(size:) */ void DEMO_THING_X(thing_args)") == "")
        #expect(try complaints("/** @swift x(_:) */ void DEMO_THING_X(thing_args)") == "")
    }

    @Test func severalAreReported() throws {
        let text = (0..<100).map { "struct a_\($0)_b { int x; }; struct A\($0)_b { int x; };" }.joined()
        #expect(try Self.complaints(text).split(separator: "\n").count == 100)
    }
}
