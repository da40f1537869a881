internal import Libvirt

/// What `virDomainGetGuestInfo` can be asked for, by libvirt's bits.
enum TestGuestInformation: UInt32, CaseIterable {
    case users = 1
    case system = 2
    case timeZone = 4
    case hostName = 8
    case fileSystems = 16
    case disks = 32
    case interfaces = 64

    /// What the agent is asked for it.
    var command: String {
        switch self {
        case .users: "guest-get-users"
        case .system: "guest-get-osinfo"
        case .timeZone: "guest-get-timezone"
        case .hostName: "guest-get-host-name"
        case .fileSystems: "guest-get-fsinfo"
        case .disks: "guest-get-disks"
        case .interfaces: "guest-network-get-interfaces"
        }
    }
}

/// What a guest knows, as libvirt's parameters for it.
struct TestGuestParameters {
    private(set) var parameters: [TypedParameter] = []

    mutating func add(_ name: String, _ value: String) { parameters.append(TypedParameter(name, .string(value))) }

    private mutating func add(_ name: String, _ value: UInt64) {
        parameters.append(TypedParameter(name, .ullong(value)))
    }

    private mutating func addCount(_ name: String, _ value: Int) {
        parameters.append(TypedParameter("\(name).count", .uint(UInt32(clamping: value))))
    }

    mutating func addUser(_ name: String, loggedInAt nanoseconds: Int64) {
        addCount("user", 1)
        add("user.0.name", name)
        // In milliseconds.
        add("user.0.login-time", UInt64(max(nanoseconds, 0)) / 1_000_000)
    }

    mutating func addSystem(_ facts: [(name: String, value: String)]) {
        for fact in facts { add("os.\(fact.name)", fact.value) }
    }

    mutating func addTimeZone(_ name: String, offset: Int32) {
        add("timezone.name", name)
        parameters.append(TypedParameter("timezone.offset", .int(offset)))
    }

    mutating func addFileSystems(_ guest: TestGuest) {
        addCount("fs", guest.fileSystems.count)
        for (index, fileSystem) in guest.fileSystems.enumerated() {
            let prefix = "fs.\(index)"
            add("\(prefix).name", fileSystem.name)
            add("\(prefix).mountpoint", fileSystem.mountPoint)
            add("\(prefix).fstype", "ext4")
            add("\(prefix).total-bytes", fileSystem.total)
            add("\(prefix).used-bytes", fileSystem.used)
            addCount("\(prefix).disk", 1)
            add("\(prefix).disk.0.alias", fileSystem.disk)
            add("\(prefix).disk.0.device", "/dev/\(fileSystem.disk)")
        }
    }

    mutating func addDevices(_ devices: [TestGuest.BlockDevice]) {
        addCount("disk", devices.count)
        for (index, device) in devices.enumerated() {
            let prefix = "disk.\(index)"
            add("\(prefix).name", device.path)
            parameters.append(TypedParameter("\(prefix).partition", .boolean(device.whole == nil ? 0 : 1)))
            if let whole = device.whole {
                addCount("\(prefix).dependency", 1)
                add("\(prefix).dependency.0.name", whole)
            }
            if let serial = device.serial { add("\(prefix).serial", serial) }
            if let target = device.target { add("\(prefix).alias", target) }
        }
    }

    mutating func addInterfaces(_ interfaces: [TestGuest.Interface]) {
        addCount("if", interfaces.count)
        for (index, interface) in interfaces.enumerated() {
            let prefix = "if.\(index)"
            add("\(prefix).name", interface.name)
            if let address = interface.macAddress { add("\(prefix).hwaddr", address) }
            addCount("\(prefix).addr", interface.addresses.count)
            for (number, address) in interface.addresses.enumerated() {
                add("\(prefix).addr.\(number).type", address.type == .ipv6 ? "ipv6" : "ipv4")
                add("\(prefix).addr.\(number).addr", address.addr)
                parameters.append(TypedParameter("\(prefix).addr.\(number).prefix", .uint(address.prefix)))
            }
        }
    }
}
