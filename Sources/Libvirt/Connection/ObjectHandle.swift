public import XDR

/// What names an object on the wire.
public protocol ObjectReference: XDRCodable {
    /// Whether two references name the same object: by UUID where there is one.
    func isSame(as other: Self) -> Bool
    /// The name that the old array calls list.
    var listedName: String { get }
    /// `domain`, `network` …: the object of access rules.
    static var accessObject: String { get }
}

/// An object of a connection, with its methods.
public protocol ObjectHandle: Sendable, CustomStringConvertible {
    associatedtype Reference: ObjectReference
    var connection: Connection { get }
    var reference: Reference { get }
    init(connection: Connection, reference: Reference)
}

extension ObjectHandle {
    public var description: String { "\(Self.self)(\(reference.listedName))" }
}

extension DomainRef: ObjectReference {
    public func isSame(as other: DomainRef) -> Bool { uuid == other.uuid }
    public var listedName: String { name }
    public static var accessObject: String { "domain" }
}
extension NetworkRef: ObjectReference {
    public func isSame(as other: NetworkRef) -> Bool { uuid == other.uuid }
    public var listedName: String { name }
    public static var accessObject: String { "network" }
}
extension NetworkPortRef: ObjectReference {
    public func isSame(as other: NetworkPortRef) -> Bool { uuid == other.uuid && net.isSame(as: other.net) }
    public var listedName: String { uuid.description }
    public static var accessObject: String { "network_port" }
}
extension InterfaceRef: ObjectReference {
    public func isSame(as other: InterfaceRef) -> Bool { name == other.name }
    public var listedName: String { name }
    public static var accessObject: String { "interface" }
}
extension StoragePoolRef: ObjectReference {
    public func isSame(as other: StoragePoolRef) -> Bool { uuid == other.uuid }
    public var listedName: String { name }
    public static var accessObject: String { "storage_pool" }
}
extension StorageVolumeRef: ObjectReference {
    public func isSame(as other: StorageVolumeRef) -> Bool { key == other.key }
    public var listedName: String { name }
    public static var accessObject: String { "storage_vol" }
}
extension NodeDeviceRef: ObjectReference {
    public func isSame(as other: NodeDeviceRef) -> Bool { name == other.name }
    public var listedName: String { name }
    public static var accessObject: String { "node_device" }
}
extension NWFilterRef: ObjectReference {
    public func isSame(as other: NWFilterRef) -> Bool { uuid == other.uuid }
    public var listedName: String { name }
    public static var accessObject: String { "nwfilter" }
}
extension NWFilterBindingRef: ObjectReference {
    public func isSame(as other: NWFilterBindingRef) -> Bool { portdev == other.portdev }
    public var listedName: String { portdev }
    public static var accessObject: String { "nwfilter_binding" }
}
extension SecretRef: ObjectReference {
    public func isSame(as other: SecretRef) -> Bool { uuid == other.uuid }
    public var listedName: String { uuid.description }
    public static var accessObject: String { "secret" }
}
extension DomainSnapshotRef: ObjectReference {
    public func isSame(as other: DomainSnapshotRef) -> Bool { name == other.name && dom.isSame(as: other.dom) }
    public var listedName: String { name }
    public static var accessObject: String { "domain" }
}
extension DomainCheckpointRef: ObjectReference {
    public func isSame(as other: DomainCheckpointRef) -> Bool { name == other.name && dom.isSame(as: other.dom) }
    public var listedName: String { name }
    public static var accessObject: String { "domain" }
}
extension AdminServerRef: ObjectReference {
    public func isSame(as other: AdminServerRef) -> Bool { name == other.name }
    public var listedName: String { name }
    public static var accessObject: String { "admin" }
}
extension AdminClientRef: ObjectReference {
    public func isSame(as other: AdminClientRef) -> Bool { id == other.id && srv.isSame(as: other.srv) }
    public var listedName: String { String(id) }
    public static var accessObject: String { "admin" }
}

extension Domain {
    public var name: String { reference.name }
    public var uuid: UUID { reference.uuid }
    /// The number of the running domain; -1 if it did not run when the handle was made.
    public var id: Int32 { reference.id }
}
extension Network {
    public var name: String { reference.name }
    public var uuid: UUID { reference.uuid }
}
extension StoragePool {
    public var name: String { reference.name }
    public var uuid: UUID { reference.uuid }
}
extension StorageVolume {
    public var name: String { reference.name }
    public var key: String { reference.key }
}
