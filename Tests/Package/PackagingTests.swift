import Foundation
import Testing
import TestProcesses

/// What a distribution installs.
@Suite struct PackagingTests {
    static let folder = TestDaemon.root.appending(path: "Packaging")

    @Test(arguments: ["virtd.8", "virtsh.1", "xdrgen.1"]) func manualPagesAreInOrder(_ page: String) async throws {
        let outcome = try await Command([
            "mandoc", "-T", "lint", "-W", "warning", Self.folder.appending(path: "man/\(page)").path,
        ]).run()
        // What the page refers to need not be installed here.
        let complaints = outcome.output.split(separator: "\n").filter { !$0.contains("referenced manual not found") }
        #expect(complaints == [])
    }

    /// The page tells of each option that the program has, and of no other.
    @Test(arguments: [("virtd.8", "virtd"), ("xdrgen.1", "xdrgen")])
    func manualPagesKnowTheOptions(_ page: String, _ program: String) async throws {
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let help = try await Command(products.appending(path: program), ["--help"]).runChecked()
        let text = try String(contentsOf: Self.folder.appending(path: "man/\(page)"), encoding: .utf8)
        let known = Set(help.matches(of: /--([a-z][a-z-]+)/).map { String($0.1) })
        let told = Set(text.matches(of: /Fl -([a-z][a-z-]+)/).map { String($0.1) })
        #expect(known.subtracting(["help"]).subtracting(told) == [])
        #expect(told.subtracting(known) == [])
    }

    @Test func unitsAreInOrder() async throws {
        let units = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: "systemd"), includingPropertiesForKeys: nil)
        #expect(units.count == 6)
        let outcome = try await Command(["systemd-analyze", "verify"] + units.map(\.path)).run()
        let complaints = (outcome.output + outcome.errors).split(separator: "\n").filter {
            // The program and its page are not installed here.
            $0.contains("/Packaging/") && !$0.contains("is not executable")
        }
        #expect(complaints == [])
    }
}
