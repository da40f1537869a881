import Testing
import XDR

@Suite struct ListTests {
    static let plain = ListPlain(
        text: "hello", shortText: "", bytes: [1], fewBytes: [1, 2, 3], fixedBytes: [4, 5, 6],
        wordBytes: OpaqueData(0..<16), digest: [1, 2, 3, 4, 5], uuid: ListUUID(word0: 1, word1: 2),
        key: ListKey(word0: 0x0102_0304_0506_0708))
    static let plainUnits: [UInt32] = [
        5, unit("hell"), unit("o"), 0, 1, 0x0100_0000, 3, 0x0102_0300, 0x0405_0600, 0x0001_0203, 0x0405_0607,
        0x0809_0a0b, 0x0c0d_0e0f, 0x0102_0304, 0x0500_0000, 0, 1, 0, 2, 0x0102_0304, 0x0506_0708,
    ]

    @Test func plain() throws { try expectRoundTrip(Self.plain, Self.plainUnits) }

    @Test func opaqueDataIsShared() throws {
        let received = buffer(Self.plainUnits)
        let value = try received.decode(ListPlain.self)
        let inside = received.withUnsafeBytes { whole in
            value.wordBytes.withUnsafeBytes { part in
                part.baseAddress.map { $0 >= whole.baseAddress! && $0 < whole.baseAddress! + whole.count }
            }
        }
        #expect(inside == true)
    }

    /// Padding may hold anything, as libtirpc has it.
    @Test func paddingIsNotLookedAt() throws {
        var received = Self.plainUnits
        received[2] |= 0xffffff
        #expect(try decoded(ListPlain.self, received).text == "hello")
        #expect(try units(decoded(ListPlain.self, received)) == Self.plainUnits)
    }

    static let arrays = ListArrays(
        limited: ["a", "bcdef"], limitedFixed: ["", "x"], uuids: [ListUUID(word0: 1, word1: 2)],
        uuidsFixed: [ListUUID(), ListUUID(word0: 3)], digests: [[1, 2, 3, 4, 5]], blobs: [[], [1, 2, 3, 4, 5, 6]],
        blobsFixed: [[1], []], points: [ListPoint(x: 1, y: -1)], pointsFixed: [ListPoint(x: 2, y: 3), ListPoint(x: 4, y: 5)],
        rows: [[1, 2]], rowsFixed: [[3, 4], [5, 6]], numbers: [[], [1, 2, 3]], numbersFixed: [[7], []],
        nameLists: [["n"], []])
    static let arraysUnits: [UInt32] = [
        2, 1, unit("a"), 5, unit("bcde"), unit("f"),
        0, 1, unit("x"),
        1, 0, 1, 0, 2,
        0, 0, 0, 0, 0, 3, 0, 0,
        1, 0x0102_0304, 0x0500_0000,
        2, 0, 6, 0x0102_0304, 0x0506_0000,
        1, 0x0100_0000, 0,
        1, 1, .max,
        2, 3, 4, 5,
        1, 1, 2,
        3, 4, 5, 6,
        2, 0, 3, 1, 2, 3,
        1, 7, 0,
        2, 1, 1, unit("n"), 0,
    ]

    @Test func arrays() throws { try expectRoundTrip(Self.arrays, Self.arraysUnits) }

    /// A change that makes a value exceed a limit.
    struct Change: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var apply: @Sendable (inout ListArrays) -> Void
        init(_ name: String, _ apply: @escaping @Sendable (inout ListArrays) -> Void) {
            testDescription = name
            self.apply = apply
        }
    }

    @Test(arguments: [
        Change("too many strings", { $0.limited = ["", "", ""] }),
        Change("a long string", { $0.limited = ["123456789"] }),
        Change("a long string in a fixed array", { $0.limitedFixed = ["", "123456789"] }),
        Change("too few strings", { $0.limitedFixed = [""] }),
        Change("too many UUIDs", { $0.uuidsFixed.append(ListUUID()) }),
        Change("a short digest", { $0.digests = [[1, 2, 3, 4]] }),
        Change("a long blob", { $0.blobs = [[1, 2, 3, 4, 5, 6, 7]] }),
        Change("a missing point", { $0.pointsFixed = [] }),
        Change("a short row", { $0.rows = [[1]] }),
        Change("a long row in a fixed array", { $0.rowsFixed = [[1, 2, 3], [1, 2]] }),
        Change("too many numbers", { $0.numbers = [[1, 2, 3, 4]] }),
        Change("too many numbers in a fixed array", { $0.numbersFixed = [[1, 2, 3, 4], []] }),
        Change("too many names", { $0.nameLists = [["", "", "", "", ""]] }),
        Change("a long name", { $0.nameLists = [["123456789"]] }),
    ])
    func limitsAreRefusedOnEncode(_ change: Change) throws {
        var value = Self.arrays
        change.apply(&value)
        do throws(XDRError) {
            _ = try MessageBuffer(encoding: value)
            Issue.record("\(change.testDescription): accepted")
        } catch {
            guard case .length = error else { throw error }
        }
    }

    /// Each count in the encoding is replaced by hostile ones.
    @Test(arguments: [0, 1, 3, 6, 7, 9, 22, 25, 26, 27, 30, 32, 33, 40, 47, 48, 49, 53, 55, 56, 57, 58, 60])
    func hostileLengthsAreRefused(_ index: Int) throws {
        for hostile: UInt32 in [9, 0x7fff_ffff, 0x8000_0000, 0xffff_fffd, .max] {
            var received = Self.arraysUnits
            try #require(index < received.count)
            received[index] = hostile
            #expect(throws: XDRError.self, "\(hostile)") { _ = try decoded(ListArrays.self, received) }
        }
    }

    /// Nothing is allocated for a length that cannot be there, limit or not.
    @Test func unlimitedLengthsAreHeldAgainstWhatIsLeft() {
        #expect(throws: XDRError.truncated(needed: 1 << 32, available: 0)) {
            _ = try decoded(ListPlain.self, [.max])
        }
        // Padding counts.
        #expect(throws: XDRError.truncated(needed: 8, available: 4)) { _ = try decoded(ListPlain.self, [5, unit("hell")]) }
        #expect(throws: XDRError.length(field: "short_text", count: 6, limit: 5)) {
            _ = try decoded(ListPlain.self, [0, 6, 0, 0])
        }
        #expect(throws: XDRError.length(field: "few_bytes", count: 4, limit: 3)) {
            _ = try decoded(ListPlain.self, [0, 0, 0, 4, 0])
        }
    }

    @Test func textIsText() throws {
        #expect(throws: XDRError.zeroByte(field: "text")) { _ = try decoded(ListPlain.self, [2, 0x6100_0000, 0, 0, 0]) }
        // What is no UTF-8 is repaired.
        var received = Self.plainUnits
        received[1] = 0x68ff_6c6c
        #expect(try decoded(ListPlain.self, received).text == "h\u{fffd}llo")
    }

    @Test func textLengthsAreOfBytes() throws {
        var value = Self.plain
        value.shortText = "äöü"
        #expect(throws: XDRError.length(field: "short_text", count: 6, limit: 5)) { try value.wireSize() }
        value.shortText = "äö!"
        #expect(try value.wireSize() == Self.plainUnits.count * 4 + 8)
    }

    @Test func absentOptionals() throws {
        let value = ListOptionals(twice: nil, optionalNames: [], optionalNamesFixed: [nil, nil])
        try expectRoundTrip(value, Array(repeating: 0, count: 12))
    }

    @Test func presentOptionals() throws {
        let value = ListOptionals(
            number: -1, name: "n", blob: [1], digest: [1, 2, 3, 4, 5], uuid: ListUUID(word0: 1, word1: 2),
            point: ListPoint(x: 1, y: 2), numbers: [1, 2], names: ["a", "b"], twice: .some(.some("t")),
            optionalNames: ["o", nil], optionalNamesFixed: [nil, "f"])
        try expectRoundTrip(
            value,
            [
                1, .max, 1, 1, unit("n"), 1, 1, 0x0100_0000, 1, 0x0102_0304, 0x0500_0000, 1, 0, 1, 0, 2, 1, 1, 2, 1, 2, 1, 2,
                1, 2, 1, unit("a"), 1, unit("b"), 1, 1, 1, unit("t"), 2, 1, 1, unit("o"), 0, 0, 1, 1, unit("f"),
            ])
    }

    /// Present, but what is present is absent.
    @Test func optionalOfAbsent() throws {
        let value = ListOptionals(twice: .some(nil), optionalNames: [], optionalNamesFixed: [nil, nil])
        try expectRoundTrip(value, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
        let back = try decoded(ListOptionals.self, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(back.twice == .some(.some(nil)) || back.twice == .some(nil))
        #expect(back.twice != nil)
    }

    @Test func limitsWithinOptionals() {
        var value = ListOptionals(twice: nil, optionalNames: [], optionalNamesFixed: [nil, nil])
        value.name = "123456789"
        #expect(throws: XDRError.length(field: "name", count: 9, limit: 8)) { try value.wireSize() }
        value.name = nil
        value.blob = [1, 2, 3, 4, 5, 6, 7]
        #expect(throws: XDRError.length(field: "blob", count: 7, limit: 6)) { try value.wireSize() }
        value.blob = nil
        value.optionalNames = [nil, "123456789"]
        #expect(throws: XDRError.length(field: "optional_names", count: 9, limit: 8)) { try value.wireSize() }
        value.optionalNames = []
        value.optionalNamesFixed = [nil]
        #expect(throws: XDRError.length(field: "optional_names_fixed", count: 1, limit: 2)) { try value.wireSize() }
        #expect(throws: XDRError.length(field: "name", count: 9, limit: 8)) {
            _ = try decoded(ListOptionals.self, [0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
    }
}
