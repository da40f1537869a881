internal import CLibXML2
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// libvirt's schemas (RELAX NG), where its packages install them.
package enum XMLSchema {
    /// Debian: `libvirt0`.
    package static let folder = "/usr/share/libvirt/schemas"

    /// A schema that libxml2 has compiled; never freed.
    private struct Compiled: @unchecked Sendable {
        // SAFETY: used under the lock of `compiled` only.
        let raw: xmlRelaxNGPtr
    }

    private static let compiled = Mutex<[String: Compiled]>([:])

    /// Whether a schema is installed.
    package static func exists(_ name: String) -> Bool { access("\(folder)/\(name)", R_OK) == 0 }

    /// Holds a document against a schema.
    ///
    /// - Parameter name: the schema's file, such as `domain.rng`.
    /// - Throws: Code 92 with what libxml2 finds, in its words; ``ConfError`` `.unsupported` if the schema is not there.
    package static func validate(
        _ document: XMLDocument, against name: String, folder: String = Self.folder
    ) throws(ConfError) {
        let path = "\(folder)/\(name)"
        let report = Report()
        let result: Result<Bool, ConfError> = compiled.withLock { compiled in
            if compiled[path] == nil {
                guard access(path, R_OK) == 0 else {
                    return .failure(
                        ConfError(
                            .unsupported, "cannot validate: there is no schema \(path); libvirt's library package has it",
                            domain: ConfError.fromXML))
                }
                guard let schema = compile(path) else {
                    return .failure(ConfError(.internal, "Unable to parse RNG \(path)", domain: ConfError.fromXML))
                }
                compiled[path] = Compiled(raw: schema)
            }
            guard let schema = compiled[path], let context = xmlRelaxNGNewValidCtxt(schema.raw) else {
                return .failure(
                    ConfError(.internal, "Unable to create RNG validation context \(path)", domain: ConfError.fromXML))
            }
            defer { xmlRelaxNGFreeValidCtxt(context) }
            // SAFETY: the report outlives the context: both are locals, and it is used below.
            xmlRelaxNGSetValidStructuredErrors(
                context,
                { report, error in
                    guard let report, let message = error?.pointee.message else { return }
                    Unmanaged<Report>.fromOpaque(report).takeUnretainedValue().add(String(cString: message))
                }, Unmanaged.passUnretained(report).toOpaque())
            return .success(xmlRelaxNGValidateDoc(context, document.raw) == 0)
        }
        if try result.get() { return }
        let detail = withExtendedLifetime(report) { "Unable to validate doc against \(path)\n\(report.text)" }
        throw ConfError(
            code: 92, domain: ConfError.fromXML, message: "XML document failed to validate against schema: \(detail)",
            detail: detail)
    }

    private static func compile(_ path: String) -> xmlRelaxNGPtr? {
        guard let parser = xmlRelaxNGNewParserCtxt(path) else { return nil }
        defer { xmlRelaxNGFreeParserCtxt(parser) }
        // Otherwise libxml2 writes to the standard error.
        xmlRelaxNGSetParserStructuredErrors(parser, { _, _ in }, nil)
        return xmlRelaxNGParse(parser)
    }

    /// What libxml2 says of a document; a hostile one does not make it long.
    private final class Report {
        private(set) var text = ""

        func add(_ message: String) {
            if text.utf8.count < 65536 { text += message }
        }
    }
}
