internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// What a guest knows of itself: the source of all that its agent says, in JSON or as parameters.
///
/// It agrees with what `virDomainGetFSInfo`, `virDomainInterfaceAddresses` and their like answer.
struct TestGuest {
    struct FileSystem {
        var name: String
        var mountPoint: String
        /// The disk that it is on, by its target.
        var disk: String
        /// Bytes.
        var total: UInt64
        var used: UInt64
    }

    struct BlockDevice {
        var path: String
        /// The device that this is a part of.
        var whole: String?
        var serial: String?
        /// The disk's target; parts have none.
        var target: String?
    }

    struct Interface {
        var name: String
        var macAddress: String?
        var addresses: [DomainIPAddress]
    }

    static let mounts = ["/", "/boot"]

    /// Facts of `/etc/os-release` and of `uname`, by the agent's words for them.
    var system: [(name: String, value: String)]
    var hostName: String
    var fileSystems: [FileSystem]
    var devices: [BlockDevice]
    /// When the one user logged in, in nanoseconds since 1970.
    var time: Int64

    /// - Parameter capacity: of the disk that the file systems are on.
    init(_ domain: TestDomain, capacity: (Disk) -> UInt64) {
        hostName = domain.hostName
        system = [
            ("id", "test"), ("name", "Test Guest"), ("pretty-name", "Test Guest 1 (first)"), ("version", "1 (first)"),
            ("version-id", "1"), ("machine", domain.definition.os.architecture ?? "i686"),
            ("kernel-release", "1.0.0-test"),
            ("kernel-version", "#1 SMP"),
        ]
        time = domain.guestTime
        let disks = domain.definition.devices.disks.filter { $0.device == .disk }
        devices = []
        for (index, disk) in disks.enumerated() {
            guard let target = disk.target.name else { continue }
            let whole = "/dev/\(target)"
            devices.append(BlockDevice(path: whole, serial: disk.serial, target: target))
            if index > 0 { continue }
            for part in 1...Self.mounts.count { devices.append(BlockDevice(path: "\(whole)\(part)", whole: whole)) }
        }
        fileSystems = []
        guard let first = domain.definition.devices.disks.first, let target = first.target.name else { return }
        let total = capacity(first)
        // A quarter GiB to start from, if there is so much.
        let boot = min(total / 2, 256 << 20)
        fileSystems = zip(Self.mounts, [total - boot, boot]).enumerated().map { index, pair in
            FileSystem(
                name: "\(target)\(index + 1)", mountPoint: pair.0, disk: target, total: pair.1, used: pair.1 / 4)
        }
    }
}

extension TestDomain {
    var hostName: String { "\(name)host" }

    /// What the guest's clock says, in nanoseconds since 1970.
    var guestTime: Int64 {
        let (nanoseconds, overflow) = guestSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return guestSeconds < 0 ? .min : .max }
        let (sum, isMore) = nanoseconds.addingReportingOverflow(Int64(guestNanoseconds))
        return isMore ? .max : sum
    }

    /// The guest's processors, and whether it uses them.
    var guestCPUs: [(number: Int, isOnline: Bool)] {
        definition.onlineVCPUs.map { ($0, !activity.content.agent.offlineCPUs.contains($0)) }
    }
}

extension TestHostState {
    func guest(of domain: TestDomain) -> TestGuest { TestGuest(domain) { capacity(of: $0, in: domain) } }

    /// The addresses of a domain's interfaces: in the network that an interface is on, if on one.
    func addresses(of domain: TestDomain) throws -> [DomainIPAddress] {
        try domain.definition.devices.interfaces.enumerated().map { index, interface in
            guard interface.kind == .network else {
                return DomainIPAddress(type: .ipv4, addr: "192.168.0.\(index + 1)", prefix: 24)
            }
            let network = try networks.network(named: interface.source?.attribute("network") ?? "")
            return try network.address(of: interface.mac?.address, number: domain.addressNumber(index))
        }
    }

    func guestInterfaces(of domain: TestDomain) throws -> [TestGuest.Interface] {
        zip(domain.definition.devices.interfaces, try addresses(of: domain)).enumerated().map { index, pair in
            TestGuest.Interface(
                name: pair.0.targetName ?? "eth\(index)", macAddress: pair.0.mac?.address.description,
                addresses: [pair.1])
        }
    }
}
