public import Libvirt
internal import VirtConf

/// libvirt's `test` hypervisor: a host that exists only in memory.
///
/// `test:///default` is a host with one running domain, shared by every connection of the process that has it open
/// and made anew after the last has closed. `test:///FILE` reads a host from a file, for that connection alone.
///
/// Nothing here waits: every call works on a value behind a lock. Saving and dumping write small files.
public struct TestDriver: Driver {
    public let name = "Test"
    public let schemes: Set<String> = ["test"]
    public var connectionType: any DriverConnection.Type { TestConnection.self }

    public init() {}

    /// Opens `test:///default` or `test:///FILE`.
    ///
    /// - Throws: `.invalidArg` without a path; `.xmlError` or `.xmlDetail` if the file is none or says what cannot be.
    public func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection {
        let path = Self.path(of: uri)
        if path.isEmpty || path == "/" {
            throw VirtError.test(.invalidArg, "testOpen: supply a path or use test:///default")
        }
        if path == "/default" { return TestConnection(sharing: TestHost.openDefault()) }
        return TestConnection(owning: TestHost(try TestHostState(file: path)))
    }

    /// What stands between the authority and the query.
    private static func path(of uri: String) -> String {
        var text = uri[...]
        if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
        if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) { text = text[..<end] }
        guard text.hasPrefix("//") else { return String(text) }
        text = text.dropFirst(2)
        guard let slash = text.firstIndex(of: "/") else { return "" }
        return String(text[slash...])
    }
}
