internal import Libvirt

/// A text is no URI, or it is one: then what is printed of it is the same URI, and says the same.
package enum URITarget {
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let uri = try? ConnectURI(text) else { return }
        let printed = uri.description
        guard let again = try? ConnectURI(printed) else { throw Finding("'\(printed)' is refused, '\(text)' is not") }
        try require(again == uri, "'\(text)' is another URI than '\(printed)'")
        try require(again.description == printed, "'\(printed)' is printed differently again")
        try require(uri.driver == uri.driver.lowercased() && !uri.driver.isEmpty, "the driver is '\(uri.driver)'")
        try require(uri.port.map { (1...65535).contains($0) } ?? true, "a port of \(uri.port ?? 0)")
        try require(uri.path.isEmpty || uri.path.hasPrefix("/"), "the path is '\(uri.path)'")
        try require(!printed.utf8.contains { $0 <= 0x20 || $0 == 0x7f }, "'\(printed)' holds a control character")

        let name = uri.openName
        if uri.value("name") == nil, uri.driver != "remote" {
            guard let opened = try? ConnectURI(name) else { throw Finding("'\(name)' of '\(text)' is no URI") }
            try require(
                opened.host == nil && opened.transport == nil && opened.path == uri.path && opened.openName == name,
                "the daemon is told '\(name)' of '\(text)'")
        }
        for name in ["no_verify", "no_sanity", "no_tty"] { _ = try? uri.flag(name) }
        for isRoot in [true, false] {
            let environment = ClientEnvironment(
                isRoot: isRoot, home: "/home/u", runtimeDirectory: isRoot ? nil : "/run/user/1000", defaultURI: text)
            for readOnly in [true, false] {
                guard let sockets = try? uri.sockets(readOnly: readOnly, in: environment) else { continue }
                try require(!sockets.isEmpty && !sockets.contains(""), "no socket for '\(text)'")
            }
            let resolved = try? ClientConfiguration().resolve(nil, in: environment)
            try require(text.isEmpty || resolved == uri, "the default '\(text)' leads elsewhere")
        }
    }
}
