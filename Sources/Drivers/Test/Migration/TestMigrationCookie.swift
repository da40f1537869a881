internal import Libvirt
internal import VirtConf
internal import VirtUtil
internal import XDR

/// What the two ends of a migration tell each other past the client, who carries it.
struct TestMigrationCookie {
    /// The guest was paused when it left, and stays so.
    var isPaused = false
    /// The definition that the other host keeps, if it keeps one.
    var persistentXML: String?

    init() {}

    /// Nothing is in an empty one: the other end had nothing to say.
    ///
    /// - Throws: `.internalError` if it is of somebody who speaks otherwise.
    init(_ data: OpaqueData) throws {
        if data.isEmpty { return }
        let document = try conf { () throws(ConfError) in
            try XMLDocument(String(decoding: data, as: UTF8.self), name: "(migration_cookie)")
        }
        guard document.root.isNamed("test-migration") else {
            throw VirtError.test(.internalError, "the migration cookie is not one of a test host")
        }
        isPaused = document.root.attribute("paused") == "yes"
        persistentXML = document.root.child("persistent")?.text
    }

    var data: OpaqueData {
        var writer = XMLWriter()
        writer.openElement("test-migration")
        writer.attribute("paused", isPaused ? "yes" : "no")
        if let persistentXML {
            writer.openElement("persistent")
            writer.characters(persistentXML)
            writer.closeElement()
        }
        writer.closeElement()
        return OpaqueData(writer.text.utf8)
    }
}
