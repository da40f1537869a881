// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "inventory",
    platforms: [.macOS(.v26)],
    dependencies: [
        // Outside of the repository: .package(url: "…/swift-libvirt.git", from: "…").
        .package(name: "swift-libvirt", path: "../..")
    ],
    targets: [
        // ONC RPC over TCP; its messages are generated from Protocol/onc-rpc.x.
        .target(
            name: "ONCRPC", dependencies: [.product(name: "XDR", package: "swift-libvirt")],
            exclude: ["xdrgen.options"], plugins: [.plugin(name: "XDRGenPlugin", package: "swift-libvirt")]),
        // The program, all of it generated from Protocol/inventory.x.
        .target(
            name: "Inventory", dependencies: [.product(name: "XDR", package: "swift-libvirt")],
            exclude: ["xdrgen.options"], plugins: [.plugin(name: "XDRGenPlugin", package: "swift-libvirt")]),
        .executableTarget(
            name: "inventory-server",
            dependencies: ["Inventory", "ONCRPC", .product(name: "XDR", package: "swift-libvirt")]),
        .executableTarget(
            name: "inventory-client",
            dependencies: ["Inventory", "ONCRPC", .product(name: "XDR", package: "swift-libvirt")]),
    ],
    swiftLanguageModes: [.v6]
)
