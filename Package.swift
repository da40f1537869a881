// swift-tools-version: 6.2
import Foundation
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// `scripts/fuzz` builds some modules so that libFuzzer, which it names, sees where a text leads in them.
let fuzzer = Context.environment["VIRT_FUZZ"]
/// More of swiftc's sanitizers to build them with: `address`.
let fuzzedWith = (["fuzzer"] + (Context.environment["VIRT_FUZZ_WITH"].map { [$0] } ?? [])).joined(separator: ",")
let fuzzedSettings =
    swiftSettings + (fuzzer == nil ? [] : [.unsafeFlags(["-sanitize=\(fuzzedWith)", "-parse-as-library"])])
/// Whatever is linked with such a module needs the library: the generator too, which runs in the build.
let fuzzedLinking: [LinkerSetting] =
    fuzzer.map { library in
        let sanitizer = Context.environment["VIRT_FUZZ_WITH"].map { ["-sanitize=\($0)"] } ?? []
        return [.unsafeFlags(sanitizer + [library, "-lstdc++"])]
    } ?? []

/// A module under `Sources/`, in the folder of its own.
func module(
    _ name: String, folder: String, _ dependencies: [Target.Dependency], plugins: [Target.PluginUsage]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(folder)", exclude: readme(in: "Sources/\(folder)") + (plugins == nil ? [] : ["xdrgen.options"]),
        swiftSettings: name == "VirtNet" ? swiftSettings : fuzzedSettings, plugins: plugins)
}

/// A driver: it imports the public API, the utilities and the definitions, and nothing else of ours.
///
/// This is the one place that says so. `systems` are C libraries and packages that the driver talks to.
func driver(_ folder: String, systems: [Target.Dependency] = []) -> Target {
    module("\(folder)Driver", folder: "Drivers/\(folder)", ["Libvirt", "VirtUtil", "VirtConf"] + systems)
}

func tool(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings, linkerSettings: fuzzedLinking)
}

func tests(
    _ name: String, folder: String? = nil, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource] = [], plugins: [Target.PluginUsage]? = nil
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(folder ?? name)",
        exclude: readme(in: "Tests/\(folder ?? name)") + exclude,
        resources: resources, swiftSettings: swiftSettings, plugins: plugins)
}

/// A module's page stands in its folder and is not compiled.
func readme(in folder: String) -> [String] {
    FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(folder)/README.md") ? ["README.md"] : []
}

/// Tests/SwiftStubs/Goldens: a `.x` file each, and the Swift that comes of it, which is compiled into the tests.
let goldens = ["annotations", "enums", "lists", "names", "recursion", "scalars", "unions", "versions"]

/// Programs that libFuzzer runs in, and where what they do stands.
let fuzzers: [Target] =
    fuzzer == nil
    ? []
    : [
        "definitions": "FuzzTargets", "decoder": "FuzzTargets", "framer": "FuzzTargets", "uri": "FuzzTargets",
        "language": "FuzzTargets", "configuration": "PeerFuzzTargets", "server": "PeerFuzzTargets",
        "client": "PeerFuzzTargets",
    ].map { name, library in
        .executableTarget(
            name: "fuzz-\(name)", dependencies: ["FuzzDriver", .target(name: library)], path: "Fuzz/\(name)",
            swiftSettings: fuzzedSettings, linkerSettings: fuzzedLinking)
    } + [.target(name: "FuzzDriver", path: "Fuzz/Driver", swiftSettings: swiftSettings)]

let package = Package(
    name: "swift-libvirt",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "XDR", targets: ["XDR"]),
        .library(name: "LibvirtRemote", targets: ["LibvirtRemote"]),
        .library(name: "XDRLanguage", targets: ["XDRLanguage"]),
        .executable(name: "xdrgen", targets: ["xdrgen"]),
        .executable(name: "virtd", targets: ["virtd"]),
        .executable(name: "virtsh", targets: ["virtsh"]),
        .plugin(name: "XDRGenPlugin", targets: ["XDRGenPlugin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
    ],
    targets: [
        // The generator: no runtime module, no package.
        .target(name: "XDRLanguage", path: "Generator/Sources/XDRLanguage", swiftSettings: fuzzedSettings),
        .target(
            name: "SwiftStubs", dependencies: ["XDRLanguage"], path: "Generator/Sources/SwiftStubs",
            swiftSettings: fuzzedSettings),
        tool("xdrgen", path: "Generator/Sources/xdrgen", ["XDRLanguage", "SwiftStubs"]),
        .plugin(
            name: "XDRGenPlugin", capability: .buildTool(), dependencies: ["xdrgen"],
            path: "Generator/Plugins/XDRGenPlugin"),

        // Libraries of the system.
        .systemLibrary(
            name: "CGnuTLS", path: "Sources/Systems/CGnuTLS", pkgConfig: "gnutls",
            providers: [.apt(["libgnutls28-dev"]), .brew(["gnutls"])]),
        .systemLibrary(
            name: "CLibXML2", path: "Sources/Systems/CLibXML2", pkgConfig: "libxml-2.0",
            providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
        .systemLibrary(
            name: "CSASL", path: "Sources/Systems/CSASL", pkgConfig: "libsasl2",
            providers: [.apt(["libsasl2-dev"]), .brew(["cyrus-sasl"])]),
        .target(name: "CVirtLinux", path: "Sources/Systems/CVirtLinux"),

        // The layers, lowest first. docs/architecture.md says what each must not know.
        module("XDR", folder: "XDR", []),
        module("Libvirt", folder: "Libvirt", ["XDR"], plugins: ["XDRGenPlugin"]),
        module("VirtUtil", folder: "Util", ["Libvirt", "CLibXML2", "CVirtLinux", deque]),
        module("VirtConf", folder: "Conf", ["Libvirt", "VirtUtil"]),
        driver("Test"),
        module("VirtRPC", folder: "RPC", ["XDR", "Libvirt"]),
        module(
            "VirtNet", folder: "Net", ["XDR", "VirtRPC", "CGnuTLS", "CSASL", "CVirtLinux", nioCore, nioPosix, nioHTTP]),
        module(
            "LibvirtRemote", folder: "Remote", ["XDR", "Libvirt", "VirtRPC", "VirtNet"], plugins: ["XDRGenPlugin"]),
        module(
            "VirtDaemon", folder: "Daemon", ["XDR", "Libvirt", "VirtUtil", "VirtRPC", "VirtNet", logging, deque],
            plugins: ["XDRGenPlugin"]),
        tool(
            "virtd", path: "Sources/Tools/virtd",
            ["Libvirt", "VirtConf", "VirtDaemon", "LibvirtRemote", "TestDriver", logging, argumentParser]),
        tool("virtsh", path: "Sources/Tools/virtsh", ["LibvirtRemote", "XDR", "CLibXML2", argumentParser]),

        .target(
            name: "RPCTesting", dependencies: ["XDR", "Libvirt", "VirtRPC"], path: "Tests/RPCTesting",
            swiftSettings: swiftSettings),
        .target(name: "TestProcesses", path: "Tests/Support/Processes", swiftSettings: swiftSettings),
        // Our daemon's dispatch in front of our remote driver, for tests of both against a real libvirtd.
        .target(
            name: "Gateway", dependencies: ["Libvirt", "LibvirtRemote"], path: "Tests/Gateway",
            swiftSettings: swiftSettings),
        tool(
            "virt-gateway", path: "Tests/Support/virt-gateway",
            ["Libvirt", "VirtRPC", "VirtNet", "VirtDaemon", "Gateway", logging]),
        tests(
            "RealDaemon", ["XDR", "Libvirt", "VirtRPC", "VirtDaemon", "LibvirtRemote", "Gateway", "XDRLanguage",
                "TestProcesses", logging,
            ]),
        tool("virt-soak", path: "Tests/Support/virt-soak", ["LibvirtRemote", argumentParser]),
        tests("Hostile", ["XDR", "Libvirt", "VirtRPC", "LibvirtRemote", "TestProcesses"]),
        tests(
            "Authentication",
            ["XDR", "Libvirt", "VirtRPC", "VirtNet", "LibvirtRemote", "VirtDaemon", "RPCTesting", "TestProcesses", logging]),
        tests(
            "Access",
            [
                "XDR", "Libvirt", "VirtUtil", "VirtConf", "VirtRPC", "VirtDaemon", "XDRLanguage", "TestProcesses", logging,
            ],
            exclude: ["Polkit"]),
        tests("Tutorial", ["LibvirtRemote", "TestProcesses"]),
        tests("Simulation", ["LibvirtRemote", "TestProcesses"]),
        tests("Service", ["LibvirtRemote", "TestProcesses"], exclude: ["activation.py", "admin.py", "notify.py"]),
        tests("Connections", ["XDR", "Libvirt", "VirtRPC", "VirtNet", "LibvirtRemote", "TestProcesses"]),
        tests("RPC", ["XDR", "Libvirt", "VirtRPC", "RPCTesting"]),
        tests("Remote", ["XDR", "Libvirt", "VirtRPC", "VirtNet", "LibvirtRemote", "RPCTesting"]),
        tests("XDR", ["XDR"]),
        tests("Virtsh", folder: "Tools", ["virtsh", "LibvirtRemote", "TestProcesses"]),
        tests("Daemon", ["Libvirt", "VirtDaemon", logging]),
        tests("XDRLanguage", ["XDRLanguage"]),
        tests(
            "SwiftStubs", ["SwiftStubs", "XDRLanguage", "XDR", "TestProcesses"],
            exclude: goldens.map { "Goldens/\($0).x" }),
        tests("Protocol", ["XDRLanguage", "TestProcesses"]),
        tests("Package", ["TestProcesses"]),
        tests(
            "Oracle", ["XDR", "Libvirt", "XDRLanguage", "TestProcesses"], exclude: ["xdrgen.options"], plugins: ["XDRGenPlugin"]),
        tests(
            "VirtNet", folder: "Net", ["VirtNet", "VirtRPC", "XDR", "CGnuTLS", "CVirtLinux", nioCore, nioEmbedded]),
        tests("Util", ["VirtUtil"]),
        .target(
            name: "FuzzTargets",
            dependencies: ["XDR", "Libvirt", "VirtUtil", "VirtConf", "VirtRPC", "XDRLanguage", "SwiftStubs"],
            path: "Tests/Support/FuzzTargets", exclude: ["xdrgen.options"], swiftSettings: fuzzedSettings,
            plugins: ["XDRGenPlugin"]),
        .target(
            name: "PeerFuzzTargets",
            dependencies: [
                "FuzzTargets", "XDR", "Libvirt", "VirtRPC", "LibvirtRemote", "VirtDaemon", "TestDriver", logging,
            ], path: "Tests/Support/PeerFuzzTargets", swiftSettings: fuzzedSettings),
        tests("Fuzz", ["FuzzTargets", "PeerFuzzTargets"]),
        tests("Conf", ["VirtUtil", "VirtConf"], exclude: ["Cases"]),
        tests("TestDriver", ["Libvirt", "XDR", "VirtUtil", "VirtConf", "TestDriver"]),
    ] + fuzzers,
    swiftLanguageModes: [.v6]
)
