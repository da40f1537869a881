internal import VirtUtil

/// PCI addresses that a chipset fixes.
extension DomainDevices {
    /// Whether the controller is in the chipset itself; then its address is looked at there.
    func isPartOfChipset(_ controller: Controller, _ machine: GuestMachine) -> Bool {
        switch controller.kind {
        case .ide: machine.isI440FX && controller.index == 0
        case .usb: machine.isI440FX && controller.index == 0 && controller.model == "piix3-uhci"
        case .sata: machine.isQ35 && controller.index == 0
        default: false
        }
    }

    /// The ISA bridge, IDE and USB are functions of slot 1; the screen is in slot 2 if that is free.
    mutating func reserveI440FX(
        in set: inout PCIAddressSet, _ needs: PCINeeds, _ machine: GuestMachine
    ) throws(ConfError) {
        for index in controllers.indices where isPartOfChipset(controllers[index], machine) {
            let isRepeated = controllers[..<index].contains {
                $0.kind == controllers[index].kind && isPartOfChipset($0, machine)
            }
            let isDisk = controllers[index].kind == .ide
            let place = PCIAddress(bus: 0, slot: 1, function: isDisk ? 1 : 2)
            let name = isDisk ? "Primary IDE controller" : "PIIX3 USB controller at index 0"
            try fix(index, at: place, name)
            if isRepeated { throw PCIAddressSet.doubleUse(of: place) }
        }
        guard !set.buses.isEmpty else { return }
        for function: UInt32 in 0...3 {
            try set.reserve(PCIAddress(bus: 0, slot: 1, function: function), for: .conventional)
        }
        try placeScreen(in: &set, slot: 2, needs)
    }

    /// SATA, the ISA bridge and the SMBus are functions of slot 31; some others have a home if it is free.
    mutating func reserveQ35(
        in set: inout PCIAddressSet, _ needs: PCINeeds, _ machine: GuestMachine
    ) throws(ConfError) {
        for index in controllers.indices {
            let controller = controllers[index]
            switch controller.kind {
            case .sata where controller.index == 0:
                try fix(index, at: PCIAddress(bus: 0, slot: 0x1F, function: 2), "Primary SATA controller")
            case .usb where controller.model == "ich9-uhci1" && controller.info.wantsPCIAddress:
                try placeCompanions(of: controller, in: &set, needs)
            case .pci where controller.model == "dmi-to-pci-bridge" && controller.info.wantsPCIAddress:
                let place = PCIAddress(bus: 0, slot: 0x1E, function: 0)
                guard !set.isUsed(slot: 0x1E) else { break }
                try set.reserve(place, for: .dmiBridge)
                controllers[index].info.setPCI(place)
            default: break
            }
        }
        for function: UInt32 in [0, 2, 3] {
            try set.reserve(PCIAddress(bus: 0, slot: 0x1F, function: function), for: .conventional)
        }
        try placeScreen(in: &set, slot: 1, needs)
        if let index = sounds.firstIndex(where: { $0.model == .ich9 && $0.info.wantsPCIAddress }),
            !set.isUsed(slot: 0x1B)
        {
            let place = PCIAddress(bus: 0, slot: 0x1B, function: 0)
            try set.reserve(place, for: .conventional)
            sounds[index].info.setPCI(place)
        }
    }

    private mutating func fix(_ index: Int, at place: PCIAddress, _ name: String) throws(ConfError) {
        guard !controllers[index].info.wantsPCIAddress, let given = controllers[index].info.address else {
            controllers[index].info.setPCI(place)
            return
        }
        let isRight =
            given.kind == .pci && given.pci.domain ?? 0 == 0 && given.pci.bus ?? 0 == 0
            && given.pci.slot == place.slot && given.pci.function == place.function
        if !isRight {
            let (slot, function) = (String(place.slot ?? 0, radix: 16), place.function ?? 0)
            throw ConfError(
                .internal, "\(name) must have PCI address 0:0:\(slot).\(function)", domain: ConfError.fromQEMU)
        }
    }

    /// An ICH9 USB controller is in slot 29, a second one in slot 26.
    private mutating func placeCompanions(
        of controller: Controller, in set: inout PCIAddressSet, _ needs: PCINeeds
    ) throws(ConfError) {
        guard let slot: UInt32 = [0x1D, 0x1A].first(where: { !set.isUsed(slot: $0) }) else { return }
        for index in controllers.indices
        where controllers[index].kind == .usb && controllers[index].index == controller.index
            && controllers[index].info.wantsPCIAddress
        {
            guard let function = controllers[index].companionFunction else { continue }
            let place = PCIAddress(bus: 0, slot: slot, function: function, multifunction: function == 0 ? .on : nil)
            try set.reserve(place, for: .conventional)
            controllers[index].info.setPCI(place)
        }
    }

    private mutating func placeScreen(
        in set: inout PCIAddressSet, slot: UInt32, _ needs: PCINeeds
    ) throws(ConfError) {
        guard !videos.isEmpty, videos[0].info.wantsPCIAddress else { return }
        let wanted = needs.of(.video, 0, self)
        if wanted.isEmpty { return }
        let place = PCIAddress(bus: 0, slot: slot, function: 0)
        if set.isUsed(slot: slot) {
            let other = try set.reserveNext(for: wanted)
            if !set.isTrial { videos[0].info.setPCI(other) }
        } else {
            try set.reserve(place, for: wanted)
            videos[0].info.setPCI(place)
        }
    }
}
