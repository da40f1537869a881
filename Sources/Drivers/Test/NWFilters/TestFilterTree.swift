internal import Libvirt
internal import VirtConf

/// A binding's filter with all that it includes: whether it could be put in force.
struct TestFilterTree {
    typealias Parameters = [String: [String]]

    /// A filter can be included in many ways, each with parameters of its own: no more than so many are looked at.
    static let limit = 10_000

    private struct Step: Hashable {
        let filter: String
        let parameters: Parameters
    }

    private let binding: BindingDefinition
    private let filters: [String: TestNWFilters.Filter]

    init(_ binding: BindingDefinition, _ filters: [String: TestNWFilters.Filter]) {
        self.binding = binding
        self.filters = filters
    }

    /// - Throws: `.internalError` if a filter is missing, if a variable has no value, or if variables that are gone
    ///   through together have different numbers of values.
    func check() throws {
        var missing: [String] = []
        var isUneven = false
        var upcoming = [Step(filter: binding.reference.filter, parameters: binding.reference.parameters)]
        var seen: Set<Step> = []
        // Depth first, in the order of the text: of several filters that are missing the first one is told.
        while let step = upcoming.popLast() {
            guard seen.insert(step).inserted else { continue }
            if seen.count > Self.limit { throw Self.refuse("filter '\(binding.reference.filter)' is too large") }
            guard let filter = filters[step.filter]?.definition else {
                throw Self.refuse("referenced filter '\(step.filter)' is missing")
            }
            for rule in filter.rules {
                for name in Self.unknown(in: rule, step.parameters) where !missing.contains(name) {
                    missing.append(name)
                }
                isUneven = isUneven || Self.isUneven(rule, step.parameters)
            }
            for reference in filter.references.reversed() {
                let merged = step.parameters.merging(reference.parameters) { outer, _ in outer }
                upcoming.append(Step(filter: reference.filter, parameters: merged))
            }
        }
        // The address of the guest alone is learned from its packets.
        if missing == ["IP"] { return }
        if !missing.isEmpty {
            throw Self.refuse(
                """
                Cannot instantiate filter due to unresolvable variables or unavailable list elements: \
                \(missing.joined(separator: ", "))
                """)
        }
        if isUneven {
            throw Self.refuse("Cardinality of list items must be the same for processing them in parallel")
        }
    }

    private static func refuse(_ text: String) -> VirtError { .nwfilter(.internalError, text) }

    private static func unknown(in rule: NWFilterRule, _ parameters: Parameters) -> [String] {
        rule.variables.compactMap { variable in
            let count = parameters[variable.name]?.count ?? 0
            if case .element(let index) = variable.access, index < count { return nil }
            if case .iterator = variable.access, count > 0 { return nil }
            return "\(variable)"
        }
    }

    private static func isUneven(_ rule: NWFilterRule, _ parameters: Parameters) -> Bool {
        var counts: [UInt32: Int] = [:]
        for variable in rule.variables {
            guard case .iterator(let number) = variable.access, let count = parameters[variable.name]?.count else {
                continue
            }
            if counts.updateValue(count, forKey: number) ?? count != count { return true }
        }
        return false
    }
}
