import Inventory
import ONCRPC
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The shelves, in memory. The protocol to fulfil is generated: one method for each procedure.
final class Shelves: InventoryService {
    private let items = Mutex<[String: InventoryItem]>([:])

    func null() async throws {}

    func store(item: InventoryItem, replaces: Bool) async throws -> UInt32 {
        items.withLock { items in
            var item = item
            if !replaces { item.count &+= items[item.name]?.count ?? 0 }
            items[item.name] = item
            return item.count
        }
    }

    func find(_ value: String) async throws -> InventoryLookup {
        items.withLock { $0[value] }.map { .item($0) } ?? .no
    }

    func list() async throws -> [InventoryItem] {
        items.withLock { $0.values.sorted { $0.name < $1.name } }
    }
}

let port = CommandLine.arguments.dropFirst().first.flatMap { UInt16($0) } ?? 0
let server = try ONCServer(port: port, tables: [InventoryProgram.table(Shelves())])
print("listening on port \(server.port)")
// Whoever reads that through a pipe waits for it.
fflush(nil)
try await server.run()
