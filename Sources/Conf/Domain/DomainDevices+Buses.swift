import VirtUtil

/// Disks and the controllers that they need.
extension DomainDevices {
    /// The number in a disk's name: `hda` 0, `sdz` 25, `vdaa` 26; partitions are ignored.
    static func index(ofDisk name: String) -> UInt32? {
        guard let prefix = ["fd", "hd", "vd", "sd", "xvd", "ubd"].first(where: name.hasPrefix) else { return nil }
        var result: UInt32 = 0
        var letters = 0
        var rest = name.utf8.dropFirst(prefix.utf8.count)
        while let byte = rest.first, (0x61...0x7A).contains(byte) {
            result = (result + (letters == 0 ? 0 : 1)) * 26 + UInt32(byte - 0x61)
            letters += 1
            rest.removeFirst()
            if letters > 5 { return nil }
        }
        guard letters > 0, rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return result
    }

    /// Disks of one bus are ordered by the number in their name: each goes behind the last that is not larger.
    ///
    /// The bus is the one that was written; disks without one are of the same kind here.
    mutating func sortDisks() {
        var sorted: [Disk] = []
        sorted.reserveCapacity(disks.count)
        for disk in disks {
            let number = Self.number(of: disk)
            var position: Int?
            for index in sorted.indices.reversed() where sorted[index].target.bus == disk.target.bus {
                if number < Self.number(of: sorted[index]) {
                    position = index
                } else {
                    position = position ?? index + 1
                    break
                }
            }
            sorted.insert(disk, at: position ?? sorted.count)
        }
        disks = sorted
        for index in disks.indices { disks[index].completeBus() }
    }

    private static func number(of disk: Disk) -> Int {
        disk.target.name.flatMap(index(ofDisk:)).map { Int($0) } ?? -1
    }

    /// Controllers of one kind are ordered by index; those without one come first, and then get the next.
    mutating func sortControllers() {
        joinCompanions()
        let given = controllers
        controllers = []
        for controller in given { insert(controller) }
        for position in controllers.indices where controllers[position].index == nil {
            controllers[position].index = companionIndex(at: position) ?? nextIndex(of: controllers[position].kind)
        }
    }

    private func nextIndex(of kind: Controller.Kind) -> UInt32 {
        let used = Set(controllers.compactMap { $0.kind == kind ? $0.index : nil })
        var index: UInt32 = 0
        while used.contains(index) { index += 1 }
        return index
    }

    /// The controllers of an ICH9 share one index.
    private func companionIndex(at position: Int) -> UInt32? {
        let controller = controllers[position]
        guard controller.kind == .usb, let model = controller.model, model.hasPrefix("ich9-") else { return nil }
        let before = controllers[..<position].last { $0.kind == .usb && $0.model?.hasPrefix("ich9-") == true }
        guard let index = before?.index else { return nil }
        let isTaken = controllers.contains { $0.kind == .usb && $0.index == index && $0.model == model }
        return isTaken ? nil : index
    }

    /// A companion of a USB 2 controller says where its ports begin among its master's.
    mutating func joinCompanions() {
        for index in controllers.indices where controllers[index].kind == .usb {
            guard controllers[index].info.masterPort == nil, let model = controllers[index].model else { continue }
            let start: UInt32? =
                switch model {
                case "ich9-uhci1": 0
                case "ich9-uhci2": 2
                case "ich9-uhci3": 4
                default: nil
                }
            controllers[index].info.masterPort = start
        }
    }

    mutating func insert(_ controller: Controller) {
        var position: Int?
        for index in controllers.indices.reversed() where controllers[index].kind == controller.kind {
            guard let mine = controller.index else {
                // Behind the last of its kind, until it gets an index.
                position = index + 1
                break
            }
            let other = controllers[index]
            let theirs = other.index.map { Int64($0) } ?? -1
            if theirs > Int64(mine) {
                position = index
            } else if theirs == Int64(mine), controller.info.masterPort == nil, other.info.masterPort != nil {
                position = index
            } else if position == nil {
                position = index + 1
            }
        }
        controllers.insert(controller, at: position ?? controllers.count)
    }

    mutating func assignDriveAddresses() {
        for index in disks.indices where disks[index].info.address == nil {
            guard let name = disks[index].target.name, let number = Self.index(ofDisk: name) else { continue }
            disks[index].info.address = address(of: disks[index], number)
        }
        var used: UInt32 = 0
        for index in hostDevices.indices
        where hostDevices[index].kind == .scsi && hostDevices[index].info.address == nil {
            while isTaken(controller: used / 7, unit: used % 7) { used += 1 }
            hostDevices[index].info.address = .drive(controller: used / 7, bus: 0, unit: used % 7)
        }
    }

    private func isTaken(controller: UInt32, unit: UInt32) -> Bool {
        func matches(_ address: DeviceAddress?) -> Bool {
            address?.kind == .drive && address?.controller == controller && address?.bus == 0 && address?.target == 0
                && address?.unit == unit
        }
        return disks.contains { $0.target.bus == .scsi && matches($0.info.address) }
            || hostDevices.contains { $0.kind == .scsi && matches($0.info.address) }
    }

    private func address(of disk: Disk, _ number: UInt32) -> DeviceAddress? {
        switch disk.target.bus {
        case .scsi: .drive(controller: number / 7, bus: 0, unit: number % 7)
        case .ide: .drive(controller: number / 4, bus: number % 4 / 2, unit: number % 2)
        case .fdc: .drive(controller: number / 2, bus: 0, unit: number % 2)
        case .sata: .drive(controller: number / 6, bus: 0, unit: number % 6)
        default: nil
        }
    }

    /// Controllers that devices of the host's SCSI buses need.
    mutating func addControllersOfHostDevices() {
        addControllers(
            .scsi, upTo: hostDevices.compactMap { $0.kind == .scsi ? $0.info.address?.controller : nil }.max())
    }

    mutating func addImpliedControllers() {
        let kinds: [(Disk.Bus, Controller.Kind)] = [(.scsi, .scsi), (.fdc, .fdc), (.ide, .ide), (.sata, .sata)]
        for (bus, kind) in kinds {
            let last = disks.compactMap { disk -> UInt32? in
                guard disk.target.bus == bus, disk.info.address?.kind == .drive else { return nil }
                return disk.info.address?.controller
            }.max()
            addControllers(kind, upTo: last)
        }
        let ports = (channels + consoles).filter { $0.target.type == "virtio" }
        for port in ports { addController(.virtioSerial, index: port.info.address?.controller ?? 0) }
        for card in smartcards where card.info.address?.kind == .ccid {
            addController(.ccid, index: card.info.address?.controller ?? 0)
        }
    }

    private mutating func addControllers(_ kind: Controller.Kind, upTo last: UInt32?) {
        // A definition may name a controller far away; that many are not made for it.
        guard let last, last < 1024 else { return }
        for index in 0...last { addController(kind, index: index) }
    }

    private mutating func addController(_ kind: Controller.Kind, index: UInt32) {
        guard !controllers.contains(where: { $0.kind == kind && $0.index == index }) else { return }
        controllers.append(Controller(kind, index: index))
    }

    mutating func assignSmartcardAddresses() {
        for index in smartcards.indices where smartcards[index].info.address == nil {
            let taken = smartcards.compactMap { $0.info.address }.filter { $0.kind == .ccid && $0.controller == 0 }
            var address = DeviceAddress()
            address.kind = .ccid
            address.controller = 0
            address.slot = (0...).first { slot in !taken.contains { $0.slot == slot } }
            smartcards[index].info.address = address
        }
    }
}
