import SwiftStubs
import XDRLanguage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line of xdrgen.
struct Command {
    private static let help = """
        USAGE: xdrgen [options] FILE.x …

        Reads XDR and RPC definitions (RFC 4506, RFC 5531, and what rpcgen adds to them) and writes Swift. All files are
        one module: names are resolved across them.

        WHAT TO WRITE (default: --types --procedures --roles)
          --types            constants, enumerations, structures, unions, typedefs
          --procedures       a typed descriptor of each procedure
          --roles            a protocol for each program, or for each @role
          --client           a client that calls a server over a channel
          --server           a table that answers calls with a service's methods
          --handles          methods on @object types and tables of annotations (libvirt's own protocol)
          --catalog          lists of all types by their names in the source, for tests that go through them
          --layout           no Swift, but a listing of every structure, limit and number, to be kept and compared
          --check            nothing: only report errors

        HOW
          --output DIR       write NAME.ARTEFACT.swift files there; otherwise all goes to standard output
          --access LEVEL     public, package or internal (default public)
          --wire-access LEVEL  of the types that only stubs need (default: as --access)
          --import MODULE    import MODULE in each file (repeatable; default XDR)
          --strip PREFIX     drop PREFIX from type names (repeatable)
          --client-type NAME put the client's methods on the existing type NAME
          --annotated        libvirt's idioms: roles with defaults, access checks, events
          -I DIR             look for #include files there (repeatable)
          -D NAME[=VALUE]    define NAME for #ifdef and #if, and as a constant that no file has (repeatable)
          --foreign          take unknown @words in comments for text
          --help, --version

        A file that would not change is not written. Errors name file, line and column.

        EXIT STATUS: 0 if all was written, 1 if a file has errors, 2 for a wrong command line.
        """

    private let arguments: [String]

    init(_ arguments: [String]) { self.arguments = arguments }

    func run() -> Int32 {
        var options = Options()
        var artefacts: [Artefact] = []
        var files: [String] = []
        var compiler = Compiler()
        var output: String?
        var listsLayout = false
        var checksOnly = false
        var imports: [String] = []
        var index = 0
        func value(_ option: String) -> String? {
            index += 1
            if index < arguments.count { return arguments[index] }
            complain("\(option) wants an argument")
            return nil
        }
        while index < arguments.count {
            let argument = arguments[index]
            switch argument {
            case "--help", "-h":
                print(Self.help)
                return 0
            case "--version":
                print("xdrgen 0.1")
                return 0
            case "--layout": listsLayout = true
            case "--check": checksOnly = true
            case "--annotated": options.annotated = true
            case "--foreign": compiler.acceptsUnknownAnnotations = true
            case "--output":
                guard let given = value(argument) else { return 2 }
                output = given
            case "--access", "--wire-access":
                guard let given = value(argument) else { return 2 }
                guard let level = AccessLevel(rawValue: given) else {
                    complain("\(argument) takes public, package or internal, not '\(given)'")
                    return 2
                }
                if argument == "--access" { options.access = level } else { options.wireAccess = level }
            case "--import":
                guard let given = value(argument) else { return 2 }
                imports.append(given)
            case "--strip":
                guard let given = value(argument) else { return 2 }
                options.strippedPrefixes.append(given)
            case "--client-type":
                guard let given = value(argument) else { return 2 }
                options.clientType = given
            case "-I":
                guard let given = value(argument) else { return 2 }
                compiler.includePaths.append(given)
            case "-D":
                guard let given = value(argument) else { return 2 }
                compiler.defines.insert(given)
            default:
                if argument.hasPrefix("--"), let artefact = Artefact(rawValue: String(argument.dropFirst(2))) {
                    artefacts.append(artefact)
                } else if argument.hasPrefix("-") {
                    complain("unknown option '\(argument)'; see xdrgen --help")
                    return 2
                } else {
                    files.append(argument)
                }
            }
            index += 1
        }
        if files.isEmpty {
            complain("no .x file given; see xdrgen --help")
            return 2
        }
        if !imports.isEmpty { options.imports = imports }
        if artefacts.isEmpty { artefacts = [.types, .procedures, .roles] }
        guard let schema = compile(files, compiler) else { return 1 }
        if checksOnly { return 0 }
        if listsLayout {
            print(layoutListing(schema), terminator: "")
            return 0
        }
        if output != nil, let clash = outputClash(schema) {
            complain(clash)
            return 1
        }
        do {
            return try emit(StubPrinter(schema, options: options), schema, artefacts, to: output) ? 0 : 1
        } catch {
            // Lines of the form file:line:column: error: …
            report("\(error)")
            return 1
        }
    }

    private func compile(_ files: [String], _ compiler: Compiler) -> Schema? {
        var sources: [SourceFile] = []
        for file in files {
            guard let text = readFile(file) else {
                complain("\(file): \(String(cString: strerror(errno)))")
                return nil
            }
            sources.append(SourceFile(path: file, text: text))
        }
        let (schema, diagnostics) = compiler.compile(sources)
        for diagnostic in diagnostics {
            report(diagnostic.rendered(), terminator: "")
        }
        return schema
    }

    /// Writes all artefacts; each declared output is written, so that a build system may name them before.
    private func emit(
        _ printer: StubPrinter, _ schema: Schema, _ artefacts: [Artefact], to folder: String?
    ) -> Bool {
        for artefact in artefacts {
            for file in schema.files {
                let text = printer.print(artefact, of: file)
                guard let folder else {
                    print(text)
                    continue
                }
                if !writeFile("\(folder)/\(file.name).\(artefact.rawValue).swift", text) { return false }
            }
            let spanning = printer.printSpanning(artefact)
            guard let folder else {
                print(spanning)
                continue
            }
            if !writeFile("\(folder)/all.\(artefact.rawValue).swift", spanning) { return false }
        }
        return true
    }

    /// Outputs are named by the files, and one of them is called `all`.
    private func outputClash(_ schema: Schema) -> String? {
        var seen: Set<String> = ["all"]
        for file in schema.files where !seen.insert(file.name).inserted {
            return file.name == "all"
                ? "all.x: 'all' is what files that span all others are called; rename the file"
                : "two files are called \(file.name).x, so that one would overwrite the other's output"
        }
        return nil
    }

    private func complain(_ text: String) { report("xdrgen: \(text)") }

    /// A line on standard error.
    private func report(_ text: String, terminator: String = "\n") {
        var line = text + terminator
        line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }

    private func readFile(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return ferror(file) == 0 ? bytes : nil
    }

    /// Leaves a file alone that says the same already: what was built from it stays built.
    private func writeFile(_ path: String, _ text: String) -> Bool {
        if let present = readFile(path), present.elementsEqual(text.utf8) { return true }
        guard let file = fopen(path, "wb") else {
            complain("\(path): \(String(cString: strerror(errno)))")
            return false
        }
        var text = text
        let isWritten = text.withUTF8 { fwrite($0.baseAddress, 1, $0.count, file) == $0.count }
        let isClosed = fclose(file) == 0
        if !isWritten || !isClosed { complain("\(path): \(String(cString: strerror(errno)))") }
        return isWritten && isClosed
    }
}
