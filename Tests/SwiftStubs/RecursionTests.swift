import Testing
import XDR

@Suite struct RecursionTests {
    static func list(_ count: Int) -> RecursionEntry? {
        (0..<count).reversed().reduce(nil) { RecursionEntry(value: Int32($1), next: $0) }
    }

    @Test func linkedList() throws {
        try expectRoundTrip(Self.list(3)!, [0, 1, 1, 1, 2, 0])
        var values: [Int32] = []
        var entry: RecursionEntry? = try decoded(RecursionEntry.self, [7, 1, 8, 0])
        while let current = entry {
            values.append(current.value)
            entry = current.next
        }
        #expect(values == [7, 8])
    }

    @Test func listsAreValues() throws {
        let first = Self.list(3)!
        var second = first
        second.next?.value = 9
        #expect(first.next?.value == 1)
        #expect(second.next?.value == 9)
        #expect(second.next?.next?.value == 2)
    }

    /// As deep as the reader goes, and no deeper.
    @Test func depth() throws {
        let limit = XDRReader.maximumDepth
        let deepest = try units(Self.list(limit)!)
        #expect(try decoded(RecursionEntry.self, deepest).next?.value == 1)
        #expect(throws: XDRError.depth) { _ = try decoded(RecursionEntry.self, units(Self.list(limit + 1)!)) }
        // A peer that sends flags for ever.
        #expect(throws: XDRError.depth) {
            _ = try decoded(RecursionEntry.self, Array(repeating: 1, count: 1_000_000))
        }
        #expect(throws: XDRError.depth) {
            _ = try decoded(RecursionTree.self, (0..<100_000).flatMap { _ in [0, 1] as [UInt32] })
        }
        #expect(throws: XDRError.depth) {
            _ = try decoded(RecursionExpression.self, Array(repeating: 1, count: 1_000_000))
        }
        #expect(throws: XDRError.depth) {
            _ = try decoded(RecursionHolder.self, Array(repeating: 1, count: 1_000_000))
        }
    }

    /// Depth counts nesting, not values.
    @Test func breadth() throws {
        let terms = RecursionExpression.sum(Array(repeating: .leaf(1), count: 5000))
        #expect(try units(decoded(RecursionExpression.self, units(terms))).count == 2 + 10000)
    }

    @Test func tree() throws {
        let tree = RecursionTree(
            name: "a", children: [RecursionTree(name: "b", children: []), RecursionTree(name: "c", children: [])])
        try expectRoundTrip(tree, [1, unit("a"), 2, 1, unit("b"), 0, 1, unit("c"), 0])
        let wide = RecursionTree(name: "", children: Array(repeating: RecursionTree(name: "", children: []), count: 5))
        #expect(throws: XDRError.length(field: "children", count: 5, limit: 4)) { try wide.wireSize() }
    }

    @Test func eachOther() throws {
        let value = RecursionEven(value: 0, odd: RecursionOdd(value: 1, even: RecursionEven(value: 2)))
        try expectRoundTrip(value, [0, 1, 1, 1, 2, 0])
    }

    @Test func union() throws {
        try expectRoundTrip(
            RecursionExpression.sum([.leaf(1), .negation(.leaf(2)), .negation(nil)]), [2, 3, 0, 1, 1, 1, 0, 2, 1, 0])
    }

    @Test func throughTypedefs() throws {
        let inner = RecursionItem(next: nil, other: .some(nil))
        try expectRoundTrip(RecursionItem(next: inner, other: nil), [1, 0, 1, 0, 0])
        try expectRoundTrip(RecursionItem(next: nil, other: .some(.some(inner))), [0, 1, 1, 0, 1, 0])
        try expectRoundTrip(RecursionHolder(list: Self.list(1), item: inner), [1, 0, 0, 1, 0, 1, 0])
    }
}
