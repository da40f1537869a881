/// The size pass: bytes of parts of a value, with their limits checked. Generated code calls these.
public enum XDRSize {
    // Loops look at elements in place: an array's own subscript would retain what they refer to.

    @inlinable
    public static func string(_ string: String, limit: UInt32, field: StaticString) throws(XDRError) -> Int {
        let count = string.utf8.count
        if count > Int(limit) { throw .length(field, count, limit: Int(limit)) }
        return 4 + (count + 3) & ~3
    }

    @inlinable
    public static func string(_ string: String?, limit: UInt32, field: StaticString) throws(XDRError) -> Int {
        guard let string else { return 4 }
        return 4 + (try XDRSize.string(string, limit: limit, field: field))
    }

    @inlinable
    public static func opaque(_ data: OpaqueData, limit: UInt32, field: StaticString) throws(XDRError) -> Int {
        if data.count > Int(limit) { throw .length(field, data.count, limit: Int(limit)) }
        return 4 + (data.count + 3) & ~3
    }

    @inlinable
    public static func fixedOpaque(_ data: OpaqueData, count: Int, field: StaticString) throws(XDRError) -> Int {
        if data.count != count { throw .length(field, data.count, limit: count) }
        return (count + 3) & ~3
    }

    @inlinable
    public static func array<Element: XDRCodable>(
        _ elements: [Element], limit: UInt32, field: StaticString
    ) throws(XDRError) -> Int {
        if elements.count > Int(limit) {
            throw .length(field, elements.count, limit: Int(limit))
        }
        var size = 4
        try elements.withUnsafeBufferPointer { elements throws(XDRError) in
            guard let first = elements.baseAddress else { return }
            for index in 0..<elements.count { size += try first[index].wireSize() }
        }
        return size
    }

    @inlinable
    public static func fixedArray<Element: XDRCodable>(
        _ elements: [Element], count: Int, field: StaticString
    ) throws(XDRError) -> Int {
        if elements.count != count { throw .length(field, elements.count, limit: count) }
        var size = 0
        try elements.withUnsafeBufferPointer { elements throws(XDRError) in
            guard let first = elements.baseAddress else { return }
            for index in 0..<elements.count { size += try first[index].wireSize() }
        }
        return size
    }

    @inlinable
    public static func strings(
        _ strings: [String], limit: UInt32, elementLimit: UInt32, field: StaticString
    ) throws(XDRError) -> Int {
        if strings.count > Int(limit) { throw .length(field, strings.count, limit: Int(limit)) }
        var size = 4
        try strings.withUnsafeBufferPointer { strings throws(XDRError) in
            guard let first = strings.baseAddress else { return }
            for index in 0..<strings.count { size += try XDRSize.string(first[index], limit: elementLimit, field: field) }
        }
        return size
    }

    @inlinable
    public static func optional<Value: XDRCodable>(_ value: Value?) throws(XDRError) -> Int {
        guard let value else { return 4 }
        return 4 + (try value.wireSize())
    }
}
