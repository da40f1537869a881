package import VirtUtil

extension CPUDefinition {
    /// The richest processor that a guest can have on each of several hosts.
    ///
    /// - Parameters:
    ///   - architecture: without it that of the first processor.
    ///   - models: the only ones that it may be described with, if not all.
    ///   - offered: what the hypervisor can give: of its model, the rest is taken away; nil if it can give all.
    ///   - isMigratable: leave out what keeps a guest on its host.
    ///   - isExpanded: name the features of its model, too.
    /// - Throws: With the code, origin and text of libvirt's refusal.
    package static func baseline(
        of cpus: [CPUDefinition], architecture: String? = nil, models: Set<String>? = nil,
        offered: X86FeatureSet? = nil,
        isMigratable: Bool = false, isExpanded: Bool = false
    ) throws(ConfError) -> GuestCPU {
        guard let first = cpus.first else { throw error(.invalidArgument, "no CPUs given") }
        for (index, cpu) in cpus.enumerated() where cpu.model == nil {
            throw error(.invalidArgument, "no CPU model specified at index \(index)")
        }
        let architecture = architecture ?? first.architecture ?? "x86_64"
        switch CPUArchitecture.family(architecture) {
        case .x86:
            var cpu = try X86Map.standard.baseline(
                cpus, models: models, offered: offered, isMigratable: isMigratable)
            if isExpanded { try X86Map.standard.expand(&cpu) }
            return cpu
        case .power: return try powerBaseline(cpus)
        case .arm: return GuestCPU(model: first.model ?? "", fallback: .allow)
        case .s390:
            throw error(.noSupport, "cannot compute baseline CPU of \(architecture) architecture")
        case .other, nil: throw CPUArchitecture.unsupported(architecture)
        }
    }

    /// Processors of this family have no features: all must be the same.
    private static func powerBaseline(_ cpus: [CPUDefinition]) throws(ConfError) -> GuestCPU {
        let name = cpus[0].model ?? ""
        guard CPUArchitecture.powerModels.contains(name) else { throw error(.internal, "Unknown CPU model \(name)") }
        let maker = CPUArchitecture.powerVendor(name)
        for cpu in cpus {
            if cpu.model != name { throw error(.operationFailed, "CPUs are incompatible") }
            guard let vendor = cpu.vendor else { continue }
            guard CPUArchitecture.powerVendors.contains(vendor) else {
                throw error(.operationFailed, "Unknown CPU vendor \(vendor)")
            }
            if vendor != maker {
                throw error(
                    .operationFailed, "CPU vendor \(maker) of model \(name) differs from vendor \(vendor)")
            }
        }
        return GuestCPU(model: name, fallback: .forbid)
    }
}

extension GuestCPU {
    fileprivate init(model name: String, fallback: Model.Fallback) {
        self.init()
        mode = .custom
        match = .exact
        var model = Model()
        model.name = name
        model.fallback = fallback
        self.model = model
    }

    /// Whether it takes less to say what there is besides the model; what the model must not have weighs more.
    ///
    /// Found by asking libvirt 9.0: the same for nearly all processors that exist, not for each that can be made up.
    fileprivate func isShorter(than other: GuestCPU) -> Bool {
        let (count, otherCount) = (features.count, other.features.count)
        let (disabled, otherDisabled) = (disabledCount, other.disabledCount)
        if count != otherCount {
            return count < otherCount || 2 * count + 3 * disabled < 2 * otherCount + 3 * otherDisabled
        }
        return disabled < otherDisabled
    }

    /// The number of features that the model has and the guest does not.
    private var disabledCount: Int { features.reduce(0) { $0 + ($1.policy == .disable ? 1 : 0) } }
}

extension X86Map {
    fileprivate func baseline(
        _ cpus: [CPUDefinition], models: Set<String>?, offered: X86FeatureSet?, isMigratable: Bool
    ) throws(ConfError) -> GuestCPU {
        var common = try features(of: cpus[0])
        var vendor = cpus[0].vendor
        // The result names a vendor only if all do.
        var namesVendor = vendor != nil
        if let vendor { try checkVendor(vendor) }
        var preferred = cpus[0].model
        for cpu in cpus.dropFirst() {
            if cpu.model != preferred { preferred = nil }
            common.formIntersection(try features(of: cpu))
            let standard = try cpu.model.map { name throws(ConfError) in try knownModel(name).vendor } ?? nil
            if let given = cpu.vendor, let standard, given != standard, let name = cpu.model {
                throw CPUDefinition.error(
                    .operationFailed, "CPU vendor \(standard) of model \(name) differs from vendor \(given)")
            }
            if cpu.vendor == nil { namesVendor = false }
            guard let given = cpu.vendor ?? standard else { continue }
            if vendor == nil {
                try checkVendor(given)
                vendor = given
            } else if vendor != given {
                throw CPUDefinition.error(.operationFailed, "CPU vendors do not match")
            }
        }
        if common.isEmpty { throw CPUDefinition.error(.operationFailed, "CPUs are incompatible") }
        if isMigratable { common = common.subtracting(unmigratable) }
        var result = try describe(common, vendor: vendor, preferred: preferred, models: models)
        if result.model?.name == preferred || models != nil { result.model?.fallback = .forbid }
        if namesVendor { result.vendor = vendor }
        if let offered, let name = result.model?.name {
            let given = Set(result.features.compactMap(\.name))
            result.features += names(of: try knownModel(name).features.subtracting(offered))
                .filter { !given.contains($0) }.map { GuestCPU.Feature($0, .disable) }
        }
        return result
    }

    private func checkVendor(_ name: String) throws(ConfError) {
        if vendors[name] == nil { throw CPUDefinition.error(.operationFailed, "Unknown CPU vendor \(name)") }
    }

    /// The model that is nearest to a set of features, with what it lacks and has too much; later models first.
    private func describe(
        _ set: X86FeatureSet, vendor: String?, preferred: String?, models allowed: Set<String>?
    ) throws(ConfError) -> GuestCPU {
        var best: GuestCPU?
        for model in models.reversed() where model.describesGuests {
            if let allowed, !allowed.contains(model.name) { continue }
            if let vendor, let other = model.vendor, other != vendor { continue }
            let candidate = describe(set, as: model)
            if model.name == preferred { return candidate }
            guard let current = best else {
                best = candidate
                continue
            }
            if candidate.isShorter(than: current) { best = candidate }
        }
        guard let best else {
            throw CPUDefinition.error(.internal, "Cannot find suitable CPU model for given data")
        }
        return best
    }

    private func describe(_ set: X86FeatureSet, as model: Model) -> GuestCPU {
        var cpu = GuestCPU(model: model.name, fallback: .allow)
        cpu.features = names(of: set.subtracting(model.features)).map { GuestCPU.Feature($0, .require) }
        cpu.features += names(of: model.features.subtracting(set)).map { GuestCPU.Feature($0, .disable) }
        let named = Set(cpu.features.compactMap(\.name))
        cpu.features += model.removed.filter { !named.contains($0) }.map { GuestCPU.Feature($0, .disable) }
        return cpu
    }

    /// Names the features of the model, too; all of them by name.
    fileprivate func expand(_ cpu: inout GuestCPU) throws(ConfError) {
        guard let name = cpu.model?.name else { return }
        let given = Set(cpu.features.compactMap(\.name))
        cpu.features += names(of: try knownModel(name).features).filter { !given.contains($0) }
            .map { GuestCPU.Feature($0, .require) }
        cpu.features.sort { ($0.name ?? "").utf8.lexicographicallyPrecedes(($1.name ?? "").utf8) }
    }
}
