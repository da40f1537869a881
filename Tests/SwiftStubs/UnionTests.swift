import Testing
import XDR

@Suite struct UnionTests {
    @Test func enumeration() throws {
        try expectRoundTrip(UnionByEnum.red(7), [1, 7])
        // Labels that share an arm are cases of their own.
        try expectRoundTrip(UnionByEnum.green("ab"), [2, 2, unit("ab")])
        try expectRoundTrip(UnionByEnum.blue("ab"), [4, 2, unit("ab")])
        try expectRoundTrip(UnionByEnum.grey, [.max])
        #expect(UnionByEnum.minimumWireSize == 4)
    }

    @Test func withoutDefaultNothingElseIsTaken() {
        #expect(throws: XDRError.discriminant(field: "union_by_enum", value: 3)) {
            _ = try decoded(UnionByEnum.self, [3, 0])
        }
        #expect(throws: XDRError.discriminant(field: "union_by_enum", value: -2)) {
            _ = try decoded(UnionByEnum.self, [0xffff_fffe])
        }
    }

    @Test func limitsOfArms() {
        #expect(throws: XDRError.length(field: "name", count: 5, limit: 4)) { try UnionByEnum.blue("12345").wireSize() }
        #expect(throws: XDRError.length(field: "name", count: 5, limit: 4)) {
            _ = try decoded(UnionByEnum.self, [2, 5, 0, 0])
        }
        #expect(throws: XDRError.length(field: "reason", count: 7, limit: 6)) {
            try UnionByUnsigned.other(9, "1234567").wireSize()
        }
    }

    @Test func integer() throws {
        try expectRoundTrip(UnionByInt.case0, [0])
        try expectRoundTrip(UnionByInt.wide(-1), [0xffff_fffd, .max, .max])
        try expectRoundTrip(UnionByInt.bytes([1, 2]), [7, 2, 0x0102_0000])
        try expectRoundTrip(UnionByInt.other(-9), [0xffff_fff7])
        if case .other(8) = try decoded(UnionByInt.self, [8]) {} else { Issue.record("the number was not kept") }
    }

    @Test func unsigned() throws {
        try expectRoundTrip(UnionByUnsigned.value(1), [0, 1])
        try expectRoundTrip(UnionByUnsigned.case4294967295, [.max])
        try expectRoundTrip(UnionByUnsigned.other(2, "no"), [2, 2, unit("no")])
    }

    @Test func bool() throws {
        try expectRoundTrip(UnionByBool.given(5), [1, 5])
        try expectRoundTrip(UnionByBool.no, [0])
        try expectRoundTrip(UnionByBoolDefault.follower(5), [1, 5])
        try expectRoundTrip(UnionByBoolDefault.other(false), [0])
        try expectRoundTrip(UnionByBoolAll.data([1, 2, 3, 4]), [1, 0x0102_0304])
        try expectRoundTrip(UnionByBoolAll.no, [0])
        // Any number but 0 is true.
        if case .given(5) = try decoded(UnionByBool.self, [2, 5]) {} else { Issue.record("2 is not true") }
    }

    @Test func char() throws {
        try expectRoundTrip(UnionByChar.small(200), [1, 200])
        try expectRoundTrip(UnionByChar.other_(true), [255, 1])
        try expectRoundTrip(UnionByChar.other(3, -1), [3, .max])
    }

    @Test func nested() throws {
        let inner = UnionNestedInner(deep: [1])
        try expectRoundTrip(
            UnionNested(content: .both(UnionNestedContentBoth(x: 1, y: "yy")), inner: inner),
            [1, 1, 2, unit("yy"), 1, 1])
        try expectRoundTrip(UnionNested(content: .letter(.b), inner: inner), [2, 9, 1, 1])
        try expectRoundTrip(UnionNested(content: .other(5), inner: inner), [5, 1, 1])
        #expect(throws: XDRError.length(field: "deep", count: 3, limit: 2)) {
            _ = try decoded(UnionNested.self, [5, 3, 0, 0, 0])
        }
    }

    @Test func lists() throws {
        try expectRoundTrip(
            UnionLists(all: [.grey, .red(1)], pair: [.no, .given(2)], maybe: .other(9)),
            [2, .max, 1, 1, 0, 1, 2, 1, 9])
        #expect(throws: XDRError.length(field: "pair", count: 1, limit: 2)) {
            try UnionLists(all: [], pair: [.no]).wireSize()
        }
        // The smallest arm bounds what a count may claim.
        #expect(throws: XDRError.truncated(needed: 12, available: 8)) {
            _ = try decoded(UnionLists.self, [3, .max, .max])
        }
    }
}
