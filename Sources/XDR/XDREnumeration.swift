/// An XDR enumeration, open: a number that a newer peer sends and we do not know stays what it is.
public protocol XDREnumeration: RawRepresentable, Hashable, XDRCodable, CustomStringConvertible
where RawValue == Int32 {
    init(rawValue: Int32)
}

extension XDREnumeration {
    /// The number; generated enumerations give the member's name.
    public var description: String { String(rawValue) }
    @inlinable public static var minimumWireSize: Int { 4 }
    @inlinable public func wireSize() throws(XDRError) -> Int { 4 }
    @inlinable public func encode(to writer: inout XDRWriter) { writer.put(rawValue) }
    @inlinable public init(from reader: inout XDRReader) throws(XDRError) {
        self.init(rawValue: Int32(bitPattern: try reader.uint32()))
    }
}
