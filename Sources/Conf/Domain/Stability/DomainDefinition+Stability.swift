package import VirtUtil

extension DomainDefinition {
    /// Refuses a definition that a running guest would notice to be another one.
    ///
    /// `self` is what it runs with, `target` what it shall go on with.
    ///
    /// - Throws: ``ConfError`` `.unsupported`, with libvirt's text for the first difference.
    package func checkStability(against target: DomainDefinition) throws(ConfError) {
        try StabilityCheck.same("domain virt type", hypervisor.rawValue, target.hypervisor.rawValue)
        try StabilityCheck.same("domain uuid", uuid.description, target.uuid.description)
        try StabilityCheck.same("domain genid", generationID?.description, target.generationID?.description)
        try checkMemoryStability(target)
        try StabilityCheck.same("domain vCPU count", vcpus?.current ?? vcpus?.maximum ?? 1, target.vcpus?.current ?? target.vcpus?.maximum ?? 1)
        try StabilityCheck.same("domain vCPU max", vcpus?.maximum ?? 1, target.vcpus?.maximum ?? 1)
        try StabilityCheck.same("domain OS type", os.kind.rawValue, target.os.kind.rawValue)
        try StabilityCheck.same("domain architecture", os.architecture, target.os.architecture)
        try StabilityCheck.same("domain machine type", os.machine, target.os.machine)
        try StabilityCheck.same("domain SMBIOS mode", os.smbiosMode, target.os.smbiosMode)
        try checkFeatureStability(target)
        try checkProcessorStability(target)
        try checkSystemInformationStability(target)
        try checkTimerStability(target)
        try devices.checkStability(against: target.devices)
    }

    private func checkMemoryStability(_ target: DomainDefinition) throws(ConfError) {
        func kibibytes(_ size: MemorySize?) -> UInt64 { size?.kibibytes ?? 0 }
        try StabilityCheck.same("domain max memory", kibibytes(memory), kibibytes(target.memory))
        try StabilityCheck.same("domain current memory", kibibytes(currentMemory), kibibytes(target.currentMemory))
        let (cells, others) = (cpu?.numa?.cells ?? [], target.cpu?.numa?.cells ?? [])
        if cells.count != others.count {
            throw StabilityCheck.failure("Target NUMA node count '\(others.count)' doesn't match source '\(cells.count)'")
        }
        for (index, (cell, other)) in zip(cells, others).enumerated() {
            if cell.memoryKiB != other.memoryKiB {
                throw StabilityCheck.failure(
                    "Size of target NUMA node \(index) (\(other.memoryKiB)) doesn't match source (\(cell.memoryKiB))")
            }
            if cell.cpus?.description != other.cpus?.description {
                throw StabilityCheck.failure("Processor mask of target NUMA node \(index) doesn't match source")
            }
        }
        let (slots, otherSlots) = (maximumMemory?.slots ?? 0, target.maximumMemory?.slots ?? 0)
        if slots != otherSlots {
            throw StabilityCheck.failure("Target domain memory slots '\(otherSlots)' doesn't match source '\(slots)'")
        }
        if kibibytes(maximumMemory) != kibibytes(target.maximumMemory) {
            throw StabilityCheck.failure(
                "Target maximum memory size '\(kibibytes(target.maximumMemory))' doesn't match source '\(kibibytes(maximumMemory))'"
            )
        }
    }

    private func checkFeatureStability(_ target: DomainDefinition) throws(ConfError) {
        func state(_ definition: DomainDefinition, _ name: String) -> String {
            guard let element = definition.features.elements.first(where: { $0.name == name }) else { return "default" }
            return element.summary
        }
        let hostOnly: Set = ["capabilities", "tcg"]
        for (name, _) in FeatureShapes.order where !hostOnly.contains(name) {
            let (first, second) = (state(self, name), state(target, name))
            if first != second {
                throw StabilityCheck.failure("State of feature '\(name)' differs: source: '\(first)', destination: '\(second)'")
            }
        }
    }

    private func checkProcessorStability(_ target: DomainDefinition) throws(ConfError) {
        try StabilityCheck.same("CPU mode", cpu?.mode?.rawValue, target.cpu?.mode?.rawValue)
        try StabilityCheck.same("CPU model", cpu?.model?.name, target.cpu?.model?.name)
        try StabilityCheck.same("CPU vendor", cpu?.vendor, target.cpu?.vendor)
        let (mine, theirs) = (cpu?.topology, target.cpu?.topology)
        try StabilityCheck.same("CPU sockets", mine?.sockets, theirs?.sockets)
        try StabilityCheck.same("CPU dies", mine?.dies, theirs?.dies)
        try StabilityCheck.same("CPU cores", mine?.cores, theirs?.cores)
        try StabilityCheck.same("CPU threads", mine?.threads, theirs?.threads)
        func policies(_ cpu: GuestCPU?) -> [String: String] {
            Dictionary((cpu?.features ?? []).map { ($0.name ?? "", $0.policy?.rawValue ?? "") }) { $1 }
        }
        let (first, second) = (policies(cpu), policies(target.cpu))
        for name in Set(first.keys).union(second.keys).sorted() {
            try StabilityCheck.same("CPU feature \(name)", first[name], second[name])
        }
    }

    private func checkSystemInformationStability(_ target: DomainDefinition) throws(ConfError) {
        func entries(_ definition: DomainDefinition) -> [String: String] {
            var result: [String: String] = [:]
            for table in definition.systemInformation {
                for part in table.children {
                    for entry in part.children { result["\(part.name) \(entry.attribute("name") ?? "")"] = entry.text ?? "" }
                }
            }
            return result
        }
        let (first, second) = (entries(self), entries(target))
        for name in Set(first.keys).union(second.keys).sorted() {
            try StabilityCheck.same("sysinfo \(name)", first[name], second[name])
        }
    }

    private func checkTimerStability(_ target: DomainDefinition) throws(ConfError) {
        let (mine, theirs) = (clock?.timers ?? [], target.clock?.timers ?? [])
        for timer in mine {
            guard let other = theirs.first(where: { $0.name == timer.name }) else { continue }
            if timer.isPresent != other.isPresent {
                throw StabilityCheck.failure("Target timer presence does not match source")
            }
            if timer.name == .tsc {
                try StabilityCheck.same("TSC frequency", timer.frequency ?? 0, other.frequency ?? 0)
                try StabilityCheck.same("TSC mode", timer.mode?.rawValue, other.mode?.rawValue)
            }
        }
    }
}

extension GenericElement {
    /// The element's content on one line, for comparisons and messages.
    fileprivate var summary: String {
        let own = attributes.map { "\($0.name)=\($0.value)" } + (text.map { [$0] } ?? [])
        let inside = children.map { "\($0.name)(\($0.summary))" }
        let all = own + inside
        return all.count == 1 && attributes.first?.name == "state" ? attributes[0].value : all.isEmpty ? "on" : all.joined(separator: ",")
    }
}
