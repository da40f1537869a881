public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: NWFilters {
    public func connectListAllNWFilters(flags: UInt32) async throws -> [NWFilterRef] {
        try check(flags, 0, "nwfilterConnectListAllNWFilters", domain: .nwfilter)
        return host.read { $0.nwfilters.sortedFilters.map(\.reference) }
    }

    public func nwfilterLookupByName(name: String) async throws -> NWFilterRef {
        try host.read { try $0.nwfilters.filter(named: name).reference }
    }

    public func nwfilterLookupByUUID(uuid: UUID) async throws -> NWFilterRef {
        try host.read { try $0.nwfilters.filter(uuid).reference }
    }

    public func nwfilterGetXMLDesc(_ nwfilter: NWFilterRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "nwfilterGetXMLDesc", domain: .nwfilter)
        return try host.read { try $0.nwfilters.filter(nwfilter.uuid).definition }.xml()
    }

    public func nwfilterDefineXMLFlags(xml: String, flags: NWFilterDefineFlags) async throws -> NWFilterRef {
        try check(flags, 1, "nwfilterDefineXMLFlags", domain: .nwfilter)
        try validate(xml, "nwfilter.rng", root: "filter", if: flags.contains(.validate))
        let definition = try conf { () throws(ConfError) in try FilterDefinition(xml: xml) }
        return try host.update { try $0.nwfilters.take(definition) }
    }

    public func nwfilterDefineXML(xml: String) async throws -> NWFilterRef {
        try await nwfilterDefineXMLFlags(xml: xml, flags: [])
    }

    public func nwfilterUndefine(_ nwfilter: NWFilterRef) async throws {
        try host.update { try $0.nwfilters.remove(nwfilter.uuid) }
    }
}
