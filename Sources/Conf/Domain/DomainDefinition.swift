package import VirtUtil

/// A domain as its XML describes it.
///
/// A value: copy it, change it, print it. Whether a domain runs, and under which id, belongs to the driver.
package struct DomainDefinition: XMLMapped {
    package enum Hypervisor: String, XMLKeyword {
        case none, qemu, kqemu, kvm, xen, lxc, uml, openvz, test, vmware, hyperv, vbox, phyp, parallels, bhyve, vz, hvf
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
    package var defaultIOThread: GenericElement?
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
    /// Only of drivers that know an emulator.
    package var emulatorExtensions: EmulatorExtensions?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        mapHead(x)
        x.element("maxMemory", &maximumMemory)
        x.element("memory", &memory)
        x.element("currentMemory", &currentMemory)
        x.shaped("blkiotune", DomainShapes.blockIOTune, &blockIOTune)
        x.element("memtune", &memoryTune)
        x.element("memoryBacking", &memoryBacking)
        x.element("vcpu", &vcpus)
        x.shaped("vcpus", DomainShapes.vcpus, &vcpuList)
        if x.isReading {
            let maximum = vcpus?.maximum ?? 1
            for id in vcpuList?.children.compactMap({ $0.attribute("id").flatMap { UInt32($0) } }) ?? []
            where id >= maximum {
                x.failXML("vcpu id '\(id)' is out of range of maximum vcpu count")
            }
            // One by one, they say how many there are at first.
            if let enabled = vcpuList?.children.count(where: { $0.attribute("enabled") == "yes" }), enabled > 0 {
                vcpus?.current = enabled < Int(maximum) ? UInt32(enabled) : nil
            }
        }
        mapIOThreads(x)
        x.shaped("iothreadids", DomainShapes.ioThreadIDs, &ioThreadIDs)
        x.shaped("defaultiothread", DomainShapes.defaultIOThread, &defaultIOThread)
        if x.isReading {
            let ids = ioThreadIDs?.children.compactMap { $0.attribute("id") } ?? []
            for (index, id) in ids.enumerated() where ids[..<index].contains(id) {
                x.failXML("duplicate iothread id '\(id)' found")
            }
            completeIOThreads()
        }
        x.element("cputune", &cpuTune)
        if x.isReading { checkIOThreads(x) }
        x.element("numatune", &numaTune)
        x.shaped("resource", DomainShapes.resource, &resource)
        mapSystemInformation(x)
        x.textElement("bootloader", &bootloader)
        x.textElement("bootloader_args", &bootloaderArguments)
        if x.isReading, bootloader == nil { bootloaderArguments = nil }
        mapOperatingSystem(x)
        if x.isReading, let node = x.node?.child("idmap") { checkIDMap(node, x) }
        x.shaped("idmap", DomainShapes.idMap, &idMap)
        if x.isReading, idMap?.children.isEmpty == true { idMap = nil }
        x.element("features") { features.map(x) }
        x.element("cpu", &cpu)
        if x.isReading {
            checkNUMACells(x)
            checkNUMATune(x)
        }
        x.element("clock", &clock)
        mapAction(x, "on_poweroff", &onPowerOff)
        mapAction(x, "on_reboot", &onReboot)
        mapAction(x, "on_crash", &onCrash)
        x.textElement("on_lockfailure", &onLockFailure)
        if x.isReading, let action = onLockFailure, !["poweroff", "restart", "pause", "ignore"].contains(action) {
            x.failUnsupported("unknown on_lockfailure action: \(action)")
        }
        x.element("pm", &powerManagement)
        x.shaped("perf", DomainShapes.performance, &performance)
        if x.isReading {
            let events = performance?.children.compactMap { $0.attribute("name") } ?? []
            for (index, event) in events.enumerated() where events[..<index].contains(event) {
                x.failXML("perf event '\(event)' was already specified")
            }
        }
        mapDevices(x)
        mapSecurityLabels(x)
        x.shaped("keywrap", DomainShapes.keyWrap, &keyWrap)
        if x.isReading, keyWrap?.children.isEmpty == true { keyWrap = nil }
        if x.isReading, keyWrap != nil {
            keyWrap!.children.sort { ($0.attribute("name") ?? "") < ($1.attribute("name") ?? "") }
        }
        x.shaped("launchSecurity", DomainShapes.sev, &launchSecurity)
        x.check(launchSecurity, "type", ["sev", "s390-pv"])
        x.putElements(emulatorExtensions?.elements ?? [])
    }

    /// Several lists of devices are read as one.
    private mutating func mapDevices(_ x: XMLCoder) {
        guard x.isReading else {
            var always = true
            x.element("devices", present: &always) {
                x.forceEndTag()
                devices.map(x)
            }
            return
        }
        let lists = x.node.map { Array($0.children("devices")) } ?? []
        for list in lists { x.read(list) { devices.map(x) } }
        if lists.reduce(0, { $0 + Array($1.children("memballoon")).count }) > 1 {
            x.failInternal("only a single memory balloon device is supported")
        }
        devices.check(x)
    }

    private mutating func mapHead(_ x: XMLCoder) {
        x.put("type", hypervisor.rawValue)
        if !x.style.isInactive { x.attribute("id", &id) }
        if emulatorExtensions != nil { x.put("xmlns:qemu", EmulatorExtensions.namespace) }
        var text: String? = name
        x.textElement("name", &text)
        if x.isReading { readName(x, text ?? "") }
        if x.isReading {
            readHypervisor(x)
        }
        text = uuid.description
        x.textElement("uuid", &text)
        if x.isReading {
            readUUIDs(x)
            checkGuestType(x)
        }
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
        if text.utf8.contains(0x0A) {
            let message = "invalid char in name: \n"
            x.fail(ConfError(.xmlDetail, message, domain: ConfError.fromXML))
        }
    }

    private mutating func readHypervisor(_ x: XMLCoder) {
        guard let text = x.peek("type"), !text.isEmpty else {
            x.failInternal("missing domain type attribute")
            return
        }
        if let known = Hypervisor(rawValue: text) {
            hypervisor = known
        } else {
            x.failUnsupported("invalid domain type \(text)")
        }
    }

    /// Without a type of guest nothing else is looked at.
    private func checkGuestType(_ x: XMLCoder) {
        guard let node = x.node, node.child("bootloader") == nil else { return }
        guard let type = node.child("os")?.child("type"), !type.text.isEmpty else {
            return x.failXML("an os <type> must be specified")
        }
        if let architecture = type.attribute("arch"), !architecture.isEmpty, !architectures.contains(architecture) {
            x.failUnsupported("Unknown architecture \(architecture)")
        }
    }

    private mutating func readUUIDs(_ x: XMLCoder) {
        if let text = x.node?.child("uuid")?.text, !text.isEmpty {
            if let read = DomainUUID(text) { uuid = read } else { x.failInternal("malformed uuid element") }
        } else {
            // A guest is known to itself by the UUID of its system's table.
            let tables = x.node.map { Array($0.children("sysinfo")) } ?? []
            let told = tables.compactMap { $0.child("system") }.flatMap { Array($0.children("entry")) }
                .first { $0.attribute("name") == "uuid" }
            uuid = told.flatMap { DomainUUID($0.text) } ?? .random()
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

    private func checkIDMap(_ node: XMLNode, _ x: XMLCoder) {
        for entry in Array(node.children("uid")) + Array(node.children("gid")) {
            let numbers = [entry.attribute("start"), entry.attribute("target"), entry.attribute("count")]
            if numbers.contains(where: { $0.flatMap { UInt32($0) } == nil }) {
                x.failXML("invalid idmap start/target/count settings")
            }
        }
    }

    private func checkNUMACells(_ x: XMLCoder) {
        let cells = cpu?.numa?.cells ?? []
        let maximum = vcpus?.maximum ?? 1
        let count = cells.reduce(0) { $0 + ($1.cpus?.count ?? 0) }
        if count > Int(maximum) { x.failInternal("Number of CPUs in <numa> exceeds the <vcpu> count") }
        for last in cells.compactMap({ $0.cpus?.max }) where last >= maximum {
            x.failInternal("CPU IDs in <numa> exceed the <vcpu> count")
        }
    }

    /// Pins and schedulers are of threads that exist.
    private func checkIOThreads(_ x: XMLCoder) {
        let named = ioThreadIDs?.children.compactMap { $0.attribute("id").flatMap { Int($0) } } ?? []
        let count = Int(ioThreads ?? 0)
        // Those that are not named have the lowest numbers.
        func isKnown(_ id: Int) -> Bool { named.isEmpty ? id >= 1 && id <= count : named.contains(id) }
        for element in cpuTune?.elements ?? [] where element.name == "iothreadpin" || element.name == "iothreadsched" {
            let text = element.attribute("iothread") ?? element.attribute("iothreads") ?? ""
            guard let set = try? CPUSet(text) else { continue }
            for id in 0...(set.max ?? 0) where set.contains(id) && !isKnown(id) {
                x.failUnsupported("Cannot find 'iothread' : \(id)")
                return
            }
        }
    }

    private func checkNUMATune(_ x: XMLCoder) {
        let count = UInt32(cpu?.numa?.cells.count ?? 0)
        var seen: Set<String> = []
        for node in numaTune?.nodes ?? [] {
            if count == 0 { x.failXML("Element 'memnode' is invalid without any guest NUMA cells") }
            let cell = node.attribute("cellid") ?? ""
            if UInt32(cell) ?? count >= count {
                x.failXML("Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell")
            }
            if !seen.insert(cell).inserted { x.failXML("Multiple memnode elements with cellid \(cell)") }
        }
        guard let memory = x.node?.child("numatune")?.child("memory"), memory.attribute("nodeset") == nil else {
            return
        }
        let isStatic = memory.attribute("placement").map { $0 == "static" } ?? (vcpus?.placement != .auto)
        if isStatic {
            x.failUnsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'")
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

    /// A table of SMBIOS has entries of a certain name, each once, in a certain order.
    private mutating func mapSystemInformation(_ x: XMLCoder) {
        guard x.isReading else { return x.putElements(systemInformation) }
        for node in x.node.map({ Array($0.children("sysinfo")) }) ?? [] {
            let isFirmware = node.attribute("type") == "fwcfg"
            let shape = isFirmware ? DomainShapes.firmwareConfiguration : DomainShapes.systemInformation
            if isFirmware, Array(node.children("entry")).contains(where: { $0.attribute("name") == nil }) {
                x.failXML("Firmware entry is missing 'name' attribute")
            }
            var information = shape.read(node, x)
            for index in information.children.indices {
                guard let names = DomainShapes.systemEntries[information.children[index].name] else { continue }
                let given = information.children[index].children
                information.children[index].children = names.compactMap { name in
                    given.first { $0.attribute("name") == name }
                }
            }
            information.children.removeAll { $0.children.isEmpty && !isFirmware }
            systemInformation.append(information)
        }
    }

    private mutating func mapSecurityLabels(_ x: XMLCoder) {
        x.shaped("seclabel", DomainShapes.securityLabel, &securityLabels)
        guard x.isReading else { return }
        for index in securityLabels.indices {
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
        for label in securityLabels where label.attribute("type") == "static" && label.child("label") == nil {
            x.failXML("security label is missing")
        }
        let models = securityLabels.map { $0.attribute("model") }
        for (index, model) in models.enumerated() where model != nil && models[..<index].contains(model) {
            x.fail(ConfError(.xmlDetail, "seclabel for model \(model ?? "") is already provided"))
        }
        if models.count > 1, models.contains(nil) {
            x.failXML("missing security model when using multiple labels")
        }
        // Without a type it is the security driver's default, which says nothing.
        securityLabels.removeAll { $0.attribute("type") == nil }
    }

    private mutating func mapOperatingSystem(_ x: XMLCoder) {
        if x.isReading, bootloader != nil, x.node?.child("os")?.child("type") == nil { os.kind = .xen }
        os.isXenGuest = hypervisor == .xen
        os.hasBootloader = bootloader != nil
        x.element("os") { os.map(x) }
        if x.isReading {
            // What a second list says of the order of booting counts as well.
            for other in x.node.map({ Array($0.children("os")) })?.dropFirst() ?? [] {
                x.read(other) { x.elements("boot", &os.boot) }
            }
        }
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
        /// As it stands in the metadata; namespaces may be declared there.
        package var xml: String
        /// The element by itself.
        package var standalone: String

        package init(namespace: String, xml: String, standalone: String? = nil) {
            self.namespace = namespace
            self.xml = xml
            self.standalone = standalone ?? xml
        }
    }

    package var entries: [Entry] = []
    /// Namespaces that `<metadata>` itself declares for what is in it.
    package var declarations: [(prefix: String?, uri: String)] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            for (prefix, uri) in declarations { x.putNamespace(prefix, uri) }
            for entry in entries { x.putVerbatim(entry.xml) }
            return
        }
        x.node?.withDetachedCopy { copy in
            declarations = copy.namespaceDeclarations
            x.read(copy) { readEntries(x) }
        }
    }

    private mutating func readEntries(_ x: XMLCoder) {
        x.forEachElement { node in
            // Without a namespace nobody could be its owner; two of one namespace are one too many.
            guard let namespace = node.namespaceURI, !entries.contains(where: { $0.namespace == namespace }) else {
                return
            }
            let xml = node.serialized(level: 2)
            let standalone = declarations.isEmpty ? nil : node.withDetachedCopy { $0.serialized(level: 2) }
            entries.append(Entry(namespace: namespace, xml: xml, standalone: standalone))
        }
    }
}
