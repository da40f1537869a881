// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "swift-libvirt", path: "..")],
    targets: [
        .systemLibrary(
            name: "CLibTIRPC", path: "Sources/CLibTIRPC", pkgConfig: "libtirpc", providers: [.apt(["libtirpc-dev"])]),
        // What rpcgen makes of Protocol/codec.x, into the folder `generated` by run-codec.
        .target(name: "CTirpc", dependencies: ["CLibTIRPC"], path: "Sources/CTirpc", cSettings: [.unsafeFlags(["-w"])]),
        .executableTarget(
            name: "codec", dependencies: ["CTirpc", .product(name: "XDR", package: "swift-libvirt")],
            path: "Sources/codec", exclude: ["xdrgen.options"], swiftSettings: swiftSettings,
            plugins: [.plugin(name: "XDRGenPlugin", package: "swift-libvirt")]),
        .executableTarget(
            name: "calls", dependencies: [.product(name: "LibvirtRemote", package: "swift-libvirt")],
            path: "Sources/calls", swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
