internal import Libvirt
internal import TestDriver

/// The drivers that are built in: the one place that names them.
enum Drivers {
    static let all: [any Driver] = [TestDriver(connector: OtherHosts(), audit: audit)]
    static let audit = Audit()

    struct Unknown: Error, CustomStringConvertible {
        let name: String

        var description: String {
            let known = Drivers.all.map { $0.name.lowercased() }.joined(separator: ", ")
            return "unknown driver '\(name)'; there are: \(known)"
        }
    }

    /// Those that `--drivers` lists, in their own order; names in any case.
    static func chosen(_ list: String?) throws -> [any Driver] {
        guard let list else { return all }
        let names = list.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        let known = Set(all.map { $0.name.lowercased() })
        for name in names where !known.contains(name) { throw Unknown(name: name) }
        return all.filter { names.contains($0.name.lowercased()) }
    }
}
