import Testing
import XDR

@Suite struct ScalarTests {
    @Test func constants() {
        #expect(scalarDecimal == 1_000_000)
        #expect(scalarHex == 0xdead_beef)
        #expect(scalarOctal == 0o755)
        #expect(scalarNegative == -12)
        #expect(scalarLowest == .min)
        #expect(scalarSum == 494)
    }

    @Test func everyScalar() throws {
        let value = ScalarAll(
            aBool: true, anInt: -1, aUint: .max, aHyper: -2, aUhyper: 1 << 40, aFloat: 1, aDouble: -2, aChar: -3,
            aUchar: 200, aShort: -300, aUshort: 60000, aLong: .min, aUlong: 7)
        let ones = UInt32.max
        try expectRoundTrip(
            value,
            [
                1, ones, ones, ones, ones - 1, 0x100, 0, 0x3f80_0000, 0xc000_0000, 0, ones - 2, 200, ones - 299, 60000,
                0x8000_0000, 7,
            ])
        #expect(ScalarAll.minimumWireSize == 64)
    }

    /// A unit holds more than a char or short: the rest is dropped, as libtirpc does.
    @Test func narrowTypesAreCut() throws {
        let value = try decoded(ScalarNarrow.self, [0x1ff, 1, 2, 1, 0x1ff, 0x18000, 3, 0, 1, 5, 0] + Array(repeating: 0, count: 16))
        #expect(value.chars == [-1, 1, 2])
        #expect(value.uchars == [255])
        #expect(value.shorts == [-32768, 3])
        // Any flag but 0 is true.
        #expect(value.flags == [true])
    }

    @Test func narrowArrays() throws {
        let value = ScalarNarrow(
            chars: [-1, 2, 3], uchars: [1, 255], shorts: [-1, 1], ushorts: [65535], flags: [true, false], ints: [-1],
            hypers: Array(repeating: -1, count: 8))
        let ones = UInt32.max
        try expectRoundTrip(
            value,
            [ones, 2, 3, 2, 1, 255, ones, 1, 1, 65535, 2, 1, 0, 1, ones] + Array(repeating: ones, count: 16))
    }

    @Test func limits() throws {
        var value = ScalarNarrow(
            chars: [1, 2, 3], uchars: [], shorts: [1, 2], ushorts: [], flags: [], ints: [],
            hypers: Array(repeating: 0, count: 8))
        _ = try units(value)
        value.chars = [1, 2]
        #expect(throws: XDRError.length(field: "chars", count: 2, limit: 3)) { try value.wireSize() }
        value.chars = [1, 2, 3]
        value.uchars = [1, 2, 3, 4, 5]
        #expect(throws: XDRError.length(field: "uchars", count: 5, limit: 4)) { try value.wireSize() }
        value.uchars = []
        value.ints = [1, 2, 3, 4]
        #expect(throws: XDRError.length(field: "ints", count: 4, limit: 3)) { try value.wireSize() }
        #expect(throws: XDRError.length(field: "uchars", count: 5, limit: 4)) {
            _ = try decoded(ScalarNarrow.self, [1, 2, 3, 5] + Array(repeating: 0, count: 40))
        }
        // An octal limit.
        #expect(throws: XDRError.length(field: "flags", count: 494, limit: 493)) {
            _ = try decoded(ScalarNarrow.self, [1, 2, 3, 0, 1, 2, 0, 494] + Array(repeating: 0, count: 600))
        }
    }

    @Test func runsOfFixedSize() throws {
        try expectRoundTrip(
            ScalarRun(first: 1, between: "ab", second: 2, third: 1),
            [0, 1, 2, unit("ab"), 0, 2, 0x3ff0_0000, 0])
    }
}
