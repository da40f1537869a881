package import VirtUtil

/// A domain as its XML describes it.
///
/// A value: copy it, change it, print it. Whether a domain runs, and under which id, belongs to the driver.
package struct DomainDefinition: XMLMapped {
    package enum Hypervisor: String, XMLKeyword {
        case qemu, kqemu, kvm, xen, lxc, uml, openvz, test, vmware, hyperv, vbox, phyp, parallels, bhyve, vz, hvf
    }
    package enum LifecycleAction: String, XMLKeyword {
        case destroy, restart, preserve
        case renameRestart = "rename-restart"
        case coredumpDestroy = "coredump-destroy"
        case coredumpRestart = "coredump-restart"
    }

    package var hypervisor = Hypervisor.qemu
    /// Set while the domain runs.
    package var id: Int32?
    package var name = ""
    package var uuid = DomainUUID(high: 0, low: 0)
    package var generationID: DomainUUID?
    package var title: String?
    package var description: String?
    package var metadata: DomainMetadata?
    package var maximumMemory: MemorySize?
    package var memory: MemorySize?
    package var currentMemory: MemorySize?
    package var blockIOTune: GenericElement?
    package var memoryTune: MemoryTune?
    package var memoryBacking: MemoryBacking?
    package var vcpus: VirtualCPUs?
    package var vcpuList: GenericElement?
    package var ioThreads: UInt32?
    package var ioThreadIDs: GenericElement?
    package var cpuTune: CPUTune?
    package var numaTune: NUMATune?
    package var resource: GenericElement?
    package var systemInformation: [GenericElement] = []
    package var bootloader: String?
    package var bootloaderArguments: String?
    package var os = OperatingSystem()
    package var idMap: GenericElement?
    package var features = Features()
    package var cpu: GuestCPU?
    package var clock: Clock?
    package var onPowerOff: LifecycleAction?
    package var onReboot: LifecycleAction?
    package var onCrash: LifecycleAction?
    package var onLockFailure: String?
    package var powerManagement: PowerManagement?
    package var performance: GenericElement?
    package var devices = DomainDevices()
    package var securityLabels: [GenericElement] = []
    package var keyWrap: GenericElement?
    package var launchSecurity: GenericElement?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        mapHead(x)
        x.element("maxMemory", &maximumMemory)
        x.element("memory", &memory)
        x.element("currentMemory", &currentMemory)
        x.verbatim("blkiotune", &blockIOTune)
        x.element("memtune", &memoryTune)
        x.element("memoryBacking", &memoryBacking)
        x.element("vcpu", &vcpus)
        x.verbatim("vcpus", &vcpuList)
        mapIOThreads(x)
        x.verbatim("iothreadids", &ioThreadIDs)
        if x.isReading { completeIOThreads() }
        x.element("cputune", &cpuTune)
        x.element("numatune", &numaTune)
        x.verbatim("resource", &resource)
        x.verbatim("sysinfo", &systemInformation)
        x.textElement("bootloader", &bootloader)
        x.textElement("bootloader_args", &bootloaderArguments)
        mapOperatingSystem(x)
        x.verbatim("idmap", &idMap)
        if x.isReading, idMap?.children.isEmpty == true { idMap = nil }
        x.element("features") { features.map(x) }
        x.element("cpu", &cpu)
        x.element("clock", &clock)
        mapAction(x, "on_poweroff", &onPowerOff)
        mapAction(x, "on_reboot", &onReboot)
        mapAction(x, "on_crash", &onCrash)
        x.textElement("on_lockfailure", &onLockFailure)
        if x.isReading, let action = onLockFailure, !["poweroff", "restart", "pause", "ignore"].contains(action) {
            x.failUnsupported("unknown on_lockfailure action: \(action)")
        }
        x.element("pm", &powerManagement)
        x.verbatim("perf", &performance)
        var always = true
        x.element("devices", present: &always) {
            x.forceEndTag()
            devices.map(x)
        }
        mapSecurityLabels(x)
        x.verbatim("keywrap", &keyWrap)
        if x.isReading, keyWrap != nil {
            keyWrap!.children.sort { ($0.attribute("name") ?? "") < ($1.attribute("name") ?? "") }
            for cipher in keyWrap!.children { x.check(cipher, "name", ["aes", "dea"], required: true) }
        }
        x.check(launchSecurity, "type", ["sev", "s390-pv"])
        x.verbatim("launchSecurity", &launchSecurity)
    }

    private mutating func mapHead(_ x: XMLCoder) {
        x.put("type", hypervisor.rawValue)
        if !x.style.isInactive { x.attribute("id", &id) }
        var text: String? = name
        x.textElement("name", &text)
        if x.isReading { readName(x, text ?? "") }
        if x.isReading { readHypervisor(x) }
        text = uuid.description
        x.textElement("uuid", &text)
        if x.isReading { readUUIDs(x) }
        text = generationID?.description
        x.textElement("genid", &text)
        x.textElement("title", &title)
        if x.isReading, title?.utf8.contains(0x0A) == true { x.failXML("Domain title can't contain newlines") }
        x.textElement("description", &description)
        x.element("metadata", &metadata)
    }

    private mutating func readName(_ x: XMLCoder, _ text: String) {
        name = text
        if text.isEmpty {
            x.fail(ConfError(code: 21, domain: ConfError.fromDomain, message: "missing name information"))
        }
        if text.utf8.contains(0x2F) { x.failXML("name \(text) cannot contain '/'") }
        if text.utf8.contains(0x0A) {
            let message = "invalid char in name: \n"
            x.fail(ConfError(.xmlDetail, message, domain: ConfError.fromXML))
        }
    }

    private mutating func readHypervisor(_ x: XMLCoder) {
        guard let text = x.peek("type") else {
            x.failInternal("missing domain type attribute")
            return
        }
        if let known = Hypervisor(rawValue: text) {
            hypervisor = known
        } else {
            x.failUnsupported("invalid domain type \(text)")
        }
    }

    private mutating func readUUIDs(_ x: XMLCoder) {
        if let text = x.node?.child("uuid")?.text, !text.isEmpty {
            if let read = DomainUUID(text) { uuid = read } else { x.failInternal("malformed uuid element") }
        } else {
            uuid = .random()
        }
        guard let text = x.node?.child("genid")?.text else { return }
        if text.isEmpty {
            generationID = .random()
        } else if let read = DomainUUID(text) {
            generationID = read
        } else {
            x.failInternal("malformed genid element")
        }
    }

    private mutating func mapIOThreads(_ x: XMLCoder) {
        var text = ioThreads.map { String($0) }
        x.textElement("iothreads", &text)
        guard x.isReading, let text else { return }
        ioThreads = UInt32(text)
        if ioThreads == nil { x.failXML("invalid iothreads count '\(text)'") }
        if ioThreads == 0 { ioThreads = nil }
    }

    /// Every I/O thread has an id; those that were not given are the lowest free ones.
    private mutating func completeIOThreads() {
        guard var list = ioThreadIDs else { return }
        let count = max(Int(ioThreads ?? 0), list.children.count)
        // Nobody has thousands; a wrong number must not become as many elements.
        guard count <= 4096 else { return }
        var taken = Set(list.children.compactMap { $0.attribute("id") })
        var next = 1
        while list.children.count < count {
            while taken.contains(String(next)) { next += 1 }
            taken.insert(String(next))
            list.children.append(GenericElement(name: "iothread", attributes: [("id", String(next))]))
        }
        ioThreads = UInt32(count)
        ioThreadIDs = list
    }

    private mutating func mapSecurityLabels(_ x: XMLCoder) {
        x.verbatim("seclabel", &securityLabels)
        guard x.isReading else { return }
        for index in securityLabels.indices {
            securityLabels[index].order(["type", "model", "relabel"])
            if securityLabels[index].attribute("type") == "dynamic", securityLabels[index].attribute("relabel") == nil,
                securityLabels[index].attribute("model") != nil
            {
                securityLabels[index].set("relabel", "yes")
            }
            // What a run of the domain was given is not part of its definition.
            if x.style.isInactive {
                let isDynamic = securityLabels[index].attribute("type") == "dynamic"
                securityLabels[index].children.removeAll {
                    $0.name == "imagelabel" || isDynamic && $0.name == "label"
                }
            }
        }
        // Without a type it is the security driver's default, which says nothing.
        securityLabels.removeAll { $0.attribute("type") == nil }
    }

    private mutating func mapOperatingSystem(_ x: XMLCoder) {
        if x.isReading, bootloader != nil, x.node?.child("os")?.child("type") == nil { os.kind = .xen }
        os.isXenGuest = hypervisor == .xen
        os.hasBootloader = bootloader != nil
        x.element("os") { os.map(x) }
        if x.isReading, x.node?.child("os") == nil, bootloader == nil {
            x.failXML("an os <type> must be specified")
        }
    }

    private func mapAction(_ x: XMLCoder, _ name: StaticString, _ action: inout LifecycleAction?) {
        var text = action?.rawValue
        x.textElement(name, &text)
        guard x.isReading, let text else { return }
        action = LifecycleAction(rawValue: text)
        if action == nil { x.failUnsupported("unknown \(name) action: \(text)") }
    }
}

/// `<metadata>`: trees of applications, one per namespace, kept as libxml2 prints them.
package struct DomainMetadata: XMLMapped {
    package struct Entry: Sendable {
        package var namespace: String
        package var xml: String
    }

    package var entries: [Entry] = []
    /// What stands in the start tag, as libxml2 prints it: also namespaces that the entries need from further out.
    private var startAttributes = ""

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            x.putAttributes(verbatim: startAttributes)
            for entry in entries { x.putVerbatim(entry.xml) }
            return
        }
        startAttributes = x.node?.standaloneAttributes ?? ""
        x.forEachElement { node in
            // Without a namespace nobody could be its owner; two of one namespace are one too many.
            guard let namespace = node.namespaceURI, !entries.contains(where: { $0.namespace == namespace }) else {
                return
            }
            entries.append(Entry(namespace: namespace, xml: node.serialized(level: 2)))
        }
    }
}
