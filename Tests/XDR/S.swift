import Testing
@Test func skeleton() { #expect(1 + 1 == 2) }
