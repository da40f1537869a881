import Inventory
import ONCRPC
import XDR

guard let port = CommandLine.arguments.dropFirst().first.flatMap({ UInt16($0) }) else {
    fatalError("usage: inventory-client PORT")
}
let channel = try ONCChannel(port: port)
let reader = Task { try await channel.run() }
let inventory = InventoryClient(channel)

try await inventory.null()
let bolts = InventoryItem(name: "bolts", count: 12, note: "third shelf", state: .inStock)
print("stored:", try await inventory.store(item: bolts, replaces: true))
print("stored:", try await inventory.store(item: bolts, replaces: false))
for name in ["bolts", "gears"] {
    switch try await inventory.find(name) {
    case .item(let item): print("found: \(item.name) \(item.count) \(item.note ?? "-") \(item.state.rawValue)")
    case .no: print("not found: \(name)")
    }
}
print("list:", try await inventory.list().map(\.name).joined(separator: " "))
do {
    _ = try await inventory.find(String(repeating: "x", count: 33))
} catch {
    // Refused before a byte is sent.
    print("refused:", error)
}
channel.close()
_ = await reader.result
