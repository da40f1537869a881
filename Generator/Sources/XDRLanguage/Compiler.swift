#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// From `.x` files to a checked schema.
///
/// The language is RFC 4506 and RFC 5531 and what rpcgen adds to them. All files of one call are one module: names are
/// resolved across them in any order. Input is not trusted; whatever it holds, the answer comes in bounded time and
/// memory, as diagnostics.
public struct Compiler {
    /// Folders in which includes are looked for, after the folder of the including file.
    public var includePaths: [String]
    /// Names that `#ifdef` and `#if` know: `NAME` (then 1) or `NAME=number`. Where the files have no such constant, they
    /// are constants too, and so are lines `%#define NAME number`, which `rpcgen` leaves to the C compiler.
    public var defines: Set<String>
    /// Whether an annotation that docs/annotations.md does not list is a line of documentation instead of an error.
    ///
    /// For files of others, whose comments have doxygen's `@param` and the like. It is off unless said otherwise, for
    /// files without any known annotation too: a file whose only annotation is misspelt must not compile in silence.
    public var acceptsUnknownAnnotations = false
    /// Gives the bytes of a file to be included, or nil if there is none.
    let readFile: (String) -> [UInt8]?

    /// - Parameter readFile: How included files are read; from the file system if nil.
    public init(
        includePaths: [String] = [], defines: Set<String> = [], readFile: ((String) -> [UInt8]?)? = nil
    ) {
        self.includePaths = includePaths
        self.defines = defines
        self.readFile = readFile ?? Self.contents
    }

    /// Compiles a module.
    ///
    /// - Returns: The schema, or nil if there is any error; and at most 50 diagnostics, in source order.
    public func compile(_ sources: [SourceFile]) -> (schema: Schema?, diagnostics: [Diagnostic]) {
        let session = Session(self)
        let files = session.parse(sources)
        var schema: Schema?
        // What a syntax error swallowed would only be reported as missing.
        if !session.hasErrors {
            var checker = Checker(session, files)
            schema = checker.check(acceptsUnknownAnnotations: acceptsUnknownAnnotations)
        }
        let sorted = session.diagnostics.enumerated().sorted { left, right in
            let (a, b) = (left.element.position, right.element.position)
            return (a.source, a.offset, Int32(left.offset)) < (b.source, b.offset, Int32(right.offset))
        }
        return (session.hasErrors ? nil : schema, sorted.map(\.element.diagnostic))
    }

    /// Reads a whole file; nil if that fails or it is too large to be source.
    private static func contents(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= SourceBuffer.maximumSize {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
