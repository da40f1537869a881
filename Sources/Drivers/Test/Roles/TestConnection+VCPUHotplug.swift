public import Libvirt
internal import VirtConf
internal import VirtUtil

/// Single CPUs, as QEMU's driver has them.
extension TestConnection: DomainVCPUHotplug {
    /// One at a time of a run, any but the first of a definition.
    public func domainSetVCPU(
        _ dom: DomainRef, cpumap: String, state: Int32, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetVcpu")
        guard state == 0 || state == 1 else {
            throw VirtError.argument("state", in: "testDomainSetVcpu", domain: .test, "unsupported state value")
        }
        let isEnabled = state == 1
        let map = try conf { () throws(ConfError) in try CPUSet(cpumap) }
        guard let last = map.max else { throw VirtError.test(.invalidArg, "no vcpus selected for modification") }
        let cpus = (0...last).filter(map.contains)
        try host.update { hostState in
            try hostState.modify(dom) { domain in
                let targets = try domain.targets(flags.rawValue)
                var changed: [(TestDomain.Target, Definition)] = []
                for target in targets {
                    var definition = domain[target]
                    var list = TestVCPUList(definition)
                    if target == .live, domain.isActive {
                        list.plug(try list.pluggable(cpus, last, isEnabled: isEnabled), isEnabled: isEnabled)
                    } else {
                        try list.checkConfiguration(cpus, last)
                        list.set(cpus, isEnabled: isEnabled)
                    }
                    list.apply(to: &definition)
                    changed.append((target, definition))
                }
                for (target, definition) in changed { domain[target] = definition }
            }
        }
    }
}

extension TestVCPUList {
    private func check(_ last: Int, _ place: StaticString) throws {
        if last >= entries.count {
            throw VirtError.test(.invalidArg, "vcpu \(last) is not present in \(place) config")
        }
    }

    fileprivate func checkConfiguration(_ cpus: [Int], _ last: Int) throws {
        try check(last, "persistent")
        if cpus.first == 0 { throw VirtError.test(.invalidArg, "vCPU '0' can't be modified") }
    }

    /// The one CPU that can be added or taken away.
    fileprivate func pluggable(_ cpus: [Int], _ last: Int, isEnabled: Bool) throws -> Int {
        try check(last, "live")
        for cpu in cpus {
            if entries[cpu].isEnabled == isEnabled {
                throw VirtError.test(.invalidArg, "vcpu '\(cpu)' is already in requested state")
            }
            if !isEnabled, !entries[cpu].isHotpluggable {
                throw VirtError.test(.operationUnsupported, "vcpu '\(cpu)' can't be unplugged")
            }
        }
        guard cpus.count == 1 else {
            throw VirtError.test(.operationUnsupported, "only one hotpluggable entity can be selected")
        }
        return cpus[0]
    }
}
