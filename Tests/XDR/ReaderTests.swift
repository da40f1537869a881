import Testing
import XDR

@Suite struct ReaderTests {
    private func read<Value>(
        _ bytes: [UInt8], _ body: (inout XDRReader) throws(XDRError) -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { raw in
            var reader = XDRReader(raw)
            return try body(&reader)
        }
    }

    @Test func lengthsAreCheckedBeforeAnythingIsAllocated() {
        // Twelve bytes that announce four thousand million.
        let hostile: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: XDRError.self) { try read(hostile) { r throws(XDRError) in try r.string(limit: .max, field: "s") } }
        #expect(throws: XDRError.self) { try read(hostile) { r throws(XDRError) in try r.opaque(limit: .max, field: "o") } }
        #expect(throws: XDRError.self) {
            try read(hostile) { r throws(XDRError) in try r.array(of: UInt64.self, limit: .max, field: "a") }
        }
    }

    @Test func limitsHold() throws {
        let text: [UInt8] = [0, 0, 0, 5, 104, 101, 108, 108, 111, 9, 9, 9]
        // Padding may hold anything.
        #expect(try read(text) { r throws(XDRError) in try r.string(limit: 5, field: "s") } == "hello")
        #expect(throws: XDRError.self) { try read(text) { r throws(XDRError) in try r.string(limit: 4, field: "s") } }
        #expect(throws: XDRError.self) {
            try read(Array(text.dropLast())) { r throws(XDRError) in try r.string(limit: 5, field: "s") }
        }
    }

    @Test func zeroBytesAreRefusedAndBadTextIsRepaired() throws {
        #expect(throws: XDRError.self) {
            try read([0, 0, 0, 1, 0, 0, 0, 0]) { r throws(XDRError) in try r.string(limit: 9, field: "s") }
        }
        let repaired = try read([0, 0, 0, 1, 0xff, 0, 0, 0]) { r throws(XDRError) in try r.string(limit: 9, field: "s") }
        #expect(repaired == "\u{fffd}")
    }

    @Test(arguments: [UInt8(1), 2, 255]) func anythingButZeroIsTrue(last: UInt8) throws {
        #expect(try read([0, 0, 0, last]) { r throws(XDRError) in try r.bool() })
    }

    @Test func trailingBytesAreRefusedUnlessAllowed() throws {
        let buffer = try MessageBuffer(encoding: UInt32(7))
        try buffer.append(UInt32(8))
        #expect(throws: XDRError.trailingBytes(4)) { try buffer.decode(UInt32.self) }
        #expect(try buffer.decode(UInt32.self, allowsTrailingBytes: true) == 7)
    }

    @Test func valuesComeBack() throws {
        let buffer = MessageBuffer(capacity: 1)
        try buffer.append("grüße")
        try buffer.append(Int64.min)
        try buffer.append(-1.5 as Double)
        try buffer.append(OpaqueData([1, 2, 3]))
        #expect(buffer.count % 4 == 0)
        let (text, number, fraction, data, rest) = try buffer.withUnsafeBytes { (raw) throws(XDRError) in
            var reader = XDRReader(raw, owner: buffer)
            return (
                try String(from: &reader), try Int64(from: &reader), try Double(from: &reader),
                try OpaqueData(from: &reader), reader.remaining
            )
        }
        #expect(text == "grüße")
        #expect(number == .min)
        #expect(fraction == -1.5)
        #expect(Array(data) == [1, 2, 3])
        #expect(rest == 0)
    }

    /// Of all lengths that are looked at in different ways, at each place.
    @Test func zeroBytesAreNotSent() throws {
        for count in 1...40 {
            let clean = String(repeating: "x", count: count)
            let encoded = try MessageBuffer(encoding: clean)
            #expect(try encoded.decode(String.self) == clean)
            for place in 0..<count {
                var octets = Array(clean.utf8)
                octets[place] = 0
                let text = String(decoding: octets, as: UTF8.self)
                let buffer = try MessageBuffer(encoding: UInt32(1))
                #expect(throws: XDRError.zeroByte(field: "String")) { try buffer.append(text) }
                #expect(buffer.count == 4)
            }
        }
        // High bits beside small ones are no zero bytes.
        let edges = "\u{1}\u{80}\u{7f}\u{1}\u{100}\u{1}\u{ff}\u{1}"
        #expect(try MessageBuffer(encoding: edges).decode(String.self) == edges)
    }
}
