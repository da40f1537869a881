import Foundation
import TestProcesses
import Testing

/// Every protocol file that comes with the system becomes Swift that compiles without a warning.
///
/// One after the other: each is a process that keeps a core busy.
///
/// The files are those of rpcsvc-proto and libtirpc-dev, which `scripts/bootstrap` installs.
@Suite(.serialized) struct OutsideTests {
    static let files: [String] = ["/usr/include/rpcsvc", "/usr/include/tirpc"].flatMap { folder in
        (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".x") }.map { "\(folder)/\($0)" }
    }.sorted()

    /// Files that use types of another without including it: they stand behind it.
    static let needed = ["nis_callback.x": "/usr/include/rpcsvc/nis.x"]

    @Test func thereAreSome() {
        #expect(Self.files.count >= 18, "install rpcsvc-proto and libtirpc-dev")
    }

    @Test(arguments: files) func compiles(_ file: String) async throws {
        let folder = try ScratchFolder()
        let name = URL(filePath: file).lastPathComponent
        let generated = try await Tool.xdrgen(
            ["--foreign", "--types", "--procedures", "--roles", "--client", "--server", "--output", folder.url.path]
                + (Self.needed[name].map { [$0] } ?? []) + [file])
        #expect(generated.status == 0)
        #expect(generated.errors == "")
        let sources = try folder.names().filter { $0.hasSuffix(".swift") }.map { "\(folder.url.path)/\($0)" }
        #expect(sources.count >= 10)
        let checked = try await Command(
            ["swiftc", "-typecheck", "-wmo", "-swift-version", "6", "-warnings-as-errors", "-module-name", "Outside"]
                + ["ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility"].flatMap {
                    ["-enable-upcoming-feature", $0]
                }
                + ["-I", Tool.buildFolder.appending(path: "Modules").path] + sources
        ).run()
        #expect(checked.status == 0, "\(checked.errors)\(checked.output)")
    }
}
