// The primitive types of RFC 4506, and rpcgen's char and short, which take a whole unit of 4 bytes each.

extension Bool: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = try reader.bool()
    }
}

extension Int32: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = Int32(bitPattern: try reader.uint32())
    }
}

extension UInt32: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = try reader.uint32()
    }
}

extension Int64: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 8 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 8 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        try reader.need(8)
        self = reader.uncheckedInt64()
    }
}

extension UInt64: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 8 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 8 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        try reader.need(8)
        self = reader.uncheckedUInt64()
    }
}

extension Float: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = Float(bitPattern: try reader.uint32())
    }
}

extension Double: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 8 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 8 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        try reader.need(8)
        self = Double(bitPattern: reader.uncheckedUInt64())
    }
}

extension Int8: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = Int8(truncatingIfNeeded: try reader.uint32())
    }
}

extension UInt8: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = UInt8(truncatingIfNeeded: try reader.uint32())
    }
}

extension Int16: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = Int16(truncatingIfNeeded: try reader.uint32())
    }
}

extension UInt16: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = UInt16(truncatingIfNeeded: try reader.uint32())
    }
}

/// Text without a limit of its own.
extension String: XDRCodable {
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int {
        try XDRSize.string(self, limit: .max, field: "string")
    }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(self) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self = try reader.string(limit: .max, field: "string")
    }
}
