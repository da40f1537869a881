// Lists and optionals of types that have a limit of their own at their place of use (an array of limited strings in an
// array): the element's coding is passed as a closure. Generated code uses these where no simpler call fits.

extension XDRSize {
    @inlinable
    public static func elements<Element>(
        _ elements: [Element], limit: UInt32, field: StaticString, _ size: (Element) throws(XDRError) -> Int
    ) throws(XDRError) -> Int {
        if elements.count > Int(limit) {
            throw .length(field, elements.count, limit: Int(limit))
        }
        var total = 4
        for index in elements.indices { total += try size(elements[index]) }
        return total
    }

    @inlinable
    public static func fixedElements<Element>(
        _ elements: [Element], count: Int, field: StaticString, _ size: (Element) throws(XDRError) -> Int
    ) throws(XDRError) -> Int {
        if elements.count != count { throw .length(field, elements.count, limit: count) }
        var total = 0
        for index in elements.indices { total += try size(elements[index]) }
        return total
    }

    @inlinable
    public static func optional<Value>(
        _ value: Value?, _ size: (Value) throws(XDRError) -> Int
    ) throws(XDRError) -> Int {
        guard let value else { return 4 }
        return 4 + (try size(value))
    }
}

extension XDRWriter {
    @inlinable
    public mutating func put<Element>(elements: [Element], _ put: (inout XDRWriter, Element) -> Void) {
        self.put(UInt32(truncatingIfNeeded: elements.count))
        for index in elements.indices { put(&self, elements[index]) }
    }

    @inlinable
    public mutating func put<Element>(fixedElements elements: [Element], _ put: (inout XDRWriter, Element) -> Void) {
        for index in elements.indices { put(&self, elements[index]) }
    }

    @inlinable
    public mutating func put<Value>(optional value: Value?, _ put: (inout XDRWriter, Value) -> Void) {
        self.put(value != nil)
        if let value { put(&self, value) }
    }
}

extension XDRReader {
    @inlinable
    public mutating func elements<Element>(
        limit: UInt32, elementSize: Int, field: StaticString,
        _ element: (inout XDRReader) throws(XDRError) -> Element
    ) throws(XDRError) -> [Element] {
        let count = try count(limit: limit, elementSize: elementSize, field: field)
        return try fixedElements(count: count, elementSize: elementSize, element)
    }

    @inlinable
    public mutating func fixedElements<Element>(
        count: Int, elementSize: Int, _ element: (inout XDRReader) throws(XDRError) -> Element
    ) throws(XDRError) -> [Element] {
        try need(count * elementSize)
        return try list(count, element)
    }

    @inlinable
    public mutating func optional<Value>(
        _ value: (inout XDRReader) throws(XDRError) -> Value
    ) throws(XDRError) -> Value? {
        try bool() ? try value(&self) : nil
    }
}
