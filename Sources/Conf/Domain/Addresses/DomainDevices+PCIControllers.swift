internal import VirtUtil

/// What PCI controllers are called and how the guest tells them apart.
extension DomainDevices {
    mutating func describePCIControllers(_ machine: GuestMachine) throws(ConfError) {
        for index in controllers.indices where controllers[index].kind == .pci {
            try controllers[index].checkPlace()
            let name = controllers[index].emulatedName(machine)
            if controllers[index].pciModelName == nil, let name {
                controllers[index].pciModelName = GenericElement(name: "model", attributes: [("name", name)])
            }
            let number = controllers[index].index ?? 0
            let place = controllers[index].info.address?.pci
            let slot = place?.slot ?? 0
            switch controllers[index].model {
            case "pci-bridge": controllers[index].setTarget("chassisNr", String(number))
            case "pcie-root-port":
                controllers[index].setTarget("chassis", String(number))
                controllers[index].setTarget("port", hexadecimal(slot << 3 + (place?.function ?? 0), digits: 1))
            case "pcie-switch-downstream-port":
                controllers[index].setTarget("chassis", String(number))
                controllers[index].setTarget("port", hexadecimal(slot, digits: 1))
            case "pci-expander-bus", "pcie-expander-bus": try numberExpander(index)
            case "pci-root" where machine.isPSeries: numberHostBridge(index)
            default: break
            }
        }
    }

    /// Buses of expanders are counted down from the last.
    private mutating func numberExpander(_ index: Int) throws(ConfError) {
        guard controllers[index].target?.attribute("busNr") == nil else { return }
        let taken = controllers.filter { $0.kind == .pci }.compactMap { controller in
            controller.target?.attribute("busNr").flatMap { UInt32($0) }
        }
        let lowest = taken.min() ?? 256
        guard lowest > 2 else {
            let bus = controllers[index].info.address?.pci.bus ?? 0
            throw ConfError(
                .unsupported,
                "No free busNr lower than current lowest busNr is available to auto-assign to bus \(bus). Must be manually assigned",
                domain: ConfError.fromQEMU)
        }
        controllers[index].setTarget("busNr", String(lowest - 2))
    }

    private mutating func numberHostBridge(_ index: Int) {
        guard controllers[index].target?.attribute("index") == nil else { return }
        if controllers[index].index == 0 { return controllers[index].setTarget("index", "0") }
        let taken = Set(
            controllers.filter { $0.kind == .pci }.compactMap { controller in
                controller.target?.attribute("index").flatMap { UInt32($0) }
            })
        let free = (1...).first { !taken.contains(UInt32($0)) } ?? 1
        controllers[index].setTarget("index", String(free))
    }
}

extension Controller {
    private static let targetOrder = ["chassisNr", "chassis", "port", "busNr", "index", "hotplug"]

    mutating func setTarget(_ name: String, _ value: String) {
        var element = target ?? GenericElement(name: "target")
        if element.attribute(name) == nil { element.set(name, value) }
        element.order(Self.targetOrder)
        target = element
    }

    /// What the emulator calls the device.
    fileprivate func emulatedName(_ machine: GuestMachine) -> String? {
        switch model {
        case "pci-bridge": "pci-bridge"
        case "dmi-to-pci-bridge": "i82801b11-bridge"
        case "pcie-to-pci-bridge": "pcie-pci-bridge"
        case "pcie-root-port": machine.has("pcie-root-port") ? "pcie-root-port" : "ioh3420"
        case "pcie-switch-upstream-port": "x3130-upstream"
        case "pcie-switch-downstream-port": "xio3130-downstream"
        case "pci-expander-bus": "pxb"
        case "pcie-expander-bus": "pxb-pcie"
        case "pci-root" where machine.isPSeries: "spapr-pci-host-bridge"
        default: nil
        }
    }

    /// A bridge hangs below a bus of a lower number.
    fileprivate func checkPlace() throws(ConfError) {
        guard model == "pci-bridge", let bus = info.address?.pci.bus, let index, index <= bus else { return }
        let (number, place) = (hexadecimal(index, digits: 2), hexadecimal(bus, digits: 2))
        throw ConfError(
            .unsupported,
            "PCI controller at index \(index) (\(number)) has bus='\(place)', but index must be larger than bus",
            domain: ConfError.fromQEMU)
    }
}
