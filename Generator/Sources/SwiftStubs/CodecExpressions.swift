internal import XDRLanguage

/// The three expressions that code a value: its size, its stores, its loads.
struct CodecExpressions {
    let mapper: TypeMapper

    /// Simple values have a coding of their own, whatever holds them: primitives, enumerations, structures, unions.
    private func isSelfCoding(_ type: TypeReference) -> Bool {
        switch mapper.resolved(type) {
        case .primitive, .named: true
        case .string, .opaque, .array, .optional: false
        }
    }

    private func limit(_ limit: UInt32?) -> String { limit.map { "\($0)" } ?? ".max" }

    /// Bytes of `value`, as an expression that may throw; constant parts are the caller's.
    func size(_ type: TypeReference, _ value: String, field: String, depth: Int = 0) -> String {
        let type = mapper.resolved(type)
        if let fixed = mapper.fixedSize(type), isSelfCoding(type) { return "\(fixed)" }
        let element = "element\(depth == 0 ? "" : "\(depth)")"
        switch type {
        case .primitive, .named:
            return "try \(value).wireSize()"
        case .string(let bound):
            return "try XDRSize.string(\(value), limit: \(limit(bound)), field: \"\(field)\")"
        case .opaque(.fixed(let count)):
            return "try XDRSize.fixedOpaque(\(value), count: \(count), field: \"\(field)\")"
        case .opaque(.variable(let bound)):
            return "try XDRSize.opaque(\(value), limit: \(limit(bound)), field: \"\(field)\")"
        case .array(let inner, let length):
            let (call, bound) = length.isFixed("elements", "fixedElements", "Array", limit)
            if isSelfCoding(inner) {
                let simple = length.isFixed("array", "fixedArray", "", limit).0
                return "try XDRSize.\(simple)(\(value), \(bound), field: \"\(field)\")"
            }
            if case .string(let elementLimit) = mapper.resolved(inner), case .variable(let bound) = length {
                return "try XDRSize.strings(\(value), limit: \(limit(bound)), "
                    + "elementLimit: \(limit(elementLimit)), field: \"\(field)\")"
            }
            return "try XDRSize.\(call)(\(value), \(bound), field: \"\(field)\") "
                + "{ (\(element): \(mapper.swiftType(inner))) throws(XDRError) -> Int in "
                + "\(size(inner, element, field: field, depth: depth + 1)) }"
        case .optional(let inner):
            if isSelfCoding(inner) { return "try XDRSize.optional(\(value))" }
            if case .string(let bound) = mapper.resolved(inner) {
                return "try XDRSize.string(\(value), limit: \(limit(bound)), field: \"\(field)\")"
            }
            return "try XDRSize.optional(\(value)) "
                + "{ (\(element): \(mapper.swiftType(inner))) throws(XDRError) -> Int in "
                + "\(size(inner, element, field: field, depth: depth + 1)) }"
        }
    }

    /// A statement that stores `value`.
    func encode(_ type: TypeReference, _ value: String, writer: String = "writer", depth: Int = 0) -> String {
        let type = mapper.resolved(type)
        let element = "element\(depth == 0 ? "" : "\(depth)")"
        let inner = "writer\(depth + 1)"
        switch type {
        case .primitive, .string, .opaque(.variable):
            return "\(writer).put(\(value))"
        case .named:
            return "\(value).encode(to: &\(writer))"
        case .opaque(.fixed):
            return "\(writer).put(fixed: \(value))"
        case .array(let item, let length):
            let isFixed = if case .fixed = length { true } else { false }
            if isSelfCoding(item) { return "\(writer).put(\(isFixed ? "fixed: " : "")\(value))" }
            if case .string = mapper.resolved(item), !isFixed { return "\(writer).put(\(value))" }
            return "\(writer).put(\(isFixed ? "fixedElements" : "elements"): \(value)) "
                + "{ (\(inner): inout XDRWriter, \(element): \(mapper.swiftType(item))) in "
                + "\(encode(item, element, writer: inner, depth: depth + 1)) }"
        case .optional(let item):
            if isSelfCoding(item) { return "\(writer).put(\(value))" }
            if case .string = mapper.resolved(item) { return "\(writer).put(\(value))" }
            return "\(writer).put(optional: \(value)) "
                + "{ (\(inner): inout XDRWriter, \(element): \(mapper.swiftType(item))) in "
                + "\(encode(item, element, writer: inner, depth: depth + 1)) }"
        }
    }

    /// An expression that loads a value; it may throw.
    func decode(_ type: TypeReference, field: String, reader: String = "reader", depth: Int = 0) -> String {
        let type = mapper.resolved(type)
        let inner = "reader\(depth + 1)"
        switch type {
        case .primitive(.bool):
            return "try \(reader).bool()"
        case .primitive, .named:
            return "try \(mapper.swiftType(type))(from: &\(reader))"
        case .string(let bound):
            return "try \(reader).string(limit: \(limit(bound)), field: \"\(field)\")"
        case .opaque(.fixed(let count)):
            return "try \(reader).fixedOpaque(\(count))"
        case .opaque(.variable(let bound)):
            return "try \(reader).opaque(limit: \(limit(bound)), field: \"\(field)\")"
        case .array(let item, let length):
            let minimum = mapper.minimumSize(item)
            let itemType = mapper.swiftType(item)
            switch length {
            case .variable(let bound):
                if isSelfCoding(item) {
                    return "try \(reader).array(of: \(itemType).self, limit: \(limit(bound)), field: \"\(field)\")"
                }
                if case .string(let elementLimit) = mapper.resolved(item) {
                    return "try \(reader).strings(limit: \(limit(bound)), elementLimit: \(limit(elementLimit)), "
                        + "field: \"\(field)\")"
                }
                return "try \(reader).elements(limit: \(limit(bound)), elementSize: \(minimum), field: \"\(field)\") "
                    + "{ (\(inner): inout XDRReader) throws(XDRError) -> \(itemType) in "
                    + "\(decode(item, field: field, reader: inner, depth: depth + 1)) }"
            case .fixed(let count):
                if isSelfCoding(item) {
                    return "try \(reader).fixedArray(of: \(itemType).self, count: \(count))"
                }
                return "try \(reader).fixedElements(count: \(count), elementSize: \(minimum)) "
                    + "{ (\(inner): inout XDRReader) throws(XDRError) -> \(itemType) in "
                    + "\(decode(item, field: field, reader: inner, depth: depth + 1)) }"
            }
        case .optional(let item):
            if isSelfCoding(item) { return "try \(reader).optional(\(mapper.swiftType(item)).self)" }
            if case .string(let bound) = mapper.resolved(item) {
                return "try \(reader).optionalString(limit: \(limit(bound)), field: \"\(field)\")"
            }
            return "try \(reader).optional { (\(inner): inout XDRReader) throws(XDRError) -> "
                + "\(mapper.swiftType(item)) in \(decode(item, field: field, reader: inner, depth: depth + 1)) }"
        }
    }

    /// An expression that loads a value of fixed size after `need` has covered it; nil for types it does not do.
    func uncheckedDecode(_ type: TypeReference) -> String? {
        switch mapper.resolved(type) {
        case .primitive(let primitive):
            switch primitive {
            case .int, .long: return "reader.uncheckedInt32()"
            case .unsignedInt, .unsignedLong: return "reader.uncheckedUInt32()"
            case .hyper: return "reader.uncheckedInt64()"
            case .unsignedHyper: return "reader.uncheckedUInt64()"
            case .bool: return "reader.uncheckedUInt32() != 0"
            case .float: return "Float(bitPattern: reader.uncheckedUInt32())"
            case .double: return "Double(bitPattern: reader.uncheckedUInt64())"
            case .char, .unsignedChar, .short, .unsignedShort:
                return "\(primitive.swiftName)(truncatingIfNeeded: reader.uncheckedUInt32())"
            }
        case .named(let name):
            switch mapper.schema.types[name] {
            case .enumeration:
                switch mapper.optionSets[name] {
                case nil: return "\(mapper.typeName(name))(rawValue: reader.uncheckedInt32())"
                case 8: return "\(mapper.typeName(name))(rawValue: UInt64(reader.uncheckedUInt32()))"
                default: return "\(mapper.typeName(name))(rawValue: reader.uncheckedUInt32())"
                }
            case .alias: return "\(mapper.typeName(name))(unchecked: &reader)"
            default: return nil
            }
        default: return nil
        }
    }
}

extension ArrayLength {
    fileprivate func isFixed(
        _ variable: String, _ fixed: String, _ unused: String, _ limit: (UInt32?) -> String
    ) -> (String, String) {
        switch self {
        case .fixed(let count): (fixed, "count: \(count)")
        case .variable(let bound): (variable, "limit: \(limit(bound))")
        }
    }
}
