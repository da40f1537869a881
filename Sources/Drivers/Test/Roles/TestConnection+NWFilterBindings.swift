public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: NWFilterBindings {
    public func connectListAllNWFilterBindings(flags: UInt32) async throws -> [NWFilterBindingRef] {
        try check(flags, 0, "nwfilterConnectListAllNWFilterBindings", domain: .nwfilter)
        return host.read { $0.nwfilters.sortedBindings.map(\.reference) }
    }

    public func nwfilterBindingLookupByPortDev(name: String) async throws -> NWFilterBindingRef {
        try host.read { try $0.nwfilters.binding(name).reference }
    }

    public func nwfilterBindingGetXMLDesc(_ nwfilter: NWFilterBindingRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "nwfilterBindingGetXMLDesc", domain: .nwfilter)
        return try host.read { try $0.nwfilters.binding(nwfilter.portdev).definition }.xml()
    }

    public func nwfilterBindingCreateXML(
        xml: String, flags: NWFilterBindingCreateFlags
    ) async throws -> NWFilterBindingRef {
        try check(flags, 1, "nwfilterBindingCreateXML", domain: .nwfilter)
        try validate(xml, "nwfilterbinding.rng", root: "filterbinding", if: flags.contains(.validate))
        let definition = try conf { () throws(ConfError) in try BindingDefinition(xml: xml) }
        return try host.update { state in
            let isPresent = state.hasInterface(definition.portDevice)
            return try state.nwfilters.bind(definition, isPresent: isPresent)
        }
    }

    public func nwfilterBindingDelete(_ nwfilter: NWFilterBindingRef) async throws {
        try host.update { try $0.nwfilters.unbind(nwfilter.portdev) }
    }
}

extension TestHostState {
    /// Whether the host has a network interface of that name: the loopback, or one of a domain that runs.
    func hasInterface(_ name: String) -> Bool {
        name == "lo"
            || domains.values.contains { domain in
                domain.isActive && domain.definition.devices.interfaces.contains { $0.targetName == name }
            }
    }
}
