public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Interfaces {
    public func connectListAllInterfaces(flags: ConnectListAllInterfacesFlags) async throws -> [InterfaceRef] {
        try check(flags, 3, "testConnectListAllInterfaces")
        return host.read { state in
            state.interfaces.all.filter { interface in
                flags.isEmpty || flags.contains(interface.isActive ? .active : .inactive)
            }.map(\.reference)
        }
    }

    public func interfaceLookupByName(name: String) async throws -> InterfaceRef {
        try host.read { try $0.interfaces.find(name).reference }
    }

    public func interfaceLookupByMACString(mac: String) async throws -> InterfaceRef {
        try host.read { try $0.interfaces.find(mac: mac).reference }
    }

    public func interfaceGetXMLDesc(_ iface: InterfaceRef, flags: InterfaceXMLFlags) async throws -> String {
        try check(flags, 0, "testInterfaceGetXMLDesc")
        return try host.read { try $0.interfaces.find(iface.name).definition }.xml()
    }

    public func interfaceIsActive(_ iface: InterfaceRef) async throws -> Bool {
        try host.read { try $0.interfaces.find(iface.name).isActive }
    }
}

extension TestConnection: InterfaceConfiguration {
    public func interfaceDefineXML(xml: String, flags: InterfaceDefineFlags) async throws -> InterfaceRef {
        try check(flags, 1, "testInterfaceDefineXML")
        try validate(xml, "interface.rng", root: "interface", if: flags.contains(.validate))
        let definition = try conf { () throws(ConfError) in try InterfaceDefinition(xml: xml) }
        return host.update { $0.interfaces.define(definition) }
    }

    public func interfaceUndefine(_ iface: InterfaceRef) async throws {
        try host.update { try $0.interfaces.undefine(iface.name) }
    }

    public func interfaceCreate(_ iface: InterfaceRef, flags: UInt32) async throws {
        try check(flags, 0, "testInterfaceCreate")
        try host.update { try $0.interfaces.setActive(iface.name, true) }
    }

    public func interfaceDestroy(_ iface: InterfaceRef, flags: UInt32) async throws {
        try check(flags, 0, "testInterfaceDestroy")
        try host.update { try $0.interfaces.setActive(iface.name, false) }
    }
}

extension TestConnection: InterfaceTransactions {
    public func interfaceChangeBegin(flags: UInt32) async throws {
        try check(flags, 0, "testInterfaceChangeBegin")
        try host.update { try $0.interfaces.beginChange() }
    }

    public func interfaceChangeCommit(flags: UInt32) async throws {
        try check(flags, 0, "testInterfaceChangeCommit")
        try host.update { try $0.interfaces.commitChange() }
    }

    public func interfaceChangeRollback(flags: UInt32) async throws {
        try check(flags, 0, "testInterfaceChangeRollback")
        try host.update { try $0.interfaces.rollBackChange() }
    }
}
