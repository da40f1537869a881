import Libvirt
import Synchronization

/// A driver that has two objects of each kind, `probe` and `hidden`, and can only find and list them: whatever else is
/// asked of it is "not supported", which shows that it was asked.
struct PresentDriver: Driver {
    let name = "Present"
    let schemes: Set<String> = ["present"]
    let connection = PresentConnection()
    var connectionType: any DriverConnection.Type { PresentConnection.self }

    func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection { connection }
}

final class PresentConnection: DriverConnection {
    static var isNonBlocking: Bool { true }
    var eventKinds: Set<EventKind> { Set(EventKind.allCases) }
    private let handler = Mutex<(@Sendable (HostEvent) -> Void)?>(nil)

    func setEventHandler(_ handler: (@Sendable (HostEvent) -> Void)?) { self.handler.withLock { $0 = handler } }
    func report(_ event: HostEvent) { handler.withLock { $0 }?(event) }
}

/// What there is.
enum Present {
    static let names = ["probe", "hidden"]
    static let probe = UUID(word0: 0x7ac0_9ff1_1cd1_44b5, word1: 0xb7b0_2b1f_2b9e_7a11)
    static let hidden = UUID(word0: 0x1111_1111_2222_3333, word1: 0x4444_5555_5555_5555)

    static func uuid(_ name: String) -> UUID { name == "probe" ? probe : hidden }

    static func named<Value>(_ name: String, _ make: (String) -> Value) throws -> Value {
        guard names.contains(name) else { throw VirtError(.noDomain, domain: .none, name) }
        return make(name)
    }

    static func identified<Value>(_ uuid: UUID, _ make: (String) -> Value) throws -> Value {
        guard let name = names.first(where: { self.uuid($0) == uuid }) else {
            throw VirtError(.noDomain, domain: .none, "\(uuid)")
        }
        return make(name)
    }

    static func domain(_ name: String) -> DomainRef {
        DomainRef(name: name, uuid: uuid(name), id: name == "probe" ? 1 : 2)
    }
    static func network(_ name: String) -> NetworkRef { NetworkRef(name: name, uuid: uuid(name)) }
    static func port(_ name: String) -> NetworkPortRef { NetworkPortRef(net: network("probe"), uuid: uuid(name)) }
    static func interface(_ name: String) -> InterfaceRef { InterfaceRef(name: name, mac: "52:54:00:00:00:01") }
    static func pool(_ name: String) -> StoragePoolRef { StoragePoolRef(name: name, uuid: uuid(name)) }
    static func volume(_ name: String) -> StorageVolumeRef {
        StorageVolumeRef(pool: "probe", name: name, key: "/pool/\(name)")
    }
    static func device(_ name: String) -> NodeDeviceRef { NodeDeviceRef(name: name) }
    static func filter(_ name: String) -> NWFilterRef { NWFilterRef(name: name, uuid: uuid(name)) }
    static func binding(_ name: String) -> NWFilterBindingRef { NWFilterBindingRef(portdev: name, filtername: "clean") }
    static func secret(_ name: String) -> SecretRef {
        SecretRef(uuid: uuid(name), usageType: .volume, usageID: "/secret/\(name)")
    }
    static func snapshot(_ name: String) -> DomainSnapshotRef { DomainSnapshotRef(name: "s", dom: domain(name)) }
    static func checkpoint(_ name: String) -> DomainCheckpointRef { DomainCheckpointRef(name: "c", dom: domain(name)) }

    /// A definition of an object of access rules.
    static func definition(_ object: String, _ name: String = "probe") -> String {
        let uuid = "<uuid>\(uuid(name))</uuid>"
        return switch object {
        case "network": "<network><name>\(name)</name>\(uuid)</network>"
        case "network_port": "<networkport>\(uuid)</networkport>"
        case "interface": "<interface type='ethernet' name='\(name)'><mac address='52:54:00:00:00:01'/></interface>"
        case "storage_pool": "<pool type='dir'><name>\(name)</name>\(uuid)</pool>"
        case "storage_vol": "<volume><name>\(name)</name></volume>"
        case "node_device": "<device><parent>computer</parent></device>"
        case "nwfilter": "<filter name='\(name)'>\(uuid)</filter>"
        case "nwfilter_binding": "<filterbinding><portdev name='\(name)'/><filterref filter='clean'/></filterbinding>"
        case "secret": "<secret>\(uuid)<usage type='volume'><volume>/secret/\(name)</volume></usage></secret>"
        default: "<domain type='test'><name>\(name)</name>\(uuid)</domain>"
        }
    }
}
