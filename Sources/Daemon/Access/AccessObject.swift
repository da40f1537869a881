internal import Libvirt

/// An object that access is asked about, with the attributes by which rules know it.
package struct AccessObject: Sendable, Hashable {
    /// As `@acl` names it, and libvirt's polkit actions with hyphens.
    package enum Kind: String, Sendable, CaseIterable {
        case connect, domain, interface, network, nwfilter, secret
        case networkPort = "network_port"
        case nodeDevice = "node_device"
        case nwfilterBinding = "nwfilter_binding"
        case storagePool = "storage_pool"
        case storageVolume = "storage_vol"
    }

    package struct Attribute: Sendable, Hashable {
        package let name: String
        package let value: String

        /// By bytes: two names that only look alike are two objects'.
        package static func == (left: Attribute, right: Attribute) -> Bool {
            left.name.utf8.elementsEqual(right.name.utf8) && left.value.utf8.elementsEqual(right.value.utf8)
        }

        package func hash(into hasher: inout Hasher) {
            for byte in value.utf8 { hasher.combine(byte) }
        }
    }

    package let kind: Kind
    /// In the order and with the names in which libvirt hands them to polkit.
    package let attributes: [Attribute]
    /// Its own name, if it has one: a rule's `name`.
    package let name: String?
    /// Its own UUID: a rule's `uuid`.
    package let uuid: String?

    package init(_ kind: Kind, name: String? = nil, uuid: String? = nil, attributes: [(String, String?)] = []) {
        self.kind = kind
        self.name = name
        self.uuid = uuid
        self.attributes = attributes.compactMap { name, value in value.map { Attribute(name: name, value: $0) } }
    }

    package static func == (left: AccessObject, right: AccessObject) -> Bool {
        left.kind == right.kind && left.attributes == right.attributes
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(attributes) }

    package static let connection = AccessObject(.connect)

    /// The value of an attribute; nil if the object has none.
    package func value(of name: String) -> String? { attributes.first { $0.name == name }?.value }

    // MARK: Kinds of objects

    static func domain(name: String?, uuid: String?) -> AccessObject {
        AccessObject(.domain, name: name, uuid: uuid, attributes: [("domain_name", name), ("domain_uuid", uuid)])
    }

    static func network(name: String?, uuid: String?) -> AccessObject {
        AccessObject(.network, name: name, uuid: uuid, attributes: [("network_name", name), ("network_uuid", uuid)])
    }

    static func networkPort(of network: NetworkRef, uuid: String?) -> AccessObject {
        AccessObject(
            .networkPort, uuid: uuid,
            attributes: [
                ("network_name", network.name), ("network_uuid", network.uuid.description), ("port_uuid", uuid),
            ])
    }

    static func interface(name: String?, mac: String?) -> AccessObject {
        AccessObject(.interface, name: name, attributes: [("interface_name", name), ("interface_macaddr", mac)])
    }

    static func storagePool(name: String?, uuid: String?) -> AccessObject {
        AccessObject(.storagePool, name: name, uuid: uuid, attributes: [("pool_name", name), ("pool_uuid", uuid)])
    }

    static func storageVolume(of pool: StoragePoolRef, name: String?, key: String?) -> AccessObject {
        AccessObject(
            .storageVolume, name: name,
            attributes: [
                ("pool_name", pool.name), ("pool_uuid", pool.uuid.description), ("vol_name", name), ("vol_key", key),
            ])
    }

    static func nodeDevice(name: String?) -> AccessObject {
        AccessObject(.nodeDevice, name: name, attributes: [("node_device_name", name)])
    }

    static func nwfilter(name: String?, uuid: String?) -> AccessObject {
        AccessObject(.nwfilter, name: name, uuid: uuid, attributes: [("nwfilter_name", name), ("nwfilter_uuid", uuid)])
    }

    static func nwfilterBinding(port: String?, link: String?, filter: String?) -> AccessObject {
        AccessObject(
            .nwfilterBinding, name: port,
            attributes: [
                ("nwfilter_binding_portdev", port), ("nwfilter_binding_linkdev", link),
                ("nwfilter_binding_filter", filter),
            ])
    }

    static func secret(uuid: String?, usage: SecretUsageType, id: String?) -> AccessObject {
        let attribute: String? =
            switch usage {
            case .volume: "secret_usage_volume"
            case .ceph: "secret_usage_ceph"
            case .iscsi: "secret_usage_target"
            case .tls, .vtpm: "secret_usage_name"
            default: nil
            }
        let named = attribute.flatMap { name in id.map { (name, Optional($0)) } }
        return AccessObject(.secret, uuid: uuid, attributes: [("secret_uuid", uuid)] + (named.map { [$0] } ?? []))
    }
}
