internal import VirtUtil

/// All PCI addresses of a guest, while they are given out.
///
/// Addresses are given out twice: a trial, in which buses are added as they are needed, tells how many controllers the
/// guest must have; then the controllers are there, and get addresses before all else.
struct PCIAddressSet {
    private(set) var buses: [PCIBus] = []
    /// Buses may be added.
    let isTrial: Bool
    /// More buses come as roots of their own.
    let hasManyRoots: Bool
    /// Old devices reach PCI Express through a bridge of their own, or else through two of another kind.
    let hasExpressBridge: Bool

    init(isTrial: Bool, hasManyRoots: Bool, hasExpressBridge: Bool) {
        self.isTrial = isTrial
        self.hasManyRoots = hasManyRoots
        self.hasExpressBridge = hasExpressBridge
    }

    mutating func add(_ bus: PCIBus) { buses.append(bus) }

    /// Takes an address that a definition gives. Its bus may have to become another one.
    mutating func reserveGiven(_ address: inout PCIAddress, for needs: PCIConnection) throws(ConfError) {
        try grow(to: &address, for: needs)
        try reserve(address, for: needs)
    }

    /// Takes an address.
    ///
    /// - Parameter isFixed: It is the machine's, or the user's: any bus for endpoints takes an endpoint, hotplug or not.
    mutating func reserve(_ address: PCIAddress, for needs: PCIConnection, isFixed: Bool = true) throws(ConfError) {
        try check(address, needs, isFixed: isFixed)
        let (bus, slot, function) = (Int(address.bus ?? 0), address.slot ?? 0, address.function ?? 0)
        if buses[bus].isUsed(slot: slot, function: function) { throw Self.doubleUse(of: address) }
        buses[bus].use(slot: slot, function: function, by: needs)
    }

    static func doubleUse(of address: PCIAddress) -> ConfError {
        ConfError(.xml, "Attempted double use of PCI Address \(address.text)")
    }

    /// Takes the first place that is free.
    ///
    /// - Parameter function: A function that the device must have in a slot of its own.
    mutating func reserveNext(for needs: PCIConnection, function: UInt32? = nil) throws(ConfError) -> PCIAddress {
        var address = try nextFree(for: needs)
        if let function { address.function = function }
        buses[Int(address.bus ?? 0)].use(slot: address.slot ?? 0, function: address.function ?? 0, by: needs)
        return address
    }

    func isUsed(bus: Int = 0, slot: UInt32) -> Bool { buses.indices.contains(bus) && buses[bus].isUsed(slot: slot) }

    func hasManyFunctions(_ address: PCIAddress) -> Bool {
        guard let bus = address.bus.map({ Int($0) }), buses.indices.contains(bus), let slot = address.slot, slot < 32
        else { return false }
        return buses[bus].hasManyFunctions(slot: slot)
    }

    private mutating func nextFree(for needs: PCIConnection) throws(ConfError) -> PCIAddress {
        if buses.isEmpty { throw ConfError(.xml, "No PCI buses available") }
        for index in buses.indices where buses[index].accepts(needs) {
            if let free = buses[index].firstFree(for: needs) {
                return PCIAddress(bus: UInt32(index), slot: free.slot, function: free.function)
            }
        }
        guard isTrial else { throw ConfError(.internal, "No more available PCI slots") }
        try addBus(for: needs)
        let last = buses.count - 1
        return PCIAddress(bus: UInt32(last), slot: buses[last].range.lowerBound, function: 0)
    }

    // MARK: More buses

    private mutating func grow(to address: inout PCIAddress, for needs: PCIConnection) throws(ConfError) {
        guard isTrial, let bus = address.bus, !buses.isEmpty, address.domain ?? 0 == 0 else { return }
        while Int(bus) >= buses.count, buses.count <= 256 {
            let count = buses.count
            try addBus(for: needs)
            // Two came at once, and the first is only the way to the second.
            if bus == UInt32(count), buses.count > count + 1 { address.bus = bus + 1 }
        }
    }

    private mutating func addBus(for needs: PCIConnection) throws(ConfError) {
        let impossible: PCIConnection = [.bridge, .dmiBridge, .rootPort, .downstreamPort, .expressExpander]
        if !needs.isDisjoint(with: impossible) {
            let model = needs.contains(.bridge) ? "pci-bridge" : needs.description
            throw ConfError(
                .internal,
                "a PCI slot is needed to connect a PCI controller model='\(model)', but none is available, and it cannot be automatically added"
            )
        } else if needs.contains(.conventional) {
            addConventionalBus()
        } else if !needs.isDisjoint(with: [.express, .upstreamPort]) {
            buses.append(PCIBus(model: "pcie-root-port"))
        } else {
            let number = hexadecimal(needs.rawValue, digits: 2).dropFirst(2)
            throw ConfError(
                .internal, "Cannot automatically add a new PCI bus for a device with connect flags \(number)")
        }
    }

    private mutating func addConventionalBus() {
        if hasManyRoots { return buses.append(PCIBus(model: "pci-root", isHostBridge: true)) }
        if buses.contains(where: { $0.offers.contains(.bridge) }) { return buses.append(PCIBus(model: "pci-bridge")) }
        guard hasExpressBridge else {
            buses.append(PCIBus(model: "dmi-to-pci-bridge"))
            return buses.append(PCIBus(model: "pci-bridge"))
        }
        // The bridge gets a port that is for it alone, whatever others are free.
        buses.append(PCIBus(model: "pcie-root-port", isForBridge: true))
        buses.append(PCIBus(model: "pcie-to-pci-bridge"))
    }

    // MARK: Checks

    private func check(_ address: PCIAddress, _ needs: PCIConnection, isFixed: Bool) throws(ConfError) {
        if buses.isEmpty { throw ConfError(.xml, "No PCI buses available") }
        func refuse(_ reason: String) -> ConfError { ConfError(.xml, "Invalid PCI address \(address.text). \(reason)") }
        if address.domain ?? 0 != 0 { throw refuse("Only PCI domain 0 is available") }
        let number = Int(address.bus ?? 0)
        guard number < buses.count else { throw refuse("Only PCI buses up to \(buses.count - 1) are available") }
        let bus = buses[number]
        try bus.check(needs, at: address, index: number, isFixed: isFixed)
        let slot = address.slot ?? 0
        if slot < bus.range.lowerBound { throw refuse("slot must be >= \(bus.range.lowerBound)") }
        if slot > bus.range.upperBound { throw refuse("slot must be <= \(bus.range.upperBound)") }
        if address.function ?? 0 > 7 { throw refuse("function must be <= 7") }
    }
}

extension PCIBus {
    fileprivate func check(
        _ needs: PCIConnection, at address: PCIAddress, index: Int, isFixed: Bool
    ) throws(ConfError) {
        var (offers, needs) = (offers, needs)
        if isFixed {
            if !offers.isDisjoint(with: .endpoints) { offers.formUnion(.endpoints) }
            needs.remove(.hotplug)
        }
        let place = "The device at PCI address \(address.text)"
        guard !offers.isDisjoint(with: needs.kinds) else {
            throw ConfError(
                .xml,
                "\(place) cannot be plugged into the PCI controller with index='\(index)'. It requires a controller that accepts a \(needs.description)."
            )
        }
        if needs.contains(.hotplug), !offers.contains(.hotplug) {
            throw ConfError(
                .xml,
                "\(place) requires hotplug capability, but the PCI controller with index='\(index)' doesn't support hotplug"
            )
        }
    }
}

extension PCIAddress {
    init(bus: UInt32, slot: UInt32, function: UInt32, multifunction: OnOff? = nil) {
        self.init()
        domain = 0
        self.bus = bus
        self.slot = slot
        self.function = function
        self.multifunction = multifunction
    }

    /// `0000:00:1f.2`.
    var text: String {
        func part(_ value: UInt32?, _ digits: Int) -> String {
            String(hexadecimal(value ?? 0, digits: digits).dropFirst(2))
        }
        return "\(part(domain, 4)):\(part(bus, 2)):\(part(slot, 2)).\(part(function, 1))"
    }

    /// Says nothing: `<address type='pci'/>` asks for an address of that kind.
    var isEmpty: Bool { (domain ?? 0, bus ?? 0, slot ?? 0) == (0, 0, 0) }
}
