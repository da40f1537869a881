public import XDR

/// Objects that have events.
public enum EventKind: String, Sendable, CaseIterable {
    case domain, network, storagePool, nodeDevice, secret

    /// The C function of a registration, for errors.
    package var registrationAPI: String {
        switch self {
        case .domain: "virConnectDomainEventRegisterAny"
        case .network: "virConnectNetworkEventRegisterAny"
        case .storagePool: "virConnectStoragePoolEventRegisterAny"
        case .nodeDevice: "virConnectNodeDeviceEventRegisterAny"
        case .secret: "virConnectSecretEventRegisterAny"
        }
    }
}

/// An event of one kind of object.
public protocol ObjectEvent: Sendable {
    associatedtype Object: ObjectReference
    var eventID: Int32 { get }
    var object: Object { get }
}

/// What a driver reports.
public enum HostEvent: Sendable {
    case domain(DomainEvent)
    case network(NetworkEvent)
    case storagePool(StoragePoolEvent)
    case nodeDevice(NodeDeviceEvent)
    case secret(SecretEvent)

    package var kind: EventKind {
        switch self {
        case .domain: .domain
        case .network: .network
        case .storagePool: .storagePool
        case .nodeDevice: .nodeDevice
        case .secret: .secret
        }
    }

    package var eventID: Int32 {
        switch self {
        case .domain(let event): event.eventID
        case .network(let event): event.eventID
        case .storagePool(let event): event.eventID
        case .nodeDevice(let event): event.eventID
        case .secret(let event): event.eventID
        }
    }

    /// Whether the event is about the object of a registration; every event is if it named none.
    package func concerns(_ object: (any ObjectReference)?) -> Bool {
        guard let object else { return true }
        switch self {
        case .domain(let event): return (object as? DomainRef).map(event.object.isSame) ?? false
        case .network(let event): return (object as? NetworkRef).map(event.object.isSame) ?? false
        case .storagePool(let event): return (object as? StoragePoolRef).map(event.object.isSame) ?? false
        case .nodeDevice(let event): return (object as? NodeDeviceRef).map(event.object.isSame) ?? false
        case .secret(let event): return (object as? SecretRef).map(event.object.isSame) ?? false
        }
    }

    /// The message for a registration by callback id.
    package func message(callbackID: Int32) -> EventMessage? {
        switch self {
        case .domain(let event): event.message(callbackID: callbackID)
        case .network(let event): event.message(callbackID: callbackID)
        case .storagePool(let event): event.message(callbackID: callbackID)
        case .nodeDevice(let event): event.message(callbackID: callbackID)
        case .secret(let event): event.message(callbackID: callbackID)
        }
    }

    /// The message of the generations before callback ids.
    package func plainMessage() -> EventMessage? {
        switch self {
        case .domain(let event): event.plainMessage()
        default: nil
        }
    }

    /// Decodes an event message of the remote program; nil if the number is none that we know.
    package static func decode(
        _ number: UInt32, from reader: inout XDRReader
    ) throws(XDRError) -> (callbackID: Int32, event: HostEvent)? {
        if let (id, event) = try DomainEvent.decode(number, from: &reader) { return (id, .domain(event)) }
        if let (id, event) = try NetworkEvent.decode(number, from: &reader) { return (id, .network(event)) }
        if let (id, event) = try StoragePoolEvent.decode(number, from: &reader) { return (id, .storagePool(event)) }
        if let (id, event) = try NodeDeviceEvent.decode(number, from: &reader) { return (id, .nodeDevice(event)) }
        if let (id, event) = try SecretEvent.decode(number, from: &reader) { return (id, .secret(event)) }
        return nil
    }
}

/// An event as a message of the remote program.
package struct EventMessage: Sendable {
    package let number: UInt32
    package let body: any XDRCodable

    package init(number: UInt32, body: any XDRCodable) {
        self.number = number
        self.body = body
    }
}
