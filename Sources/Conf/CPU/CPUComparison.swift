package import VirtUtil

/// What a host's processor is to one that is asked for; raw values are `virCPUCompareResult`.
package enum CPUComparison: Int32, Sendable { case incompatible, identical, superset }

extension CPUDefinition {
    /// Whether a host with this processor can give a guest, or be, the other one.
    ///
    /// - Parameter failing: whether not to be able is an error, which says why.
    package func comparison(to other: CPUDefinition, failing: Bool) throws(ConfError) -> CPUComparison {
        do {
            return try X86Map.standard.compare(host: self, other)
        } catch {
            if error.code != ConfError.Kind.incompatibleCPU.code || failing { throw error }
            return .incompatible
        }
    }
}

extension CPUDefinition {
    /// All that the processor can do.
    package func allFeatures() throws(ConfError) -> X86FeatureSet { try X86Map.standard.features(of: self) }
}

extension X86Map {
    /// The features of a processor that have one of the policies, with its model's if a host must have those.
    func features(of cpu: CPUDefinition, _ policy: GuestCPU.Feature.Policy) throws(ConfError) -> X86FeatureSet {
        var set = X86FeatureSet()
        if cpu.form == .host, policy != .require { return set }
        if policy == .require, let name = cpu.model { set = try knownModel(name).features }
        for (name, given) in cpu.features where given == policy { set.insert(try knownFeature(name)) }
        return set
    }

    /// What the processor has once all policies are applied.
    func features(of cpu: CPUDefinition) throws(ConfError) -> X86FeatureSet {
        var set = X86FeatureSet()
        if let name = cpu.model { set = try knownModel(name).features }
        for (name, policy) in cpu.features {
            switch policy {
            case .force, .require: set.insert(try knownFeature(name))
            case .optional, .disable, .forbid:
                if let number = number(of: name) { set.remove(number) }
            }
        }
        return set
    }

    func knownModel(_ name: String) throws(ConfError) -> Model {
        guard let model = model(name) else { throw CPUDefinition.error(.internal, "Unknown CPU model \(name)") }
        return model
    }

    private func knownFeature(_ name: String) throws(ConfError) -> Int {
        guard let number = number(of: name) else {
            throw CPUDefinition.error(.internal, "Unknown CPU feature \(name)")
        }
        return number
    }

    /// - Throws: `incompatibleCPU` with the reason.
    func compare(host: CPUDefinition, _ cpu: CPUDefinition) throws(ConfError) -> CPUComparison {
        func incompatible(_ reason: String) -> ConfError { CPUDefinition.error(.incompatibleCPU, reason) }
        if let architecture = cpu.architecture, CPUArchitecture.family(architecture) != .x86 {
            throw incompatible("CPU arch \(architecture) does not match host arch")
        }
        if let vendor = cpu.vendor, vendor != host.vendor {
            throw incompatible("host CPU vendor does not match required CPU vendor \(vendor)")
        }
        let available = try features(of: host)
        let forced = try features(of: cpu, .force)
        let wanted = try features(of: cpu, .require)
        let optional = try features(of: cpu, .optional)
        let disabled = try features(of: cpu, .disable)
        let forbidden = try features(of: cpu, .forbid).intersection(available)
        if !forbidden.isEmpty {
            throw incompatible("Host CPU provides forbidden features: \(list(forbidden))")
        }
        let required = wanted.subtracting(forced).subtracting(optional)
            .subtracting(disabled)
        let missing = required.subtracting(available)
        if !missing.isEmpty {
            throw incompatible("Host CPU does not provide required features: \(list(missing))")
        }
        let extra = available.subtracting(optional).subtracting(required).subtracting(disabled).subtracting(forced)
        if extra.isEmpty { return .identical }
        if cpu.form == .guest, cpu.match == .strict {
            throw incompatible("Host CPU does not strictly match guest CPU: Extra features: \(list(extra))")
        }
        return .superset
    }

    private func list(_ set: X86FeatureSet) -> String { names(of: set).joined(separator: ", ") }
}
