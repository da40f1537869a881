internal import Libvirt

/// What rules can speak of.
enum AccessPermissions {
    /// Every `object:permission` of the protocol.
    static let all: Set<AccessRule.Name> = {
        let procedures = RemoteProgram.procedures + QEMUProgram.procedures + LXCProgram.procedures
        let rules = procedures.flatMap { $0.access + ($0.filter.map { [$0] } ?? []) }
        return Set(rules.map { AccessRule.Name(object: $0.object, permission: $0.permission) })
    }()

    /// Attributes of objects, and which kinds have them.
    static let attributes: [String: Set<AccessObject.Kind>] = [
        "name": [
            .domain, .interface, .network, .nwfilter, .nodeDevice, .nwfilterBinding, .storagePool, .storageVolume,
        ],
        "uuid": [.domain, .network, .nwfilter, .secret, .networkPort, .storagePool],
        "connect_driver": Set(AccessObject.Kind.allCases),
        "domain_name": [.domain], "domain_uuid": [.domain],
        "interface_name": [.interface], "interface_macaddr": [.interface],
        "network_name": [.network, .networkPort], "network_uuid": [.network, .networkPort],
        "port_uuid": [.networkPort], "node_device_name": [.nodeDevice],
        "nwfilter_name": [.nwfilter], "nwfilter_uuid": [.nwfilter],
        "nwfilter_binding_portdev": [.nwfilterBinding], "nwfilter_binding_linkdev": [.nwfilterBinding],
        "nwfilter_binding_filter": [.nwfilterBinding],
        "secret_uuid": [.secret], "secret_usage_volume": [.secret], "secret_usage_ceph": [.secret],
        "secret_usage_target": [.secret], "secret_usage_name": [.secret],
        "pool_name": [.storagePool, .storageVolume], "pool_uuid": [.storagePool, .storageVolume],
        "vol_name": [.storageVolume], "vol_key": [.storageVolume],
    ]
}

extension AccessRule {
    /// A permission by its full name.
    struct Name: Sendable, Hashable {
        let object: String
        let permission: String
    }
}

extension AccessRule.Permission {
    func covers(_ name: AccessRule.Name) -> Bool {
        object.matches(name.object) && permission.matches(name.permission)
    }
}
