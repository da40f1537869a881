extension Checker {
    /// What a discriminant may be, once typedefs are followed.
    private enum Discriminant {
        case integer(ClosedRange<Int128>, String)
        case enumeration(Enumeration)
    }

    /// Needs all types resolved: a discriminant may be of a type that stands later.
    func checkUnions() {
        for entry in entries {
            guard case .union(let syntax) = entry.declaration,
                case .union(let union)? = definitions[entry.name.text]
            else { continue }
            check(syntax, union)
        }
    }

    private func check(_ syntax: UnionSyntax, _ union: Union) {
        guard let discriminant = discriminant(union.discriminant.type) else {
            session.error(
                syntax.discriminant.typePosition,
                "a union is switched by an integer of 32 bits, a bool or an enum")
            return
        }
        var seen: [Int128: Position] = [:]
        for arm in syntax.arms {
            for label in arm.labels {
                let position = Position(source: arm.position.source, offset: label.offset)
                let range = Int128(Int64.min)...Int128(Int64.max)
                guard
                    let value = constants.value(label, source: position.source, range: range, what: "the label")
                else { continue }
                if let first = seen[value] {
                    session.error(
                        position, "label \(label.soleName ?? String(value)) is used twice",
                        notes: [(first, "first used here")])
                    continue
                }
                seen[value] = position
                check(label, value, at: position, discriminant)
            }
        }
    }

    private func check(_ label: Expression, _ value: Int128, at position: Position, _ discriminant: Discriminant) {
        switch discriminant {
        case .integer(let range, let name):
            if !range.contains(value) { session.error(position, "label \(value) is no value of \(name)") }
        case .enumeration(let enumeration):
            let isKnown = enumeration.enumerators.contains { enumerator in
                Int128(enumerator.value) == value
                    && (label.soleName == nil || label.soleName == enumerator.name
                        || !isEnumerator(label.soleName ?? ""))
            }
            if !isKnown {
                session.error(
                    position, "label \(label.soleName ?? String(value)) is no value of enum '\(enumeration.name)'")
            }
        }
    }

    private func isEnumerator(_ name: String) -> Bool { constants.isEnumerator(name) }

    /// Typedefs are followed a bounded number of times; longer chains are refused elsewhere.
    private func discriminant(_ type: TypeReference) -> Discriminant? {
        var type = type
        for _ in 0...Self.maximumAliasDepth {
            switch type {
            case .primitive(let primitive):
                let range: ClosedRange<Int128>
                switch primitive {
                case .bool: range = 0...1
                case .int, .long: range = Int128(Int32.min)...Int128(Int32.max)
                case .unsignedInt, .unsignedLong: range = 0...Int128(UInt32.max)
                case .char: range = -128...127
                case .unsignedChar: range = 0...255
                case .short: range = -32768...32767
                case .unsignedShort: range = 0...65535
                case .hyper, .unsignedHyper, .float, .double: return nil
                }
                return .integer(range, primitive.sourceName)
            case .named(let name):
                switch definitions[name] {
                case .alias(let alias): type = alias.type
                case .enumeration(let enumeration): return .enumeration(enumeration)
                default: return nil
                }
            default:
                return nil
            }
        }
        return nil
    }
}

extension Primitive {
    /// As it is written in a source.
    var sourceName: String {
        switch self {
        case .unsignedInt: "unsigned int"
        case .unsignedHyper: "unsigned hyper"
        case .unsignedChar: "unsigned char"
        case .unsignedShort: "unsigned short"
        case .unsignedLong: "unsigned long"
        default: rawValue
        }
    }
}
