internal import VirtConf
internal import VirtUtil

extension TestNode {
    static let architecture = "i686"
    static let emulator = "/usr/bin/test-hv"
    /// Sizes of pages, in KiB; those of a cell's memory differ from cell to cell.
    private static let pageSizes: [UInt64] = [4, 8, 2048, 1_048_576]
    private static let cellPageSizes: [UInt64] = [4, 8]

    var capabilities: HostCapabilities {
        var result = HostCapabilities()
        result.host.cpu.architecture = Self.architecture
        result.host.cpu.guestFeatures = ["pae", "nonpae"]
        result.host.cpu.pageSizesKiB = Self.pageSizes
        result.host.powerManagement = []
        result.host.iommu = .no
        var topology = HostTopology()
        topology.cells = cells.indices.map(cell)
        result.host.topology = topology
        var security = HostCapabilities.SecurityModel()
        security.model = "testSecurity"
        result.host.securityModels = [security]
        result.guests = ["hvm", "xen"].map(Self.guest)
        return result
    }

    private func cell(_ index: Int) -> HostCell {
        var cell = HostCell()
        cell.id = UInt32(index)
        cell.memoryKiB = cells[index].memory
        let small = Self.cellPageSizes[index % Self.cellPageSizes.count]
        cell.pages = [Self.pages(small, cells[index].memory / small), Self.pages(2048, 0), Self.pages(1_048_576, 0)]
        let count = Self.hostCPUs / cells.count
        cell.processors = (0..<count).map { core in
            let id = UInt32(index * count + core)
            var processor = HostCell.Processor()
            processor.id = id
            processor.socket = UInt32(index)
            processor.die = 0
            processor.core = UInt32(core)
            var siblings = CPUSet()
            siblings.insert(Int(id))
            processor.siblings = siblings
            return processor
        }
        return cell
    }

    private static func pages(_ sizeKiB: UInt64, _ count: UInt64) -> HostCell.Pages {
        var pages = HostCell.Pages()
        pages.sizeKiB = sizeKiB
        pages.count = count
        return pages
    }

    private static func guest(_ osType: String) -> GuestCapabilities {
        var guest = GuestCapabilities()
        guest.osType = osType
        guest.architecture.name = architecture
        guest.architecture.wordSize = 32
        guest.architecture.emulator = emulator
        var domain = GuestCapabilities.Domain()
        domain.type = DomainDefinition.Hypervisor.test.rawValue
        guest.architecture.domains = [domain]
        guest.features = [GuestCapabilities.Feature("pae"), GuestCapabilities.Feature("nonpae")]
        return guest
    }

    /// The host's processor, which its capabilities do not tell: the model of a host's file, if there is such a
    /// processor.
    var processor: CPUDefinition {
        let map = X86Map.standard
        let name = map.model(model) != nil ? model : "coreduo"
        var cpu = CPUDefinition()
        cpu.form = .host
        cpu.architecture = Self.architecture
        cpu.model = name
        cpu.vendor = map.model(name)?.vendor
        return cpu
    }
}
