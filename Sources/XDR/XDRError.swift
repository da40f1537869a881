/// Why a value could not be encoded or decoded. `field` names the field or type, as the protocol spells it.
public enum XDRError: Error, Sendable, Equatable {
    /// The data ends before the value does.
    case truncated(needed: Int, available: Int)
    /// A string, array or opaque is longer than its declared limit, or has not its fixed length.
    case length(field: String, count: Int, limit: Int)
    /// A string holds a zero byte, which no peer written in C can have sent or could keep.
    case zeroByte(field: String)
    /// A union's discriminant selects no arm.
    case discriminant(field: String, value: Int64)
    /// Types that contain themselves are nested deeper than ``XDRReader/maximumDepth``.
    case depth
    /// Bytes are left after the value, where none may be.
    case trailingBytes(Int)
}

extension XDRError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let needed, let available): "\(needed) bytes are needed, \(available) are left"
        case .length(let field, let count, let limit): "\(field): length \(count) exceeds \(limit)"
        case .zeroByte(let field): "\(field): zero byte in a string"
        case .discriminant(let field, let value): "\(field): no arm for \(value)"
        case .depth: "nested too deeply"
        case .trailingBytes(let count): "\(count) bytes too many"
        }
    }
}

extension XDRError {
    // Out of line: what makes an error's text would otherwise stand in each generated initialiser.

    @usableFromInline @inline(never)
    internal static func length(_ field: StaticString, _ count: Int, limit: Int) -> XDRError {
        .length(field: "\(field)", count: count, limit: limit)
    }

    @usableFromInline @inline(never)
    internal static func zeroByte(_ field: StaticString) -> XDRError { .zeroByte(field: "\(field)") }
}
