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
        try validateTuning()
        try validateSystemInformation()
        try validateDisks()
        try validateControllers()
        try validateCPUs()
    }

    private func validateTuning() throws(ConfError) {
        let hasCells = cpu?.numa?.cells.isEmpty == false
        if !hasCells, numaTune?.children.contains(where: { $0.name == "memnode" }) == true {
            throw ConfError(.xml, "Element 'memnode' is invalid without any guest NUMA cells")
        }
        var scheduled = CPUSet()
        for element in cpuTune?.elements ?? [] {
            if element.name == "vcpusched", let text = element.attribute("vcpus") {
                let set = try CPUSet(text)
                guard scheduled.isDisjoint(with: set) else {
                    throw ConfError(.xmlDetail, "'vcpusched' attributes 'vcpus' must not overlap")
                }
                scheduled.formUnion(set)
            }
            if element.name == "iothreadsched", let text = element.attribute("iothreads") {
                let set = try CPUSet(text)
                let known = Set(ioThreadIDs?.children.compactMap { $0.attribute("id") } ?? [])
                let count = Int(ioThreads ?? 0)
                for id in 0...(set.max ?? 0) where set.contains(id) && !(1...max(count, 1)).contains(id) || set.contains(id) && count == 0 {
                    if !known.contains(String(id)) {
                        throw ConfError(.unsupported, "Cannot find 'iothread' : \(id)")
                    }
                }
            }
        }
    }

    private func validateSystemInformation() throws(ConfError) {
        for information in systemInformation {
            for entry in information.child("system")?.children ?? []
            where entry.attribute("name") == "uuid" && entry.text.flatMap({ DomainUUID($0) }) != uuid {
                throw ConfError(.xmlDetail, "UUID mismatch between <uuid> and <sysinfo>")
            }
            for entry in information.child("bios")?.children ?? [] where entry.attribute("name") == "date" {
                if !isBIOSDate(entry.text ?? "") { throw ConfError(.xmlDetail, "Invalid BIOS 'date' format") }
            }
        }
    }

    /// `mm/dd/yy` or `mm/dd/yyyy`.
    private func isBIOSDate(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let month = parts[0], let day = parts[1], let year = parts[2] else { return false }
        return (1...12).contains(month) && (1...31).contains(day)
            && ((0...99).contains(year) || (1900...9999).contains(year))
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
        for controller in devices.controllers where controller.info.masterPort != nil {
            let hasMaster = devices.controllers.contains {
                $0.kind == .usb && $0.index == controller.index && $0.info.masterPort == nil
            }
            if !hasMaster { throw ConfError(.xmlDetail, "No master USB controller specified") }
        }
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
