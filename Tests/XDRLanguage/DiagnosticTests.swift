import Testing
import XDRLanguage

@Suite struct DiagnosticTests {
    /// The form of a message, with notes and with tabs.
    @Test func rendering() {
        #expect(
            complaints("struct a {\n\tint x;\n\tint x;\n};\n") == """
                test.x:3:6: error: field 'x' is defined twice
                \tint x;
                \t    ^
                test.x:2:6: note: first defined here
                \tint x;
                \t    ^

                """)
        #expect(
            complaints("const a = 1\nconst b = 2;") == """
                test.x:1:12: error: expected ';' before 'const'
                const a = 1
                           ^

                """)
        #expect(
            complaints("/** @rol X */ struct a { int x; };") == """
                test.x:1:5: error: there is no annotation '@rol'
                /** @rol X */ struct a { int x; };
                    ^

                """)
    }

    @Test func longLinesAreCut() throws {
        let text = String(repeating: " ", count: 5000) + "oops" + String(repeating: "x ", count: 5000)
        let rendered = try #require(compile(text).diagnostics.first).rendered()
        #expect(rendered.utf8.count < 500)
        #expect(rendered.hasPrefix("test.x:1:5001: error: "))
    }

    @Test func severalErrorsAreReportedAndFiftyAtMost() {
        #expect(
            messages("struct a { int; string s; int y z; };\nenum e { A = , B, 3 };\nfoo;\nconst c = (1;\n") == [
                "1:15 expected a name before ';'",
                "1:24 string 's' needs '<>' or '<limit>' behind its name",
                "1:32 expected ';' before 'z'",
                "2:14 expected a number or the name of a constant before ','",
                "2:19 expected the name of an enumerator before '3'",
                "3:1 expected 'const', 'typedef', 'enum', 'struct', 'union' or 'program' before 'foo'",
                "4:13 expected ')' before ';'",
            ])
        #expect(messages(String(repeating: "oops;\n", count: 1000)).count == 50)
    }

    static let union = "enum e { A = 1, B = 2 }; enum f { C = 1, D = 9 }; const K = 2; typedef e t; "

    @Test(arguments: [
        // Names.
        ("struct a { int x; }; struct a { int y; };", "1:29 type 'a' is defined twice"),
        ("const a = 1; enum e { a };", "1:23 constant 'a' is defined twice"),
        ("const a = 1; struct a { int y; };", "1:21 'a' is both a type and a constant"),
        ("struct a { struct { int x; } b; }; struct a_b { int x; };", "1:43 type 'a_b' is defined twice"),
        ("struct a { nope x; };", "1:12 there is no type 'nope'"),
        ("typedef nope a<>;", "1:9 there is no type 'nope'"),
        ("const a = nope;", "1:11 there is no constant 'nope'"),
        ("struct a { int x<nope>; };", "1:18 there is no constant 'nope'"),
        ("struct a { enum b x; }; struct b { int y; };", "1:17 'b' is no enum"),
        ("struct int { int x; };", "1:8 'int' is a word of the language and cannot be a name"),
        ("struct a { int opaque; };", "1:16 'opaque' is a word of the language and cannot be a name"),
        // Values.
        ("const a = b; const b = a;", "1:7 the value of 'a' depends on itself"),
        ("enum e { A = 2147483648 };", "1:10 the value of 'A' is 2147483648, which does not fit 32 bits"),
        ("enum e { A = 2147483647, B };", "1:26 the value of 'B' is 2147483648, which does not fit 32 bits"),
        ("const a = 0xffffffffffffffff;", "1:7 the value of 'a' is 18446744073709551615, which does not fit 64 bits"),
        ("const a = 0x10000000000000000;", "1:11 the number does not fit 64 bits"),
        ("const a = 0xffffffffffffffff * 2;", "1:30 the value does not fit 64 bits"),
        ("const a = 1 / 0;", "1:13 division by zero"),
        ("const a = 1 << 64;", "1:13 shift by 64 bits; 0 to 63 are possible"),
        ("const a = 09;", "1:11 this is not a number"),
        ("const a = 12x;", "1:11 this is not a number"),
        ("struct a { int x[-1]; };", "1:18 the length is -1, which is not within 0 and 4294967295"),
        ("struct a { int x<4294967296>; };", "1:18 the length is 4294967296, which is not within 0 and 4294967295"),
        ("const a = \"text\" + 1;", "1:17 expected ';' before '+'"),
        ("struct a { int \"x\"; };", "1:16 expected a name before '\"x\"'"),
        // Declarations.
        ("struct a { void; };", "1:12 'void' is no type of a field"),
        ("struct a { void *x; };", "1:12 'void' is no type of a field"),
        ("typedef void a;", "1:9 'void' is no type of a field"),
        ("struct a { string x[4]; };", "1:19 string 'x' needs '<>' or '<limit>' behind its name"),
        ("struct a { string *x; };", "1:20 string 'x' needs '<>' or '<limit>' behind its name"),
        ("struct a { opaque x; };", "1:19 opaque 'x' needs '[length]', '<>' or '<limit>' behind its name"),
        ("struct a { int *x<>; };", "1:18 '*' and an array need a typedef between them"),
        ("struct a { int x[]; };", "1:18 a fixed array needs its length; '<>' is for any length"),
        ("struct a { quadruple x; };", "1:12 'quadruple' (128-bit floating point) is not supported"),
        ("struct a { };", "1:12 expected a field before '}'"),
        ("enum e { };", "1:10 expected the name of an enumerator before '}'"),
        ("struct a { int x; }", "1:20 expected ';' before the end of the file"),
        ("struct a { int x;", "1:18 expected '}' before the end of the file"),
        // Recursion.
        ("struct a { a x; };", "1:8 'a' contains itself without '*' or '<>' in between"),
        ("struct a { b x[2]; }; typedef a b;", "1:8 'a' contains itself without '*' or '<>' in between"),
        ("typedef a b<>; typedef b a<>;", "1:11 typedef 'b' leads back to itself"),
        ("typedef int a[65536]; typedef a b[65536]; struct c { b x; };", "1:33 a value of 'b' takes more than 2 GiB"),
        // Unions.
        (union + "union u switch (float x) { case 1: void; };", "1:93 a union is switched by an integer of 32 bits, a bool or an enum"),
        (union + "union u switch (hyper x) { case 1: void; };", "1:93 a union is switched by an integer of 32 bits, a bool or an enum"),
        (union + "union u switch (t x) { case A: case 1: void; };", "1:113 label 1 is used twice"),
        (union + "union u switch (t x) { case C: void; };", "1:105 label C is no value of enum 'e'"),
        (union + "union u switch (t x) { case 3: void; };", "1:105 label 3 is no value of enum 'e'"),
        (union + "union u switch (bool x) { case 2: void; };", "1:108 label 2 is no value of bool"),
        (union + "union u switch (unsigned x) { case -1: void; };", "1:112 label -1 is no value of unsigned int"),
        (union + "union u switch (int x) { default: void; case 1: void; };", "1:117 the default arm must be the last"),
        (union + "union u switch (int x) { default: void; default: void; };", "1:117 a union has one default arm"),
        (union + "union u switch (int x) { case 1: int y; case 2: int y; };", "1:129 arm 'y' is defined twice"),
        (union + "union u switch (int x<>) { case 1: void; };", "1:98 a discriminant cannot be an array"),
        // Programs.
        ("program P { version V { void A() = 1; int A() = 2; } = 1; } = 1;", "1:43 procedure 'A' is defined twice"),
        ("program P { version V { void A() = 1; void B() = 1; } = 1; } = 1;", "1:50 procedure number 1 is used twice"),
        ("program P { version V { void A() = 1; } = 1; } = 1;\nprogram P { version V { void B() = 1; } = 1; } = 1;", "2:36 procedure number 1 is used twice"),
        ("program P { version V { void A() = 1; } = 1; } = 1;\nprogram P { version W { void B() = 1; } = 2; } = 2;", "2:9 program 'P' had another number before"),
        ("program P { version V { void A() = 1; } = 1; version W { void B() = 2; } = 1; } = 1;", "1:54 version 'W' has the number of another version"),
        ("program P { version V { void A(void, int) = 1; } = 1; } = 1;", "1:32 'void' stands alone or not at all"),
        ("program P { version V { opaque A(int) = 1; } = 1; } = 1;", "1:25 opaque needs '[length]', '<>' or '<limit>' behind its name"),
        ("program P { version V { void A(struct { int x; }) = 1; } = 1; } = 1;", "1:32 a type with a body cannot stand here; give it a name"),
        ("program P { version V { void A() = -1; } = 1; } = 1;", "1:36 the procedure's number is -1, which is not within 0 and 4294967295"),
    ])
    func complaint(_ source: String, _ expected: String) {
        #expect(messages(source) == [expected])
    }

    @Test(arguments: [
        union + "union u switch (t x) { case A: int y; case K: int z; };",
        union + "union u switch (int x) { case -1: void; case 0x7fffffff: void; };",
        "struct a { a *next; }; struct b { b list<>; };",
        "enum e { A = -2147483648, B = 2147483647, C = 2147483647, };",
        "typedef struct s s; struct s { int x; }; typedef struct t { int x; } t;",
        "const TEXT = \"of a C program\";",
        "const MIN = -9223372036854775808; // a comment of C++\n",
        "typedef unsigned int uint32_t; struct s { uint32_t u; };",
        "",
    ])
    func noComplaint(_ source: String) {
        #expect(messages(source) == [])
    }
}
