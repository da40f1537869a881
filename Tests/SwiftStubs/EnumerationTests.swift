import Testing
import XDR

@Suite struct EnumerationTests {
    @Test func values() {
        #expect(EnumSparse.lowest.rawValue == .min)
        #expect(EnumSparse.minus.rawValue == -1)
        #expect(EnumSparse.next.rawValue == 0)
        #expect(EnumSparse.far.rawValue == 16)
        #expect(EnumSparse.farther.rawValue == 17)
        #expect(EnumSparse.highest.rawValue == .max)
        #expect(EnumSingle.value.rawValue == 3)
        #expect(EnumDigits.digits3des.rawValue == 3)
        #expect(EnumNoPrefix.enumapple.rawValue == 1)
        #expect(EnumNoPrefix.enumPlum.rawValue == 3)
        #expect(EnumTwice.first == EnumTwice.again)
    }

    /// A number that a newer peer sends stays what it is.
    @Test func unknownNumbersAreKept() throws {
        try expectRoundTrip(
            EnumHolder(sparse: EnumSparse(rawValue: 99), singles: [.value, EnumSingle(rawValue: -7)], digits: [.digitsAes, .digitsAes], maybe: .again),
            [99, 2, 3, 0xffff_fff9, 4, 4, 1, 1])
        try expectRoundTrip(
            EnumHolder(sparse: .lowest, singles: [], digits: [.digits3des, .digitsAes]), [0x8000_0000, 0, 3, 4, 0])
    }

    @Test func optionSets() throws {
        #expect(AnnotationFilter.none.isEmpty)
        #expect(AnnotationFilter.old.rawValue == 1 << 31)
        let value = AnnotationListRet(names: ["a"], used: [.active, .old])
        try expectRoundTrip(value, [1, 1, unit("a"), 0x8000_0001])
    }
}
