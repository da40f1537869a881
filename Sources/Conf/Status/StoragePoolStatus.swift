package import VirtUtil

/// `<poolstate>`: a pool that runs, written down by the daemon.
package struct StoragePoolStatus: Sendable {
    package var pool: StoragePoolDefinition

    package init(pool: StoragePoolDefinition) { self.pool = pool }

    /// - Throws: `.xml` if there is no pool in it.
    package init(document: XMLDocument) throws(ConfError) {
        try document.root.require("poolstate")
        guard let node = document.root.child("pool") else {
            throw ConfError(.xml, "no pool in poolstate", domain: ConfError.fromStorage)
        }
        pool = try StoragePoolDefinition(element: node)
    }

    package func xml() -> String {
        let coder = XMLCoder(writing: XMLStyle())
        coder.write("poolstate", Whole(pool: pool))
        return coder.text
    }

    private struct Whole: XMLMapped {
        var pool = StoragePoolDefinition()

        mutating func map(_ x: XMLCoder) {
            var value: StoragePoolDefinition? = pool
            x.element("pool", &value)
        }
    }
}
