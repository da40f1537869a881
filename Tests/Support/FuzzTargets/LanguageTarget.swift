internal import SwiftStubs
internal import XDRLanguage

/// A text is refused with messages that point into it, or it is a module; then each kind of Swift can be printed of it.
///
/// The first byte chooses the options. The text can include itself.
package enum LanguageTarget {
    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        guard let choice = bytes.first else { return }
        let text = Array(bytes.dropFirst())
        var compiler = Compiler(
            includePaths: ["inc"], defines: choice & 1 == 0 ? [] : ["A", "HAVE_B=2"],
            readFile: { ["a.x", "inc/b.x"].contains($0) ? text : nil })
        compiler.acceptsUnknownAnnotations = choice & 2 != 0
        let (schema, diagnostics) = compiler.compile([SourceFile(path: "a.x", text: text)])
        try require(diagnostics.count <= 50, "\(diagnostics.count) messages")
        for diagnostic in diagnostics {
            let place = diagnostic.location
            try require(place.line >= 0 && place.column >= 0, "a message about \(place.line):\(place.column)")
            _ = diagnostic.rendered()
        }
        guard let schema else { return try require(!diagnostics.isEmpty, "refused without a word") }

        let layout = layoutListing(schema)
        try require(compiler.compile([SourceFile(path: "a.x", text: text)]).schema.map(layoutListing) == layout,
            "compiled twice, the layout differs")
        var options = Options()
        options.annotated = choice & 4 != 0
        options.access = AccessLevel.allCases[Int(choice >> 3) % AccessLevel.allCases.count]
        options.wireAccess = choice & 64 == 0 ? nil : .internal
        options.strippedPrefixes = choice & 128 == 0 ? [] : ["remote_", "a"]
        // Names that clash are an error of its own.
        guard let printer = try? StubPrinter(schema, options: options) else { return }
        for artefact in Artefact.allCases {
            for file in schema.files { _ = printer.print(artefact, of: file) }
            _ = printer.printSpanning(artefact)
        }
    }
}
