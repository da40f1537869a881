internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A mediated device: an instance of one of the types that its parent offers.
struct TestMediatedDevice {
    /// What it will be at the next start; nil if it is not defined.
    var configuration: DeviceDefinition?
    var isActive = false
    var autostarts = false
}

/// A PCI address as the host has it in names.
private func pciText(_ domain: UInt32?, _ bus: UInt32?, _ slot: UInt32?, _ function: UInt32?) -> String {
    func number(_ value: UInt32?, _ length: Int) -> String {
        let text = String(value ?? 0, radix: 16)
        return String(repeating: "0", count: max(0, length - text.count)) + text
    }
    return "\(number(domain, 4)):\(number(bus, 2)):\(number(slot, 2)).\(number(function, 1))"
}

extension VirtConf.NodeDeviceDefinition {
    /// The content of the capability of a mediated device.
    private var content: GenericElement? { capabilities.first { $0.kind == .mdev }?.content }

    var mediatedType: String? { content?.child("type")?.attribute("id") }
    var mediatedUUID: String? { content?.child("uuid")?.text.flatMap { $0.isEmpty ? nil : $0 } }
    var isMediated: Bool { content != nil }

    /// Sets what a host finds out of a mediated device, behind its type and in libvirt's order.
    fileprivate mutating func completeMediated(uuid: String, parentAddress: String?) {
        guard let index = capabilities.firstIndex(where: { $0.kind == .mdev }) else { return }
        var children = capabilities[index].content.children.filter { $0.name == "type" }
        func element(_ name: String, _ text: String) -> GenericElement {
            var element = GenericElement(name: name)
            element.text = text
            return element
        }
        children.append(element("uuid", uuid))
        if let parentAddress { children.append(element("parent_addr", parentAddress)) }
        children.append(GenericElement(name: "iommuGroup", attributes: [("number", "0")]))
        children += capabilities[index].content.children.filter { $0.name == "attr" }
        capabilities[index].content.children = children
    }

    /// What a mediated device of it has in its name: the PCI address, or another that tells it from others.
    fileprivate var addressOnBus: String? {
        guard let pci = pciAddress else { return name.split(separator: "_").last.map(String.init) }
        return pci
    }

    /// `0000:00:02.0`; nil if it is no PCI device.
    var pciAddress: String? {
        guard let content = capabilities.first(where: { $0.kind == .pci })?.content else { return nil }
        func number(_ name: String) -> UInt32? { content.child(name)?.text.flatMap { UInt32($0) } }
        return pciText(number("domain"), number("bus"), number("slot"), number("function"))
    }

    /// The instances of a type that it can still have; nil if it does not offer the type.
    fileprivate func instances(of type: String?) -> Int? {
        for content in capabilities.map(\.content) {
            for inside in content.children where inside.attribute("type") == "mdev_types" {
                for entry in inside.children where entry.name == "type" && entry.attribute("id") == type {
                    return entry.child("availableInstances")?.text.flatMap { Int($0) } ?? 0
                }
            }
        }
        return nil
    }

    fileprivate mutating func setInstances(of type: String?, to count: Int) {
        for index in capabilities.indices {
            capabilities[index].setInstances(of: type, to: count)
        }
    }
}

extension NodeDeviceCapability {
    fileprivate mutating func setInstances(of type: String?, to count: Int) {
        for index in content.children.indices where content.children[index].attribute("type") == "mdev_types" {
            for entry in content.children[index].children.indices
            where content.children[index].children[entry].attribute("id") == type {
                for part in content.children[index].children[entry].children.indices
                where content.children[index].children[entry].children[part].name == "availableInstances" {
                    content.children[index].children[entry].children[part].text = String(count)
                }
            }
        }
    }
}

extension TestHostState {
    private static func refuse(_ code: ErrorCode, _ text: String) -> VirtError {
        VirtError(code, domain: .nodedev, text)
    }

    /// The definition as the host has it, with name, path and identifier.
    private func completed(_ wanted: DeviceDefinition, of parent: DeviceDefinition) -> DeviceDefinition {
        let uuid = wanted.mediatedUUID.flatMap { DomainUUID($0) } ?? DomainUUID.random()
        var device = wanted
        device.completeMediated(uuid: uuid.description, parentAddress: parent.addressOnBus)
        let address = (parent.addressOnBus ?? "").map { $0.isLetter || $0.isNumber ? $0 : "_" }
        device.name = "mdev_\(uuid.description.replacing("-", with: "_"))_\(String(address))"
        device.path = parent.path.map { "\($0)/\(uuid)" }
        return device
    }

    // MARK: Definitions

    /// Defines a mediated device, or anew the one of its identifier and parent.
    mutating func defineMediated(_ wanted: DeviceDefinition) throws -> NodeDeviceRef {
        guard wanted.isMediated else { throw Self.refuse(.configUnsupported, "Unsupported device type") }
        guard let name = wanted.parent else { throw Self.refuse(.configUnsupported, "missing parent device") }
        guard let parent = devices.all.first(where: { $0.name == name }) else {
            throw Self.refuse(.configUnsupported, "invalid parent device '\(name)'")
        }
        guard parent.instances(of: wanted.mediatedType) != nil else {
            throw Self.refuse(
                .internalError,
                "Unable to define mediated device: parent \(name) has no type '\(wanted.mediatedType ?? "")'")
        }
        let device = completed(wanted, of: parent)
        if devices.mediated[device.name] == nil { devices.add(device) }
        devices.mediated[device.name, default: TestMediatedDevice()].configuration = device
        // An active one stays what it is.
        if !devices.isActive(device.name) { devices.add(device) }
        reportDevice(device.name, .defined)
        return device.reference
    }

    mutating func undefineMediated(_ name: String) throws {
        let device = try devices.find(name)
        guard devices.isPersistent(device) else {
            throw Self.refuse(.operationInvalid, "Node device '\(name)' is not defined")
        }
        guard let mediated = devices.mediated[name] else {
            throw Self.refuse(.configUnsupported, "Unsupported device type")
        }
        if mediated.isActive {
            devices.mediated[name]?.configuration = nil
            devices.mediated[name]?.autostarts = false
        } else {
            devices.remove(name)
        }
        reportDevice(name, .undefined)
    }

    // MARK: Instances

    /// Makes an instance that is not defined.
    ///
    /// - Returns: nil if the definition is not of a mediated device that a parent on this host offers.
    mutating func createMediated(_ wanted: DeviceDefinition) throws -> NodeDeviceRef? {
        guard wanted.isMediated, let name = wanted.parent,
            let parent = devices.all.first(where: { $0.name == name }),
            parent.instances(of: wanted.mediatedType) != nil
        else { return nil }
        let device = completed(wanted, of: parent)
        guard devices.mediated[device.name] == nil else {
            throw Self.refuse(
                .internalError, "Unable to start mediated device: '\(device.name)' exists already")
        }
        try takeInstance(of: device)
        devices.add(device)
        devices.mediated[device.name] = TestMediatedDevice(isActive: true)
        reportDevice(device.name, .created)
        return device.reference
    }

    mutating func startMediated(_ name: String) throws {
        let device = try devices.find(name)
        if devices.isActive(name) { throw Self.refuse(.operationInvalid, "Device is already active") }
        let wanted = devices.mediated[name]?.configuration ?? device
        try takeInstance(of: wanted)
        devices.add(wanted)
        devices.mediated[name]?.isActive = true
        reportDevice(name, .created)
    }

    private mutating func takeInstance(of device: DeviceDefinition) throws {
        let (parent, type) = (device.parent ?? "", device.mediatedType)
        guard let count = devices.all.first(where: { $0.name == parent })?.instances(of: type) else {
            throw Self.refuse(
                .internalError, "Unable to start mediated device: parent \(parent) has no type '\(type ?? "")'")
        }
        guard count > 0 else {
            throw Self.refuse(
                .internalError, "Unable to start mediated device: no instance of type '\(type ?? "")' is left")
        }
        devices.change(parent) { $0.setInstances(of: type, to: count - 1) }
    }

    /// Ends an instance; one that is defined stays, inactive.
    mutating func stopMediated(_ name: String) throws {
        let device = try devices.find(name)
        guard devices.isActive(name) else { throw Self.refuse(.operationInvalid, "Device is not active") }
        if let user = user(of: device) {
            throw Self.refuse(.operationInvalid, "Device \(name) is in use by domain \(user)")
        }
        let type = device.mediatedType
        if let parent = device.parent, let count = devices.all.first(where: { $0.name == parent })?.instances(of: type)
        {
            devices.change(parent) { $0.setInstances(of: type, to: count + 1) }
        }
        if let configuration = devices.mediated[name]?.configuration {
            devices.mediated[name]?.isActive = false
            devices.add(configuration)
        } else {
            devices.remove(name)
        }
        reportDevice(name, .deleted)
    }

    /// The running domain that was given a device of the host; nil if none was.
    func user(of device: DeviceDefinition) -> String? {
        sortedDomains.first { domain in
            domain.isActive && domain.definition.devices.hostDevices.contains { $0.isSame(as: device) }
        }?.name
    }
}

extension HostDevice {
    fileprivate func isSame(as device: DeviceDefinition) -> Bool {
        switch kind {
        case .pci:
            pciSource.map { pciText($0.domain, $0.bus, $0.slot, $0.function) == device.pciAddress } ?? false
        case .mdev:
            device.mediatedUUID != nil
                && sourceParts.contains { $0.attribute("uuid") == device.mediatedUUID }
        default: false
        }
    }
}
