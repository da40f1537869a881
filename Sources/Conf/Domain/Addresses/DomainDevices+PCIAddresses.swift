internal import VirtUtil

/// PCI addresses, and the controllers that they need.
extension DomainDevices {
    /// Gives every PCI device an address, adding controllers until there is room.
    mutating func assignPCIAddresses(_ machine: GuestMachine) throws(ConfError) {
        guard machine.supportsPCI else { return }
        let highest = controllers.filter { $0.kind == .pci }.compactMap(\.index).max()
        if let highest {
            var trial = try makePCIBuses(machine, isTrial: true)
            try plug(into: &trial, machine)
            if highest == 0, trial.buses.count > 1, hasExpressRoot {
                // Who left all this to us may want to plug one more in.
                _ = try trial.reserveNext(for: [.express, .hotplug])
            }
            var index = 1
            while index < trial.buses.count {
                defer { index += 1 }
                let isThere = controllers.contains { $0.kind == .pci && $0.index == UInt32(index) }
                if isThere { continue }
                var controller = Controller(.pci, index: UInt32(index))
                controller.model = trial.buses[index].model
                controllers.append(controller)
                let needs = PCIConnection.needed(byController: trial.buses[index].model)
                if !needs.isEmpty { _ = try trial.reserveNext(for: needs) }
            }
        }
        var buses = try makePCIBuses(machine, isTrial: false)
        try plug(into: &buses, machine)
        try describePCIControllers(machine)
        forEachInfo { _, _, info in
            guard let address = info.address, address.kind == .pci, address.pci.function == 0,
                address.pci.multifunction == nil, buses.hasManyFunctions(address.pci)
            else { return }
            info.address?.pci.multifunction = .on
        }
    }

    var hasExpressRoot: Bool { controllers.contains { $0.kind == .pci && $0.index == 0 && $0.model == "pcie-root" } }

    private func makePCIBuses(_ machine: GuestMachine, isTrial: Bool) throws(ConfError) -> PCIAddressSet {
        var set = PCIAddressSet(
            isTrial: isTrial, hasManyRoots: machine.isPSeries, hasExpressBridge: machine.has("pcie-pci-bridge"))
        let filler = machine.isPSeries ? "pci-root" : hasExpressRoot ? "pcie-root-port" : "pci-bridge"
        guard let last = controllers.filter({ $0.kind == .pci }).compactMap(\.index).max() else { return set }
        if last > 255 { throw ConfError(.unsupported, "PCI controller index \(last) too high, maximum is 255") }
        for index in 0...last {
            let controller = controllers.first { $0.kind == .pci && $0.index == index }
            set.add(
                PCIBus(model: controller?.model ?? filler, isHostBridge: machine.isPSeries))
        }
        return set
    }

    /// Takes the addresses that are given, then those that the machine fixes, then gives out the rest.
    ///
    /// What is given out in a trial is not kept, so a device may be counted there more than once, as libvirt does.
    private mutating func plug(into set: inout PCIAddressSet, _ machine: GuestMachine) throws(ConfError) {
        let needs = PCINeeds(hasExpressRoot: hasExpressRoot, machine: machine)
        try collect(into: &set, needs, machine)
        if machine.isI440FX { try reserveI440FX(in: &set, needs, machine) }
        if machine.isQ35 { try reserveQ35(in: &set, needs, machine) }
        if set.isTrial, !hasExpressRoot, set.buses.contains(where: { !$0.isFull }) {
            // A bridge that is added later needs a slot too.
            _ = try set.reserveNext(for: [.conventional, .hotplug])
        }
        try plugControllers(into: &set, needs, isPCI: true)
        try plug(.fileSystem, into: &set, needs)
        try plugInterfaces(into: &set, needs, areOfHost: false)
        try plug(.sound, into: &set, needs)
        try plugControllers(into: &set, needs, isPCI: false)
        try plug(.disk, into: &set, needs)
        try plugInterfaces(into: &set, needs, areOfHost: true)
        for kind: DeviceKind in [
            .hostDevice, .balloon, .randomGenerator, .watchdog, .video, .sharedMemory, .input, .serial, .memory,
            .iommu, .vsock,
        ] {
            try plug(kind, into: &set, needs)
        }
    }

    private mutating func collect(
        into set: inout PCIAddressSet, _ needs: PCINeeds, _ machine: GuestMachine
    ) throws(ConfError) {
        let devices = self
        var failure: ConfError?
        forEachInfoInOrder { kind, index, info in
            guard failure == nil, !info.wantsPCIAddress, info.address?.kind == .pci else { return }
            if kind == .controller, devices.isPartOfChipset(devices.controllers[index], machine) { return }
            guard var address = info.address?.pci else { return }
            do throws(ConfError) {
                try set.reserveGiven(&address, for: needs.of(kind, index, devices))
                info.address?.pci = address
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Gives an address to all devices of a kind that need one and have none.
    private mutating func plug(
        _ kind: DeviceKind, into set: inout PCIAddressSet, _ needs: PCINeeds
    ) throws(ConfError) {
        let devices = self
        var failure: ConfError?
        forEachInfo { other, index, info in
            guard other == kind, failure == nil, info.wantsPCIAddress else { return }
            let wanted = needs.of(kind, index, devices)
            guard !wanted.isEmpty else { return }
            do throws(ConfError) {
                let address = try set.reserveNext(for: wanted)
                if !set.isTrial { info.setPCI(address) }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// - Parameter areOfHost: Those that the host gives away, in whose turn they come, or the others.
    private mutating func plugInterfaces(
        into set: inout PCIAddressSet, _ needs: PCINeeds, areOfHost: Bool
    ) throws(ConfError) {
        for index in interfaces.indices
        where (interfaces[index].kind == .hostdev) == areOfHost && interfaces[index].info.wantsPCIAddress {
            let wanted = needs.of(.interface, index, self)
            let address = try set.reserveNext(for: wanted)
            if !set.isTrial { interfaces[index].info.setPCI(address) }
        }
    }

    private mutating func plugControllers(
        into set: inout PCIAddressSet, _ needs: PCINeeds, isPCI: Bool
    ) throws(ConfError) {
        for index in controllers.indices
        where (controllers[index].kind == .pci) == isPCI && controllers[index].info.wantsPCIAddress {
            // The first IDE controller is part of any machine that has one.
            if controllers[index].kind == .ide, controllers[index].index == 0 { continue }
            let wanted = needs.of(.controller, index, self)
            guard !wanted.isEmpty else { continue }
            if let function = controllers[index].companionFunction {
                try plugCompanion(index, function, into: &set, wanted)
            } else {
                let address = try set.reserveNext(for: wanted)
                if !set.isTrial { controllers[index].info.setPCI(address) }
            }
        }
    }

    /// All parts of an ICH9 USB controller share one slot.
    private mutating func plugCompanion(
        _ index: Int, _ function: UInt32, into set: inout PCIAddressSet, _ needs: PCIConnection
    ) throws(ConfError) {
        let controller = controllers[index]
        let sibling = controllers.first {
            $0.kind == .usb && $0.index == controller.index && $0.companionFunction != nil && !$0.info.wantsPCIAddress
        }
        guard var address = sibling?.info.address?.pci else {
            let address = try set.reserveNext(for: needs, function: function)
            if !set.isTrial { controllers[index].info.setPCI(address) }
            return
        }
        address.function = function
        address.multifunction = function == 0 ? .on : nil
        try set.reserve(address, for: needs, isFixed: false)
        if !set.isTrial { controllers[index].info.setPCI(address) }
    }
}

extension Controller {
    /// The function that a part of an ICH9 USB controller has in its slot.
    var companionFunction: UInt32? {
        guard kind == .usb else { return nil }
        switch model {
        case "ich9-uhci1": return 0
        case "ich9-uhci2": return 1
        case "ich9-uhci3": return 2
        case "ich9-ehci1": return 7
        default: return nil
        }
    }
}
