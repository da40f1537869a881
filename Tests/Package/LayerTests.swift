import Foundation
import TestProcesses
import Testing

/// The table of layers in docs/architecture.md (and the plan before it), held against the manifest.
///
/// An arrow of the manifest may only go where the table allows it. The build itself sees to it that a source imports
/// nothing that the manifest does not name.
@Suite struct LayerTests {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Target: Sendable {
        var name: String
        var type: String
        var path: String
        /// Targets of this package.
        var targets: Set<String>
        /// Products of other packages.
        var products: Set<String>
        var plugins: Set<String>
    }

    /// What `swift package dump-package` says; it is asked once.
    static let targets = Task { try await readTargets() }

    private static func readTargets() async throws -> [Target] {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "dump-package-\(UUID())")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let output = try await Command([
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.appending(path: "build").path,
            "dump-package",
        ]).runChecked()
        let json = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
        let targets = try #require(json?["targets"] as? [[String: Any]])
        let names = Set(targets.compactMap { $0["name"] as? String })
        return targets.map { target in
            var own: Set<String> = []
            var products: Set<String> = []
            for dependency in target["dependencies"] as? [[String: Any]] ?? [] {
                for (kind, value) in dependency {
                    guard let name = (value as? [Any])?.first as? String else { continue }
                    if kind == "product" || kind == "byName" && !names.contains(name) {
                        products.insert(name)
                    } else {
                        own.insert(name)
                    }
                }
            }
            let plugins = (target["pluginUsages"] as? [[String: Any]] ?? []).compactMap { usage in
                (usage["plugin"] as? [Any])?.first as? String
            }
            return Target(
                name: target["name"] as? String ?? "", type: target["type"] as? String ?? "",
                path: target["path"] as? String ?? "", targets: own, products: products, plugins: Set(plugins))
        }
    }

    // MARK: The table

    /// What a layer may import of ours, and which products of other packages.
    struct Layer: Sendable {
        var targets: Set<String>
        var products: Set<String> = []
        var needsNoPackage: Bool { products.isEmpty }
    }

    static let drivers = "Driver"
    /// Names that stand for several targets.
    static func isDriver(_ name: String) -> Bool { name.hasSuffix(drivers) }
    static let everything: Set<String> = [
        "XDR", "Libvirt", "VirtUtil", "VirtConf", "VMX", "VirtRPC", "VirtNet", "LibvirtRemote", "VirtDaemon",
    ]

    static let layers: [String: Layer] = [
        "XDRLanguage": Layer(targets: []),
        "SwiftStubs": Layer(targets: ["XDRLanguage"]),
        "xdrgen": Layer(targets: ["XDRLanguage", "SwiftStubs"]),
        "XDR": Layer(targets: []),
        "Libvirt": Layer(targets: ["XDR"]),
        "VirtUtil": Layer(targets: ["Libvirt"], products: ["Subprocess", "SystemPackage", "Logging", "Collections", "DequeModule"]),
        "VirtConf": Layer(targets: ["Libvirt", "VirtUtil"], products: ["Collections", "OrderedCollections"]),
        "VMX": Layer(targets: ["Libvirt", "VirtUtil", "VirtConf"]),
        "VirtRPC": Layer(targets: ["XDR", "Libvirt"], products: ["Collections", "DequeModule"]),
        "VirtNet": Layer(
            targets: ["XDR", "Libvirt", "VirtRPC"],
            products: ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOConcurrencyHelpers", "Logging", "Subprocess", "SystemPackage"]),
        "LibvirtRemote": Layer(targets: ["XDR", "Libvirt", "VirtRPC", "VirtNet"], products: ["Logging"]),
        "VirtDaemon": Layer(
            targets: ["XDR", "Libvirt", "VirtUtil", "VirtConf", "VMX", "VirtRPC", "VirtNet", "LibvirtRemote"],
            products: ["Logging", "Metrics", "ServiceLifecycle", "Collections", "DequeModule", "SystemPackage"]),
        "virtsh": Layer(targets: ["LibvirtRemote"], products: ["ArgumentParser"]),
    ]

    static func layer(of target: Target, in all: [Target]) -> Layer? {
        if isDriver(target.name) {
            let allowed: Set<String> = ["Libvirt", "VirtUtil", "VirtConf"]
            let isVMware = ["ESXDriver", "VMwareDriver"].contains(target.name)
            let isWebClient = ["ESXDriver", "HyperVDriver"].contains(target.name)
            return Layer(
                targets: allowed.union(isVMware ? ["VMX"] : []),
                products: Set(["Collections", "OrderedCollections", "Logging", "Subprocess", "SystemPackage"])
                    .union(isWebClient ? ["AsyncHTTPClient"] : []))
        }
        if target.name == "virtd" {
            return Layer(
                targets: everything.union(all.map(\.name).filter(isDriver)),
                products: ["Logging", "ArgumentParser", "Metrics", "ServiceLifecycle", "SystemPackage"])
        }
        return layers[target.name]
    }

    /// Arrows that the manifest has and the table does not, until one of the two is changed. An entry whose arrow is
    /// gone fails the test.
    static let deviations: [String: Set<String>] = [
        // XDR: `OpaqueData` is in the API's signatures, and its members need its module. CLibXML2: XPath over XML.
        "virtsh": ["XDR", "CLibXML2"]
    ]

    // MARK: The checks

    /// Libraries of the system, in C: who may see which.
    static let systems: [String: @Sendable (String) -> Bool] = [
        "CGnuTLS": { $0 == "VirtNet" },
        "CSASL": { $0 == "VirtNet" },
        "CLibXML2": { $0 == "VirtUtil" },
        "CVirtLinux": { ["VirtUtil", "VirtNet"].contains($0) || isDriver($0) },
    ]

    /// Tools and libraries of the tests are none.
    static func isLayer(_ target: Target) -> Bool {
        ["regular", "executable"].contains(target.type) && !target.path.hasPrefix("Tests/")
    }

    @Test func testSupportStaysInTests() async throws {
        let all = try await Self.targets.value
        let support = Set(all.filter { $0.path.hasPrefix("Tests/") }.map(\.name))
        for target in all where Self.isLayer(target) { #expect(target.targets.isDisjoint(with: support), "\(target.name)") }
    }

    @Test func arrowsGoWhereTheyMay() async throws {
        let all = try await Self.targets.value
        let systems = Set(all.filter { $0.path.hasPrefix("Sources/Systems/") }.map(\.name))
        for target in all where Self.isLayer(target) && !systems.contains(target.name) {
            let deviations = Self.deviations[target.name] ?? []
            #expect(deviations.isSubset(of: target.targets), "\(target.name) does not deviate any more")
            guard let layer = Self.layer(of: target, in: all) else {
                Issue.record("\(target.name) is in no layer: add it to the table, there and in docs/architecture.md")
                continue
            }
            let wrong = target.targets.subtracting(layer.targets).subtracting(systems).subtracting(deviations)
            #expect(wrong == [], "\(target.name) must not import these")
            #expect(target.products.subtracting(layer.products) == [], "\(target.name) must not use these packages")
            for system in target.targets.intersection(systems).subtracting(deviations) {
                // A library of the system that the table does not list is a driver's own.
                #expect(
                    Self.systems[system]?(target.name) ?? Self.isDriver(target.name), "\(target.name) must not see \(system)")
            }
        }
    }

    @Test func driversNeverImportEachOther() async throws {
        for target in try await Self.targets.value where Self.isDriver(target.name) && target.type == "regular" {
            #expect(target.targets.filter(Self.isDriver) == [])
            #expect(target.path.hasPrefix("Sources/Drivers/"))
        }
    }

    /// The plugin's tool is built for the host and for the target: it drags nothing with it.
    @Test func theGeneratorNeedsNothing() async throws {
        for target in try await Self.targets.value where target.path.hasPrefix("Generator/Sources") {
            #expect(target.products == [])
            #expect(target.plugins == [])
            #expect(target.targets.isSubset(of: ["XDRLanguage", "SwiftStubs"]))
        }
    }

    @Test func onlyVirtdNamesDrivers() async throws {
        for target in try await Self.targets.value where Self.isLayer(target) && target.name != "virtd" {
            #expect(target.targets.filter(Self.isDriver) == [], "\(target.name)")
        }
    }

    /// Arrows point one way only.
    @Test func tableHasNoCycle() {
        var done: Set<String> = []
        while let next = Self.layers.first(where: { !done.contains($0.key) && $0.value.targets.isSubset(of: done) }) {
            done.insert(next.key)
        }
        #expect(Set(Self.layers.keys).subtracting(done) == [])
    }

    /// In the generator, the SDK and the daemon, all of Foundation costs too much.
    @Test func noFoundation() async throws {
        let targets = try await Self.targets.value.filter(Self.isLayer)
        for target in targets {
            let folder = Self.root.appending(path: target.path)
            let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
            for file in files where file.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                let lines = text.split(separator: "\n").filter { $0.contains("import") }
                let isImported = lines.contains { line in
                    let words = line.split(separator: " ")
                    return words.last == "Foundation" && words.contains("import")
                }
                #expect(!isImported, "\(target.path)/\(file) imports Foundation; FoundationEssentials at most")
            }
        }
    }
}
