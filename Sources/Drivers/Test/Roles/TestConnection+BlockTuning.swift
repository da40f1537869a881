public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: DomainBlkioTuning {
    /// Values of single devices, by parameter and by element.
    private static let deviceValues: [(parameter: String, element: String)] = [
        ("device_weight", "weight"), ("device_read_iops_sec", "read_iops_sec"),
        ("device_write_iops_sec", "write_iops_sec"), ("device_read_bytes_sec", "read_bytes_sec"),
        ("device_write_bytes_sec", "write_bytes_sec"),
    ]

    public func domainGetBlkioParameters(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetBlkioParameters")
        return try host.read { state in
            let domain = try state.domain(dom)
            let tune = domain[try domain.target(flags.rawValue)].blockIOTune
            let weight = UInt32(tune?.child("weight")?.text ?? "") ?? 0
            let devices = tune?.children.filter { $0.name == "device" } ?? []
            return [TypedParameter("weight", .uint(weight))]
                + Self.deviceValues.map { value in
                    let parts = devices.compactMap { device -> String? in
                        guard let path = device.child("path")?.text, let number = device.child(value.element)?.text
                        else { return nil }
                        return "\(path),\(number)"
                    }
                    return TypedParameter(value.parameter, .string(parts.joined(separator: ",")))
                }
        }
    }

    public func domainSetBlkioParameters(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetBlkioParameters")
        var known = ["weight": CheckedParameters.Kind.uint]
        for value in Self.deviceValues { known[value.parameter] = .string }
        let values = try CheckedParameters(params, known)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                var tune = domain[target].blockIOTune ?? GenericElement(name: "blkiotune")
                if let weight = values.uint("weight") {
                    tune.children.removeAll { $0.name == "weight" }
                    if weight != 0 { tune.children.insert(GenericElement("weight", text: String(weight)), at: 0) }
                }
                for value in Self.deviceValues {
                    guard let text = values.string(value.parameter) else { continue }
                    for (path, number) in try Self.devices(text, of: value.parameter) {
                        tune.setDevice(path, value.element, number)
                    }
                }
                tune.sortDevices(Self.deviceValues.map(\.element))
                domain[target].blockIOTune = tune.children.isEmpty ? nil : tune
            }
        }
    }

    /// `PATH,NUMBER,PATH,NUMBER`.
    private static func devices(_ text: String, of parameter: String) throws -> [(String, UInt64)] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count % 2 == 0 else {
            throw VirtError.domain(.invalidArg, "unable to parse blkio device '\(parameter)' '\(text)'")
        }
        var result: [(String, UInt64)] = []
        for index in stride(from: 0, to: parts.count, by: 2) {
            guard let number = UInt64(parts[index + 1]) else {
                throw VirtError.domain(
                    .invalidArg,
                    "invalid value '\(parts[index + 1])' for parameter '\(parameter)' of device '\(parts[index])'")
            }
            result.append((parts[index], number))
        }
        return result
    }
}

extension GenericElement {
    init(_ name: String, text: String) {
        self.init(name: name)
        self.text = text
    }

    /// Sets a value of `<device>` for a path; 0 takes it away.
    fileprivate mutating func setDevice(_ path: String, _ name: String, _ number: UInt64) {
        var index = children.firstIndex { $0.name == "device" && $0.child("path")?.text == path }
        if index == nil {
            var device = GenericElement(name: "device")
            device.children = [GenericElement("path", text: path)]
            children.append(device)
            index = children.endIndex - 1
        }
        guard let index else { return }
        children[index].children.removeAll { $0.name == name }
        if number != 0 { children[index].children.append(GenericElement(name, text: String(number))) }
    }

    /// Brings values into the order in which they are printed; a device without any is dropped.
    fileprivate mutating func sortDevices(_ order: [String]) {
        children.removeAll { $0.name == "device" && $0.children.count < 2 }
        for index in children.indices where children[index].name == "device" {
            let given = children[index].children
            children[index].children = (["path"] + order).flatMap { name in given.filter { $0.name == name } }
        }
    }
}

extension TestConnection: DomainBlockTuning {
    private static let limits = [
        "total_bytes_sec", "read_bytes_sec", "write_bytes_sec", "total_iops_sec", "read_iops_sec", "write_iops_sec",
    ]
    /// All names, in the order in which they are told and printed.
    private static let names =
        limits + limits.map { $0 + "_max" } + ["size_iops_sec", "group_name"] + limits.map { $0 + "_max_length" }
    private static let largest: UInt64 = 1_000_000_000_000_000

    public func domainGetBlockIOTune(
        _ dom: DomainRef, disk: String?, flags: DomainModificationImpact
    ) async throws -> [TypedParameter] {
        try check(flags, 7, "testDomainGetBlockIoTune")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            // Without a disk the caller only asks how many there are.
            let tune = try disk.flatMap { definition.devices.disks[try definition.tunedDisk($0)].ioTune }
            return Self.names.map { name in
                let text = tune?.child(name)?.text
                if name == "group_name" { return TypedParameter(name, .string(text ?? "")) }
                return TypedParameter(name, .ullong(UInt64(text ?? "") ?? 0))
            }
        }
    }

    public func domainSetBlockIOTune(
        _ dom: DomainRef, disk: String, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetBlockIoTune")
        let known = Dictionary(
            uniqueKeysWithValues: Self.names.map { ($0, $0 == "group_name" ? CheckedParameters.Kind.string : .ullong) })
        let values = try CheckedParameters(params, known)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                let index = try domain[target].tunedDisk(disk)
                let old = domain[target].devices.disks[index].ioTune
                var numbers: [String: UInt64] = [:]
                for name in Self.names where name != "group_name" {
                    let value = values.ullong(name)
                    if let value, value > Self.largest {
                        throw VirtError.test(
                            .argumentUnsupported,
                            "block I/O throttle limit value must be no more than \(Self.largest)")
                    }
                    numbers[name] = value ?? UInt64(old?.child(name)?.text ?? "") ?? 0
                }
                try Self.checkLimits(numbers)
                let group = (values.string("group_name") ?? old?.child("group_name")?.text).flatMap {
                    $0.isEmpty ? nil : $0
                }
                var tune = GenericElement(name: "iotune")
                tune.children = Self.names.compactMap { name in
                    if name == "group_name" { return group.map { GenericElement(name, text: $0) } }
                    let number = numbers[name] ?? 0
                    return number == 0 ? nil : GenericElement(name, text: String(number))
                }
                domain[target].devices.disks[index].ioTune = tune.children.isEmpty ? nil : tune
            }
        }
    }

    /// A total excludes its parts; and, by a slip of libvirt's that callers see, no limit may be above its peak, also
    /// if there is no peak.
    private static func checkLimits(_ numbers: [String: UInt64]) throws {
        func isSet(_ name: String) -> Bool { numbers[name] ?? 0 != 0 }
        for kind in ["bytes_sec", "iops_sec", "bytes_sec_max", "iops_sec_max"]
        where isSet("total_" + kind) && (isSet("read_" + kind) || isSet("write_" + kind)) {
            throw VirtError.test(
                .invalidArg, "total and read/write of \(kind) cannot be set at the same time")
        }
        for name in limits where numbers[name] ?? 0 > numbers[name + "_max"] ?? 0 {
            throw VirtError.test(.invalidArg, "\(name) cannot be set higher than \(name)_max ")
        }
    }
}

extension Definition {
    /// The disk of that target or source.
    func disk(_ path: String) -> Int? {
        devices.disks.firstIndex { $0.target.name == path } ?? devices.disks.firstIndex { $0.source.path == path }
    }

    fileprivate func tunedDisk(_ path: String) throws -> Int {
        guard !path.isEmpty, let index = disk(path) else {
            throw VirtError.test(.invalidArg, "disk '\(path)' was not found in the domain config")
        }
        return index
    }
}
