import XDRLanguage

/// Bytes of random values, as RFC 4506 writes them, from a schema alone.
struct WireGenerator {
    /// A place in the bytes that is worth damaging.
    struct Mark {
        enum Kind {
            case length(limit: UInt32), flag, choice
            /// Content of a string or opaque, and the zeros behind it.
            case text(count: Int), padding(count: Int)
        }

        var offset: Int
        var kind: Kind
    }

    let schema: Schema
    var random: SeededGenerator
    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []
    private var depth = 0

    init(_ schema: Schema, seed: UInt64) {
        self.schema = schema
        random = SeededGenerator(seed: seed)
    }

    mutating func value(of type: TypeReference) {
        switch type {
        case .primitive(let primitive): self.primitive(primitive)
        case .string(let limit):
            let text = randomText(upTo: length(limit: limit))
            self.length(UInt32(text.count), limit: limit)
            content(text)
        case .opaque(.fixed(let count)): content(randomOctets(Int(count)))
        case .opaque(.variable(let limit)):
            let octets = randomOctets(length(limit: limit))
            self.length(UInt32(octets.count), limit: limit)
            content(octets)
        case .array(let element, .fixed(let count)):
            for _ in 0..<count { value(of: element) }
        case .array(let element, .variable(let limit)):
            depth += 1
            // What is nested deep is short, so that a message stays of a size that peers send.
            let count = depth > 2 ? min(length(limit: limit), 1) : length(limit: limit)
            self.length(UInt32(count), limit: limit)
            for _ in 0..<count { value(of: element) }
            depth -= 1
        case .optional(let wrapped):
            depth += 1
            let isThere = depth < 20 && Bool.random(using: &random)
            marks.append(Mark(offset: bytes.count, kind: .flag))
            bytes.appendWord(isThere ? 1 : 0)
            if isThere { value(of: wrapped) }
            depth -= 1
        case .named(let name): named(name)
        }
    }

    private mutating func named(_ name: String) {
        guard let definition = schema.types[name] else { preconditionFailure("the checker resolves \(name)") }
        switch definition {
        case .alias(let alias): value(of: alias.type)
        case .enumeration(let enumeration):
            marks.append(Mark(offset: bytes.count, kind: .choice))
            let chosen = enumeration.enumerators.randomElement(using: &random)?.value ?? 0
            bytes.appendWord(UInt32(bitPattern: chosen))
        case .structure(let structure):
            for field in structure.fields { value(of: field.type) }
        case .union(let union):
            marks.append(Mark(offset: bytes.count, kind: .choice))
            let arm = union.arms.randomElement(using: &random)!
            bytes.appendWord(UInt32(truncatingIfNeeded: arm.labels.randomElement(using: &random)!.value))
            if let field = arm.field { value(of: field.type) }
        }
    }

    private mutating func primitive(_ primitive: Primitive) {
        let interesting: [UInt64] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0x8000_0000, 0x7fff_ffff_ffff_ffff, .max]
        let value = Bool.random(using: &random) ? random.next() : interesting.randomElement(using: &random)!
        switch primitive {
        case .hyper, .unsignedHyper, .double:
            bytes.appendWord(UInt32(truncatingIfNeeded: value >> 32))
            bytes.appendWord(UInt32(truncatingIfNeeded: value))
        case .int, .unsignedInt, .float, .long, .unsignedLong: bytes.appendWord(UInt32(truncatingIfNeeded: value))
        case .bool:
            marks.append(Mark(offset: bytes.count, kind: .flag))
            bytes.appendWord(UInt32(value & 1))
        // A unit of four bytes that holds a value of the C type.
        case .char: bytes.appendWord(UInt32(bitPattern: Int32(Int8(truncatingIfNeeded: value))))
        case .short: bytes.appendWord(UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: value))))
        case .unsignedChar: bytes.appendWord(UInt32(UInt8(truncatingIfNeeded: value)))
        case .unsignedShort: bytes.appendWord(UInt32(UInt16(truncatingIfNeeded: value)))
        }
    }

    /// Mostly few, now and then as many as may be.
    private mutating func length(limit: UInt32?) -> Int {
        let limit = Int(limit ?? .max)
        if limit <= 64, Int.random(in: 0..<16, using: &random) == 0 { return limit }
        return min(limit, Int.random(in: 0..<5, using: &random))
    }

    private mutating func length(_ count: UInt32, limit: UInt32?) {
        marks.append(Mark(offset: bytes.count, kind: .length(limit: limit ?? .max)))
        bytes.appendWord(count)
    }

    private mutating func randomText(upTo count: Int) -> [UInt8] {
        var text: [UInt8] = []
        while true {
            let scalars: [Unicode.Scalar] = ["a", "z", "/", "\u{7f}", "\u{1}", "é", "語", "🐧"]
            let next = Array(String(scalars.randomElement(using: &random)!).utf8)
            guard text.count + next.count <= count else { return text }
            text += next
        }
    }

    private mutating func randomOctets(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private mutating func content(_ octets: [UInt8]) {
        if !octets.isEmpty { marks.append(Mark(offset: bytes.count, kind: .text(count: octets.count))) }
        bytes += octets
        let padding = (4 - octets.count % 4) % 4
        if padding > 0 { marks.append(Mark(offset: bytes.count, kind: .padding(count: padding))) }
        bytes += [UInt8](repeating: 0, count: padding)
    }
}
