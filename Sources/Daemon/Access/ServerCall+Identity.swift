internal import Libvirt

/// From a client's reference to the object that the driver has.
extension ServerCall {
    /// Looks the object up as libvirt's drivers do: by UUID where there is one, else by name.
    ///
    /// - Returns: the reference as the driver has it, and what access is asked about.
    /// - Throws: the driver's error if there is no such object.
    func identify<Reference: ObjectReference>(_ reference: Reference) async throws -> (Reference, AccessObject) {
        let found = try await lookUp(reference)
        guard let same = found as? Reference else { throw AccessControl.denied(info.api) }
        return try await describe(same)
    }

    private func lookUp(_ reference: any ObjectReference) async throws -> any ObjectReference {
        let roles = try roles
        switch reference {
        case let domain as DomainRef:
            return try await role(roles.domainListing, info.api).domainLookupByUUID(uuid: domain.uuid)
        case var snapshot as DomainSnapshotRef:
            snapshot.dom = try await role(roles.domainListing, info.api).domainLookupByUUID(uuid: snapshot.dom.uuid)
            return snapshot
        case var checkpoint as DomainCheckpointRef:
            checkpoint.dom = try await role(roles.domainListing, info.api).domainLookupByUUID(uuid: checkpoint.dom.uuid)
            return checkpoint
        case let network as NetworkRef:
            return try await role(roles.networks, info.api).networkLookupByUUID(uuid: network.uuid)
        case let port as NetworkPortRef:
            let network = try await role(roles.networks, info.api).networkLookupByUUID(uuid: port.net.uuid)
            return try await role(roles.networkPorts, info.api).networkPortLookupByUUID(network, uuid: port.uuid)
        case let interface as InterfaceRef:
            return try await role(roles.interfaces, info.api).interfaceLookupByName(name: interface.name)
        case let pool as StoragePoolRef:
            return try await role(roles.storagePools, info.api).storagePoolLookupByUUID(uuid: pool.uuid)
        case let volume as StorageVolumeRef:
            let pool = try await role(roles.storagePools, info.api).storagePoolLookupByName(name: volume.pool)
            return try await role(roles.storageVolumes, info.api).storageVolLookupByName(pool, name: volume.name)
        case let device as NodeDeviceRef:
            return try await role(roles.nodeDevices, info.api).nodeDeviceLookupByName(name: device.name)
        case let filter as NWFilterRef:
            return try await role(roles.nwFilters, info.api).nwfilterLookupByUUID(uuid: filter.uuid)
        case let binding as NWFilterBindingRef:
            return try await role(roles.nwFilterBindings, info.api).nwfilterBindingLookupByPortDev(
                name: binding.portdev)
        case let secret as SecretRef:
            return try await role(roles.secrets, info.api).secretLookupByUUID(uuid: secret.uuid)
        default: throw AccessControl.denied(info.api)
        }
    }

    /// What access is asked about, for a reference that the driver has given.
    func describe<Reference: ObjectReference>(_ reference: Reference) async throws -> (Reference, AccessObject) {
        switch reference {
        case let volume as StorageVolumeRef:
            // The reference has no UUID of the pool.
            let pool = try await role(try roles.storagePools, info.api).storagePoolLookupByName(name: volume.pool)
            return (reference, .storageVolume(of: pool, name: volume.name, key: volume.key))
        case let binding as NWFilterBindingRef:
            // Which device of the host it is bound to, only the definition says.
            let xml = try? await role(try roles.nwFilterBindings, info.api).nwfilterBindingGetXMLDesc(binding, flags: 0)
            let defined = xml.flatMap { try? AccessObject.defined(.nwfilterBinding, by: $0) }
            let link = defined?.value(of: "nwfilter_binding_linkdev")
            return (reference, .nwfilterBinding(port: binding.portdev, link: link, filter: binding.filtername))
        default: return (reference, try AccessObject.plain(reference))
        }
    }

    /// Volumes of a list, which are mostly of one pool.
    func describe(volumes list: [some ObjectReference]) async throws -> [AccessObject] {
        var pools: [String: StoragePoolRef] = [:]
        var objects: [AccessObject] = []
        objects.reserveCapacity(list.count)
        for case let volume as StorageVolumeRef in list {
            let pool: StoragePoolRef
            if let known = pools[volume.pool] {
                pool = known
            } else {
                pool = try await role(try roles.storagePools, info.api).storagePoolLookupByName(name: volume.pool)
                pools[volume.pool] = pool
            }
            objects.append(.storageVolume(of: pool, name: volume.name, key: volume.key))
        }
        return objects
    }
}

extension AccessObject {
    /// What a reference says by itself.
    static func plain(_ reference: any ObjectReference) throws -> AccessObject {
        switch reference {
        case let domain as DomainRef: .domain(name: domain.name, uuid: domain.uuid.description)
        case let snapshot as DomainSnapshotRef: .domain(name: snapshot.dom.name, uuid: snapshot.dom.uuid.description)
        case let checkpoint as DomainCheckpointRef:
            .domain(name: checkpoint.dom.name, uuid: checkpoint.dom.uuid.description)
        case let network as NetworkRef: .network(name: network.name, uuid: network.uuid.description)
        case let port as NetworkPortRef: .networkPort(of: port.net, uuid: port.uuid.description)
        case let interface as InterfaceRef: .interface(name: interface.name, mac: interface.mac)
        case let pool as StoragePoolRef: .storagePool(name: pool.name, uuid: pool.uuid.description)
        case let device as NodeDeviceRef: .nodeDevice(name: device.name)
        case let filter as NWFilterRef: .nwfilter(name: filter.name, uuid: filter.uuid.description)
        case let secret as SecretRef:
            .secret(uuid: secret.uuid.description, usage: secret.usageType, id: secret.usageID)
        default: throw VirtError(.internalError, domain: .access, "an object that no access rule knows")
        }
    }
}
