internal import LibvirtRemote

extension TypedParameterValue {
    var text: String {
        switch self {
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .llong(let value): String(value)
        case .ullong(let value): String(value)
        case .double(let value): Decimal.text(value, places: 6)
        case .boolean(let value): value != 0 ? "yes" : "no"
        case .string(let value): value
        }
    }

    var json: JSON {
        switch self {
        case .int(let value): .integer(Int64(value))
        case .uint(let value): .unsigned(UInt64(value))
        case .llong(let value): .integer(value)
        case .ullong(let value): .unsigned(value)
        case .double(let value): .number(value)
        case .boolean(let value): .bool(value != 0)
        case .string(let value): .string(value)
        }
    }
}
