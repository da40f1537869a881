internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A filter's definition; the handle of that name belongs to module Libvirt.
typealias FilterDefinition = NWFilterDefinition
typealias BindingDefinition = NWFilterBindingDefinition

/// The packet filters of a host, and the interfaces that they are bound to.
///
/// What libvirt's filter driver does for all hypervisors; its own test driver has none.
struct TestNWFilters {
    struct Filter {
        /// Order of appearance, for lists.
        let sequence: UInt64
        var definition: FilterDefinition

        var reference: NWFilterRef { NWFilterRef(name: definition.name, uuid: UUID(definition.uuid)) }
    }

    struct Binding {
        let sequence: UInt64
        let definition: BindingDefinition
        /// The interface was there when the filter was bound to it. Otherwise the binding is only kept.
        let isInForce: Bool
        /// The domain whose run made it and will take it away.
        let guest: UUID?

        var reference: NWFilterBindingRef {
            NWFilterBindingRef(portdev: definition.portDevice, filtername: definition.reference.filter)
        }
    }

    /// Filters by name.
    private(set) var filters: [String: Filter] = [:]
    private var names: [UUID: String] = [:]
    /// Bindings by the interface's name.
    private(set) var bindings: [String: Binding] = [:]
    /// How many interfaces got a name for their binding, since their domains give them none.
    private var nameCount = 0
    private var lastSequence: UInt64 = 0

    /// Filters, names, bindings: none of them grows with what came and went.
    var tableSizes: [Int] { [filters.count, names.count, bindings.count] }

    // MARK: Filters

    /// In order of appearance.
    var sortedFilters: [Filter] { filters.values.sorted { $0.sequence < $1.sequence } }

    func filter(_ uuid: UUID) throws -> Filter {
        guard let name = names[uuid], let filter = filters[name] else {
            throw VirtError.nwfilter(.noNWFilter, "no nwfilter with matching uuid '\(uuid)'")
        }
        return filter
    }

    func filter(named name: String) throws -> Filter {
        guard let filter = filters[name] else {
            throw VirtError.nwfilter(.noNWFilter, "no nwfilter with matching name '\(name)'")
        }
        return filter
    }

    /// Takes a definition: into the filter of its name and UUID, or as a new one. Filters that it includes may be
    /// missing, as long as it is not in force.
    ///
    /// - Throws: `.operationFailed` if the name belongs to another UUID, the UUID to another name, or the filter would
    ///   include itself; `.internalError` if it could not be put in force where the old one is, which stays then.
    mutating func take(_ definition: FilterDefinition) throws -> NWFilterRef {
        func refuse(_ text: String) -> VirtError { .nwfilter(.operationFailed, text) }
        let uuid = UUID(definition.uuid)
        if let name = names[uuid] {
            guard name == definition.name else {
                throw refuse("filter with same UUID but different name ('\(name)') already exists")
            }
        } else if let other = filters[definition.name] {
            throw refuse("filter '\(definition.name)' already exists with uuid \(other.reference.uuid)")
        }
        if included(by: definition).contains(definition.name) { throw refuse("filter would introduce a loop") }

        let old = filters[definition.name]
        if old == nil { lastSequence += 1 }
        let filter = Filter(sequence: old?.sequence ?? lastSequence, definition: definition)
        filters[definition.name] = filter
        if old != nil {
            do {
                for binding in users(of: definition.name) {
                    try TestFilterTree(binding.definition, filters).check()
                }
            } catch {
                filters[definition.name] = old
                throw error
            }
        }
        names[uuid] = definition.name
        return filter.reference
    }

    /// - Throws: `.operationInvalid` if it is in force somewhere. That other filters include it does not matter.
    mutating func remove(_ uuid: UUID) throws {
        let name = try filter(uuid).definition.name
        if !users(of: name).isEmpty { throw VirtError.nwfilter(.operationInvalid, "nwfilter is in use") }
        filters[name] = nil
        names[uuid] = nil
    }

    /// The names of all filters that a definition includes, directly or not, there or missing.
    private func included(by definition: FilterDefinition) -> Set<String> {
        var found: Set<String> = []
        var upcoming = definition.references.map(\.filter)
        while let name = upcoming.popLast() {
            guard found.insert(name).inserted, let filter = filters[name] else { continue }
            upcoming += filter.definition.references.map(\.filter)
        }
        return found
    }

    /// The bindings in force that a filter is part of.
    private func users(of name: String) -> [Binding] {
        bindings.values.filter { binding in
            let top = binding.definition.reference.filter
            guard binding.isInForce else { return false }
            return top == name || filters[top].map { included(by: $0.definition).contains(name) } ?? false
        }
    }

    // MARK: Bindings

    var sortedBindings: [Binding] { bindings.values.sorted { $0.sequence < $1.sequence } }

    func binding(_ portDevice: String) throws -> Binding {
        guard let binding = bindings[portDevice] else {
            throw VirtError.nwfilter(.noNWFilterBinding, "no nwfilter binding for port dev '\(portDevice)'")
        }
        return binding
    }

    /// Binds a filter to an interface.
    ///
    /// - Parameter isPresent: The interface is there, so that the filter is put in force.
    /// - Throws: `.operationFailed` if it has a filter; `.internalError` if that cannot be put in force.
    mutating func bind(
        _ definition: BindingDefinition, isPresent: Bool, guest: UUID? = nil
    ) throws -> NWFilterBindingRef {
        if bindings[definition.portDevice] != nil {
            throw VirtError.nwfilter(.operationFailed, "binding '\(definition.portDevice)' already exists")
        }
        var definition = definition
        if isPresent {
            // Rules may ask for the guest's address without being given it; the binding tells it from then on.
            definition.reference.parameters["MAC"] =
                definition.reference.parameters["MAC"] ?? [definition.hardwareAddress.description]
            try TestFilterTree(definition, filters).check()
        }
        lastSequence += 1
        let binding = Binding(sequence: lastSequence, definition: definition, isInForce: isPresent, guest: guest)
        bindings[definition.portDevice] = binding
        return binding.reference
    }

    /// A name that libvirt would give an interface; none comes twice.
    mutating func newName() -> String {
        defer { nameCount += 1 }
        return "vnet\(nameCount)"
    }

    mutating func unbind(_ portDevice: String) throws {
        _ = try binding(portDevice)
        bindings[portDevice] = nil
    }
}

extension VirtError {
    static func nwfilter(_ code: ErrorCode, _ details: String) -> VirtError {
        VirtError(code, domain: .nwfilter, details)
    }
}
