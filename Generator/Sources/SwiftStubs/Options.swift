/// What is printed: one Swift file for each `.x` file and artefact.
public enum Artefact: String, CaseIterable, Sendable {
    /// Constants, enumerations, structures, unions, typedefs.
    case types
    /// A descriptor of each procedure: its numbers and types.
    case procedures
    /// A protocol for each role: what a server implements and a client offers.
    case roles
    /// The roles over a channel.
    case client
    /// Registration of each procedure in a dispatch table, calling the roles.
    case server
    /// Methods on the protocol's objects, and tables of what annotations say. For libvirt's own protocol.
    case handles
    /// Lists of the types by their names in the source, for tests that go through all of them.
    case catalog
}

public enum AccessLevel: String, CaseIterable, Sendable {
    case `public`, package, `internal`

    /// With a space behind it, or nothing.
    var prefix: String { self == .internal ? "" : rawValue + " " }
}

public struct Options: Sendable {
    public var access: AccessLevel = .public
    /// Of types that only stubs need: arguments and wire forms of results.
    public var wireAccess: AccessLevel?
    /// Prefixes of type names that Swift names leave out, such as `remote_`.
    public var strippedPrefixes: [String] = []
    /// Modules that the printed files import.
    public var imports: [String] = ["XDR"]
    /// The type that the client's methods are put on; by default one is made, called `<Program>Client`.
    public var clientType: String?
    /// The type of a call's context in server stubs, if not the plain one.
    public var annotated = false

    public init() {}
}

public struct PrintingError: Error, CustomStringConvertible {
    public var description: String
}
