import XDRLanguage

/// Compiles one text as `test.x`.
func compile(
    _ text: String, _ configure: (inout Compiler) -> Void = { _ in }
) -> (schema: Schema?, diagnostics: [Diagnostic]) {
    var compiler = Compiler(readFile: { _ in nil })
    configure(&compiler)
    return compiler.compile([SourceFile(path: "test.x", text: Array(text.utf8))])
}

/// The diagnostics of one text, rendered.
func complaints(_ text: String, _ configure: (inout Compiler) -> Void = { _ in }) -> String {
    compile(text, configure).diagnostics.map { $0.rendered() }.joined()
}

/// The messages of one text as `line:column message`.
func messages(_ text: String, _ configure: (inout Compiler) -> Void = { _ in }) -> [String] {
    compile(text, configure).diagnostics.map { "\($0.location.line):\($0.location.column) \($0.message)" }
}

/// The layout of one text; its diagnostics if it has any.
func layout(_ text: String, _ configure: (inout Compiler) -> Void = { _ in }) -> String {
    let (schema, diagnostics) = compile(text, configure)
    guard let schema else { return diagnostics.map { $0.rendered() }.joined() }
    return layoutListing(schema)
}

/// Compiles several files that can include each other and some that are only there to be included.
func compileFiles(
    _ files: [(String, String)], available: [String: String] = [:], _ configure: (inout Compiler) -> Void = { _ in }
) -> (schema: Schema?, diagnostics: [Diagnostic]) {
    var compiler = Compiler(readFile: { path in available[path].map { Array($0.utf8) } })
    configure(&compiler)
    return compiler.compile(files.map { SourceFile(path: $0.0, text: Array($0.1.utf8)) })
}
