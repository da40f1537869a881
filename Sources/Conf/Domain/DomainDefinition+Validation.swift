import VirtUtil

extension DomainDefinition {
    /// Refuses what no hypervisor could run, in libvirt's words.
    func validate() throws(ConfError) {
        if memory?.kibibytes ?? 0 == 0 {
            throw ConfError(
                .xml, "Memory size must be specified via <memory> or in the <numa> configuration")
        }
        if os.kind == .exe, os.initPath == nil { throw ConfError(.xml, "init binary must be specified") }
        if securityLabels.count > 1, securityLabels.contains(where: { $0.attribute("model") == nil }) {
            throw ConfError(.xml, "missing security model when using multiple labels")
        }
        try validateDisks()
        try validateControllers()
        try validateCPUs()
    }

    private func validateCPUs() throws(ConfError) {
        let cells = cpu?.numa?.cells ?? []
        guard let maximum = vcpus?.maximum else { return }
        for cell in cells {
            if let last = cell.cpus?.max, last >= maximum {
                throw ConfError(.internal, "CPU IDs in <numa> exceed the <vcpu> count")
            }
        }
    }

    private func validateDisks() throws(ConfError) {
        var seen: [String: Disk] = [:]
        for disk in devices.disks {
            guard let name = disk.target.name else { continue }
            if disk.info.address == nil, DomainDevices.index(ofDisk: name) == nil {
                throw ConfError(.xml, "Unknown disk name '\(name)' and no address specified")
            }
            if let address = disk.info.address, let bus = disk.target.bus, address.kind != .drive,
                bus == .fdc || bus == .ide || bus == .sata || bus == .scsi
            {
                throw ConfError(
                    .unsupported,
                    "Invalid address type '\(address.kind.rawValue)' for the disk '\(name)' with the bus type '\(bus.rawValue)'"
                )
            }
            if let other = seen.updateValue(disk, forKey: name) {
                throw ConfError(
                    .xml,
                    "target '\(name)' duplicated for disk sources '\(other.source.summary ?? "(null)")' and '\(disk.source.summary ?? "(null)")'"
                )
            }
        }
    }

    private func validateControllers() throws(ConfError) {
        for (position, controller) in devices.controllers.enumerated() where controller.info.masterPort == nil {
            let repeated = devices.controllers[..<position].contains {
                $0.kind == controller.kind && $0.index == controller.index && $0.info.masterPort == nil
            }
            if repeated {
                throw ConfError(
                    .xml, "Multiple '\(controller.kind.rawValue)' controllers with index '\(controller.index ?? 0)'")
            }
        }
    }
}
