/// Features of an x86 processor, by their numbers in ``X86Map``. Each of them is one bit of CPUID or of an MSR.
package struct X86FeatureSet: Sendable, Equatable {
    private var words = SIMD4<UInt64>.zero

    static let capacity = 256

    package init() {}

    package var isEmpty: Bool { words == .zero }

    package func contains(_ number: Int) -> Bool {
        words[number / 64] >> UInt64(number % 64) & 1 == 1
    }

    package mutating func insert(_ number: Int) {
        words[number / 64] |= 1 << UInt64(number % 64)
    }

    package mutating func remove(_ number: Int) {
        words[number / 64] &= ~(1 << UInt64(number % 64))
    }

    package mutating func formIntersection(_ other: X86FeatureSet) {
        words &= other.words
    }

    package func intersection(_ other: X86FeatureSet) -> X86FeatureSet {
        var result = self
        result.words &= other.words
        return result
    }

    package func subtracting(_ other: X86FeatureSet) -> X86FeatureSet {
        var result = self
        result.words &= ~other.words
        return result
    }
}
