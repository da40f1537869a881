import Glibc
import Testing
import XDRLanguage

/// The protocol files that come with rpcsvc-proto and libtirpc-dev.
@Suite struct SystemFilesTests {
    static let folders = ["/usr/include/rpcsvc", "/usr/include/tirpc/rpc", "/usr/include/tirpc/rpcsvc"]

    static func files(in folder: String) -> [String]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".x") { names.append("\(folder)/\(name)") }
        }
        return names.sorted()
    }

    static func contents(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    @Test(arguments: folders) func allCompile(_ folder: String) throws {
        let paths = try #require(Self.files(in: folder), "install rpcsvc-proto and libtirpc-dev")
        #expect(!paths.isEmpty)
        for path in paths {
            let text = try #require(Self.contents(path))
            for defines in [[], ["RPC_HDR"], ["RPC_XDR"], ["RPC_SVC"], ["RPC_CLNT"]] as [Set<String>] {
                var sources = [SourceFile(path: path, text: text)]
                // It takes its types from the C header that rpcgen makes of another.
                if path.hasSuffix("/nis_callback.x") {
                    let other = "\(folder)/nis.x"
                    sources.insert(SourceFile(path: other, text: try #require(Self.contents(other))), at: 0)
                }
                let (schema, diagnostics) = Compiler(defines: defines).compile(sources)
                #expect(diagnostics.map { $0.rendered() } == [], "\(path)")
                let files = try #require(schema).files
                #expect(files.contains { !$0.types.isEmpty || !$0.programs.isEmpty })
            }
        }
    }

    @Test func knownLayout() throws {
        let path = "/usr/include/rpcsvc/nis.x"
        let text = try #require(Self.contents(path))
        let schema = try #require(Compiler().compile([SourceFile(path: path, text: text)]).schema)
        // Included, not given.
        #expect(schema.files.map(\.name) == ["nis_object", "nis"])
        let listing = layoutListing(schema)
        #expect(listing.contains("case NIS_DIRECTORY_OBJ = 2: di_data: directory_obj\n"))
        #expect(listing.contains("        17 NIS_CALLBACK(opaque<1024>) -> bool\n"))
    }
}
