internal import VirtUtil

/// Devices of a pseries machine's own bus, and slots for memory.
extension DomainDevices {
    mutating func assignSPAPRAddresses() throws(ConfError) {
        var taken: Set<UInt64> = []
        for index in interfaces.indices where interfaces[index].model == "spapr-vlan" {
            try interfaces[index].info.assignRegister(from: 0x1000, &taken)
        }
        for index in controllers.indices
        where controllers[index].kind == .scsi && controllers[index].model == "ibmvscsi" {
            try controllers[index].info.assignRegister(from: 0x2000, &taken)
        }
        for index in serials.indices where serials[index].target.type == "spapr-vio-serial" {
            try serials[index].info.assignRegister(from: 0x3000_0000, &taken)
        }
        if hasNVRAM { try nvram.assignRegister(from: 0x3000, &taken) }
    }

    /// Every bar of memory is in a slot of its own.
    ///
    /// - Parameter slots: How many there are.
    mutating func assignMemorySlots(_ slots: UInt32) throws(ConfError) {
        var taken: Set<UInt32> = []
        for memory in memories {
            guard let address = memory.info.address, address.kind == .dimm, let slot = address.slot else { continue }
            if slot >= slots {
                throw ConfError(
                    .unsupported, "memory device slot '\(slot)' exceeds slots count '\(slots)'",
                    domain: ConfError.fromQEMU)
            }
            if !taken.insert(slot).inserted {
                throw ConfError(
                    .unsupported, "memory device slot '\(slot)' is already being used by another memory device",
                    domain: ConfError.fromQEMU)
            }
        }
        for index in memories.indices where memories[index].info.address == nil && memories[index].isBar {
            guard let slot = (0..<slots).first(where: { taken.insert($0).inserted }) else { continue }
            var address = DeviceAddress()
            address.kind = .dimm
            address.slot = slot
            memories[index].info.address = address
        }
    }
}

extension GenericDevice {
    fileprivate var isBar: Bool { attribute("model") == "dimm" || attribute("model") == "nvdimm" }
}

extension DeviceInfo {
    /// Gives the device the first free register at or behind the one where its kind begins.
    fileprivate mutating func assignRegister(from first: UInt64, _ taken: inout Set<UInt64>) throws(ConfError) {
        if let address, address.kind != .spaprVIO { return }
        if let given = address?.reg {
            guard taken.insert(given).inserted else {
                throw ConfError(
                    .xml, "spapr-vio address 0x\(String(given, radix: 16)) already in use", domain: ConfError.fromQEMU)
            }
            return
        }
        var register = first
        while !taken.insert(register).inserted { register += 0x1000 }
        var address = DeviceAddress()
        address.kind = .spaprVIO
        address.reg = register
        self.address = address
    }
}
