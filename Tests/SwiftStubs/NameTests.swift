import Testing
import XDR

@Suite struct NameTests {
    @Test func constants() {
        #expect(`while` == 7)
        #expect(self_ == 3)
        #expect(name3 == 4)
        #expect(nameLimitTwo == 5)
        #expect(nameLimit == 6)
    }

    @Test func keywords() throws {
        let value = NameKeywords(
            class: 1, in: 2, init_: 3, self_: 4, let: 5, var: 6, `inout`: 7, default: 8, repeat: 9, _3d: 10,
            protocol: 11)
        try expectRoundTrip(value, Array(1...11))
        #expect(value.class == 1)
        #expect(value.self_ == 4)
    }

    @Test func localNames() throws {
        let value = NameLocals(
            size: "s", reader: "r", writer: "w", value: "v", element: "e", writer1: "1", lists: ["l"], wireSize_: 1,
            minimumWireSize_: 2, encode: 3, discriminant: 4)
        try expectRoundTrip(
            value, ["s", "r", "w", "v", "e", "1"].flatMap { [1, unit($0)] } + [1, 1, unit("l"), 1, 2, 3, 4])
    }

    @Test func enumerators() {
        #expect(NameEnumeration.default.rawValue == 0)
        #expect(NameEnumeration.self_.rawValue == 1)
        #expect(NameEnumeration.init_.rawValue == 2)
        #expect(NameEnumeration.rawValue.rawValue == 3)
        #expect(NameEnumeration.in.rawValue == 4)
        #expect(NameEnumeration.somethingElse.rawValue == 5)
    }

    @Test func arms() throws {
        try expectRoundTrip(NameUnion.default(1), [0, 1])
        try expectRoundTrip(NameUnion.self_("x"), [1, 1, unit("x")])
        try expectRoundTrip(NameUnion.init_, [2])
        try expectRoundTrip(NameUnion.other(.in, 5), [4, 5])
        try expectRoundTrip(NameByField.init_(1), [1, 1])
        try expectRoundTrip(NameByField.other_(1), [2, 1])
        try expectRoundTrip(NameByField.class(1), [3, 1])
        try expectRoundTrip(NameByField.other(9), [9])
    }

    @Test func namesGivenInTheSource() throws {
        let value = NameReferences(
            kind: NameKind(type: 1, secondType: 2), error: "bad", other: NameOtherPair(b: 3), couple: NamePair(a: 4),
            text: "t")
        try expectRoundTrip(value, [1, 2, 3, unit("bad"), 3, 4, 1, unit("t")])
        let error: NameError = "text"
        #expect(error == "text" as String)
    }
}
