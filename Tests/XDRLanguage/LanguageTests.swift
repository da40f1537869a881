import Testing
import XDRLanguage

@Suite struct LanguageTests {
    /// Every form of declaration, and the layout that it has.
    @Test(arguments: [
        ("int a;", "a: int"),
        ("unsigned a;", "a: unsigned int"),
        ("unsigned int a;", "a: unsigned int"),
        ("hyper a;", "a: hyper"),
        ("unsigned hyper a;", "a: unsigned hyper"),
        ("float a;", "a: float"),
        ("double a;", "a: double"),
        ("bool a;", "a: bool"),
        ("bool_t a;", "a: bool"),
        ("char a;", "a: char"),
        ("unsigned char a;", "a: unsigned char"),
        ("u_char a[8];", "a: unsigned char[8]"),
        ("short int a;", "a: short"),
        ("u_short a;", "a: unsigned short"),
        ("long a;", "a: long"),
        ("unsigned long a;", "a: unsigned long"),
        ("u_int a;", "a: unsigned int"),
        ("u_long a;", "a: unsigned long"),
        ("u_hyper a;", "a: unsigned hyper"),
        ("int8_t a;", "a: char"),
        ("uint8_t a;", "a: unsigned char"),
        ("int16_t a;", "a: short"),
        ("uint16_t a;", "a: unsigned short"),
        ("int32_t a;", "a: int"),
        ("uint32_t a;", "a: unsigned int"),
        ("int64_t a;", "a: hyper"),
        ("uint64_t a;", "a: unsigned hyper"),
        ("quad_t a;", "a: hyper"),
        ("u_quad_t a;", "a: unsigned hyper"),
        ("longlong_t a;", "a: hyper"),
        ("string a<>;", "a: string<>"),
        ("string a<16>;", "a: string<16>"),
        ("opaque a<>;", "a: opaque<>"),
        ("opaque a<0x10>;", "a: opaque<16>"),
        ("opaque a[020];", "a: opaque[16]"),
        ("int a<>;", "a: int<>"),
        ("int a[3];", "a: int[3]"),
        ("int *a;", "a: int?"),
        ("T a;", "a: int"),
        ("L a<2>;", "a: int[4]<2>"),
        ("struct S a;", "a: S"),
        ("union U *a;", "a: U?"),
        ("enum E a;", "a: E"),
        ("int version;", "version: int"),
        ("int program;", "program: int"),
        ("int type; int nil; int in;", "type: int"),
        ("opaque a<N>;", "a: opaque<5>"),
        ("opaque a<E2>;", "a: opaque<8>"),
        ("opaque a[N * 2 + 1];", "a: opaque[11]"),
        ("opaque a[(N + 1) * 2];", "a: opaque[12]"),
        ("opaque a[1 << 4 | 1];", "a: opaque[17]"),
        ("opaque a[0xff & ~0xf];", "a: opaque[240]"),
        ("opaque a<64>>2>;", "a: opaque<16>"),
        ("opaque a[7 - 2 - 1];", "a: opaque[4]"),
        ("opaque a[- -3];", "a: opaque[3]"),
        ("netobj a;", "a: opaque<1024>"),
    ])
    func field(_ source: String, _ expected: String) {
        let prelude = """
            const N = 5; typedef int T; typedef int L[4]; struct S { int s; };
            enum E { E0, E1 = 7, E2 }; union U switch (int u) { default: void; };
            """
        let text = layout(prelude + "struct X { \(source) };")
        let lines = text.split(separator: "\n").drop { $0 != "struct X" }.dropFirst()
        #expect(lines.first.map { String($0.drop { $0 == " " }) } == expected, "\(text)")
    }

    @Test func wholeFile() {
        let text = layout(
            """
            /* everything at once */
            %#include "types.h"
            const MAX = 0x10;
            const LESS = -MAX;
            enum color { RED, GREEN = 5, BLUE };
            typedef struct { int x; int y; } point;
            typedef enum { OFF, ON } power;
            typedef string name<MAX>;
            typedef name *opt_name;
            typedef struct node *list;
            struct node { point p; list next; struct { opt_name n; } inner<4>; };
            union choice switch (color c) {
            case RED: int red;
            case GREEN:
            case BLUE: union switch (bool b) { case TRUE: point at; case FALSE: void; } other;
            };
            program P {
                version V1 {
                    void NULLPROC(void) = 0;
                    /** @priority high
                     *  @acl domain:read */
                    string GET(node, int) = 1;
                    string text<9> MORE(string) = 2;
                    point *LAST(string key<>) = 0x3;
                } = 1;
                version V2 { int NULLPROC() = 0; } = 2;
            } = 0x20000001;
            """)
        #expect(
            text == """
                file test
                const MAX = 16
                const LESS = -16
                enum color
                    RED = 0
                    GREEN = 5
                    BLUE = 6
                struct point
                    x: int
                    y: int
                enum power
                    OFF = 0
                    ON = 1
                typedef name: string<16>
                typedef opt_name: string<16>?
                typedef list: node?
                struct node_inner
                    n: string<16>?
                struct node
                    p: point
                    next: node?
                    inner: node_inner<4>
                union choice_other switch b: bool
                    case TRUE = 1: at: point
                    case FALSE = 0: void
                union choice switch c: color
                    case RED = 0: red: int
                    case GREEN = 5, BLUE = 6: other: choice_other
                program P = 0x20000001
                    version V1 = 1
                        0 NULLPROC(void) -> void
                        1 GET(node, int) -> string<> priority=high acl=domain:read
                        2 MORE(string<>) -> string<9>
                        3 LAST(string<>) -> point?
                    version V2 = 2
                        0 NULLPROC(void) -> int

                """)
    }

    @Test func recursiveTypesAreNamed() throws {
        let schema = try #require(
            compile(
                """
                struct tree { leaf *left; tree right<>; };
                struct leaf { tree *up; int x; };
                struct plain { tree t; };
                """
            ).schema)
        #expect(schema.recursiveTypes == ["tree", "leaf"])
    }

    @Test func documentationIsKept() throws {
        let schema = try #require(
            compile(
                """
                /* no doc */
                /** A point.
                 *
                 *    Indented, and mail@example.org.
                 * @swift Point
                 */
                struct point {
                    /** Across. */
                    int x;
                    int y;
                };
                """
            ).schema)
        guard case .structure(let point)? = schema.types["point"] else {
            Issue.record("no struct")
            return
        }
        #expect(point.documentation.lines == ["A point.", "", "   Indented, and mail@example.org."])
        #expect(point.documentation.annotations.map(\.arguments) == [["Point"]])
        #expect(point.documentation.annotations[0].location == SourceLocation(file: "test.x", line: 5, column: 4))
        #expect(point.fields[0].documentation.lines == ["Across."])
        #expect(point.fields[1].documentation.lines.isEmpty)
    }

    @Test func namesResolveAcrossFilesInAnyOrder() throws {
        let (schema, diagnostics) = compileFiles([
            ("a.x", "struct a { b field<LIMIT>; }; program P { version V { a GET(b) = 1; } = 1; } = 9;"),
            ("dir/b.x", "const LIMIT = OTHER + 1; struct b { int x; }; enum e { OTHER = 3 };"),
            ("c.x", "program P { version V { b PUT(a) = 2; } = 1; } = 9;"),
        ])
        #expect(diagnostics.isEmpty)
        let files = try #require(schema).files
        #expect(files.map(\.name) == ["a", "b", "c"])
        #expect(try #require(schema).constants == ["LIMIT": 4, "OTHER": 3])
    }

    @Test func constantsMayNameProcedures() {
        let text = layout("const LAST = B; program P { version V { void A() = 1; void B() = A + 4; } = 1; } = 9;")
        #expect(text.contains("const LAST = 5\n"))
    }
}
