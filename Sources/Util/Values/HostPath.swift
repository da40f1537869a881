/// Paths of the host, as texts: nothing is looked up.
package enum HostPath {
    /// Without doubled slashes and without one at the end.
    ///
    /// Two at the beginning stay two, since POSIX lets them mean something; an address with `://` stays as it is.
    package static func sanitized(_ path: String) -> String {
        let bytes = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        if bytes.indices.dropLast(2).contains(where: {
            bytes[$0] == 0x3A && bytes[$0 + 1] == slash && bytes[$0 + 2] == slash
        }) {
            return path
        }
        let leading = bytes.prefix { $0 == slash }.count
        var result = [UInt8](repeating: slash, count: leading == 2 ? 2 : min(leading, 1))
        for byte in bytes.dropFirst(leading) where byte != slash || result.last != slash { result.append(byte) }
        if result.count > max(1, leading == 2 ? 2 : 1), result.last == slash { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }
}
