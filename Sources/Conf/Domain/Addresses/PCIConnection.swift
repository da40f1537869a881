/// What a device needs of the slot it is plugged into, and what the slots of a bus offer.
struct PCIConnection: OptionSet, Sendable {
    let rawValue: UInt16

    static let hotplug = PCIConnection(rawValue: 1 << 0)
    static let conventional = PCIConnection(rawValue: 1 << 2)
    static let express = PCIConnection(rawValue: 1 << 3)
    static let rootPort = PCIConnection(rawValue: 1 << 4)
    static let upstreamPort = PCIConnection(rawValue: 1 << 5)
    static let downstreamPort = PCIConnection(rawValue: 1 << 6)
    static let dmiBridge = PCIConnection(rawValue: 1 << 7)
    static let expander = PCIConnection(rawValue: 1 << 8)
    static let expressExpander = PCIConnection(rawValue: 1 << 9)
    static let bridge = PCIConnection(rawValue: 1 << 10)
    /// Several of them share a slot, each in a function of its own.
    static let aggregate = PCIConnection(rawValue: 1 << 11)
    /// Part of the root complex.
    static let integrated = PCIConnection(rawValue: 1 << 12)
    static let expressToConventional = PCIConnection(rawValue: 1 << 13)

    static let endpoints: PCIConnection = [.conventional, .express]
    private static let kinds: PCIConnection = [
        .conventional, .express, .rootPort, .upstreamPort, .downstreamPort, .dmiBridge, .expander, .expressExpander,
        .bridge, .expressToConventional, .integrated,
    ]

    var kinds: PCIConnection { intersection(Self.kinds) }

    /// What a PCI controller needs itself; nothing for a root.
    static func needed(byController model: String) -> PCIConnection {
        switch model {
        case "pci-bridge": [.conventional, .bridge]
        case "dmi-to-pci-bridge": .dmiBridge
        case "pcie-to-pci-bridge": .expressToConventional
        case "pcie-root-port": [.rootPort, .aggregate]
        case "pcie-switch-upstream-port": .upstreamPort
        case "pcie-switch-downstream-port": .downstreamPort
        case "pci-expander-bus": .expander
        case "pcie-expander-bus": .expressExpander
        default: []
        }
    }

    /// Words for what a bus would have to accept.
    var description: String {
        let names: [(PCIConnection, String)] = [
            (.conventional, "standard PCI device"), (.express, "PCI Express device"), (.bridge, "pci-bridge"),
            (.rootPort, "pcie-root-port"), (.upstreamPort, "pcie-switch-upstream-port"),
            (.downstreamPort, "pcie-switch-downstream-port"), (.dmiBridge, "dmi-to-pci-bridge"),
            (.expressToConventional, "pcie-to-pci-bridge"), (.expander, "pci-expander-bus"),
            (.expressExpander, "pcie-expander-bus"),
        ]
        return names.first { contains($0.0) }?.1 ?? "unknown device type"
    }
}

/// The slots of one PCI controller.
struct PCIBus {
    struct Slot {
        /// A bit for each function in use.
        var functions: UInt8 = 0
        /// What is in it can share it with more of its kind.
        var isShared = false
    }

    let model: String
    let offers: PCIConnection
    let range: ClosedRange<UInt32>
    private(set) var slots = [Slot](repeating: Slot(), count: 32)

    /// - Parameters:
    ///   - isHostBridge: A root among many, which holds no expander.
    ///   - isForBridge: A port that was added for a bridge and takes nothing else.
    init(model: String, isHostBridge: Bool = false, isForBridge: Bool = false) {
        self.model = model
        switch model {
        case "pci-root":
            offers = isHostBridge ? [.conventional, .bridge, .hotplug] : [.conventional, .bridge, .expander, .hotplug]
            range = 1...31
        case "pci-bridge", "pcie-to-pci-bridge":
            offers = [.conventional, .bridge, .hotplug]
            range = 1...31
        case "pci-expander-bus":
            offers = [.conventional, .bridge, .hotplug]
            range = 0...31
        case "pcie-root":
            offers = [.express, .rootPort, .dmiBridge, .expressExpander, .integrated]
            range = 1...31
        case "dmi-to-pci-bridge":
            offers = [.conventional, .bridge]
            range = 0...31
        case "pcie-root-port", "pcie-switch-downstream-port":
            // Whether it really allows hotplug or not: what is there from the start may be in it.
            let all: PCIConnection = [.express, .upstreamPort, .expressToConventional, .hotplug]
            offers = isForBridge ? .expressToConventional : all
            range = 0...0
        case "pcie-switch-upstream-port":
            offers = .downstreamPort
            range = 0...31
        case "pcie-expander-bus":
            offers = [.rootPort, .dmiBridge]
            range = 0...31
        default:
            offers = []
            range = 0...31
        }
    }

    func accepts(_ needs: PCIConnection) -> Bool {
        !offers.intersection(needs.kinds).isEmpty && (!needs.contains(.hotplug) || offers.contains(.hotplug))
    }

    /// Every slot holds something.
    var isFull: Bool { range.allSatisfy { slots[Int($0)].functions != 0 } }

    func isUsed(slot: UInt32) -> Bool { slots[Int(slot)].functions != 0 }
    func isUsed(slot: UInt32, function: UInt32) -> Bool { slots[Int(slot)].functions & (1 << function) != 0 }
    func hasManyFunctions(slot: UInt32) -> Bool { slots[Int(slot)].functions.nonzeroBitCount > 1 }

    mutating func use(slot: UInt32, function: UInt32, by needs: PCIConnection) {
        let isShared = needs.contains(.aggregate)
        let index = Int(slot)
        slots[index].isShared = slots[index].functions == 0 ? isShared : slots[index].isShared && isShared
        slots[index].functions |= 1 << function
    }

    mutating func release(slot: UInt32, function: UInt32) { slots[Int(slot)].functions &= ~(1 << function) }

    /// The first slot, and function in it, where one more such device fits.
    func firstFree(for needs: PCIConnection) -> (slot: UInt32, function: UInt32)? {
        for number in range {
            let slot = slots[Int(number)]
            if slot.functions == 0 { return (number, 0) }
            if needs.contains(.aggregate), slot.isShared, slot.functions != 0xFF {
                return (number, UInt32((~slot.functions).trailingZeroBitCount))
            }
        }
        return nil
    }
}
