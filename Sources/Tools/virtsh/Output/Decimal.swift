#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Numbers with a fixed count of decimals, as the C library prints them.
enum Decimal {
    static func text(_ value: Double, places: Int) -> String {
        // DBL_MAX has 309 digits before the point.
        var buffer = [CChar](repeating: 0, count: 330 + places)
        let length = withVaList([Int32(places), value]) { arguments in
            vsnprintf(&buffer, buffer.count, "%.*f", arguments)
        }
        return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
