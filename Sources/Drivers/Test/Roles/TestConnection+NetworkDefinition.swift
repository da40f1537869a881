public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: Libvirt.NetworkDefinition {
    public func networkDefineXML(xml: String) async throws -> NetworkRef { try define(xml) }

    public func networkDefineXMLFlags(xml: String, flags: NetworkDefineFlags) async throws -> NetworkRef {
        try check(flags, 1, "testNetworkDefineXMLFlags")
        try validate(xml, "network.rng", root: "network", if: flags.contains(.validate))
        return try define(xml)
    }

    private func define(_ xml: String) throws -> NetworkRef {
        let definition = try Self.networkDefinition(xml)
        return try host.update { state in
            let network = try state.networks.take(definition, forRun: false)
            state.report(network, .defined)
            return network
        }
    }

    private static func networkDefinition(_ xml: String) throws -> NetDefinition {
        try conf { () throws(ConfError) in try NetDefinition(xml: xml) }
    }

    public func networkUndefine(_ net: NetworkRef) async throws {
        try host.update { state in
            let network = try state.networks.network(named: net.name)
            if network.isActive {
                throw VirtError.test(.operationInvalid, "Network '\(network.name)' is still running")
            }
            state.report(network.reference, .undefined)
            state.networks.remove(network.name)
        }
    }

    /// Of transient networks, too, as libvirt's test driver.
    public func networkSetAutostart(_ net: NetworkRef, autostart: Bool) async throws {
        try host.update { state in try state.networks.modify(net.name) { $0.autostarts = autostart } }
    }
}

extension TestConnection: NetworkLifecycle {
    public func networkCreate(_ net: NetworkRef) async throws {
        try host.update { state in
            let started = try state.networks.modify(net.name) { network in
                if network.isActive {
                    throw VirtError.test(.operationInvalid, "Network '\(network.name)' is already running")
                }
                network.isActive = true
                return network.reference
            }
            state.report(started, .started)
        }
    }

    public func networkCreateXML(xml: String) async throws -> NetworkRef { try create(xml) }

    public func networkCreateXMLFlags(xml: String, flags: NetworkCreateFlags) async throws -> NetworkRef {
        try check(flags, 1, "testNetworkCreateXMLFlags")
        try validate(xml, "network.rng", root: "network", if: flags.contains(.validate))
        return try create(xml)
    }

    /// A network that was defined runs by this definition, and stays persistent.
    private func create(_ xml: String) throws -> NetworkRef {
        let definition = try Self.networkDefinition(xml)
        return try host.update { state in
            let network = try state.networks.take(definition, forRun: true)
            try state.networks.modify(network.name) { $0.isActive = true }
            state.report(network, .started)
            return network
        }
    }

    /// Also of a network that does not run: it is stopped once more. One that is not persistent is gone then.
    public func networkDestroy(_ net: NetworkRef) async throws {
        try host.update { state in
            let stopped = try state.networks.modify(net.name) { network in
                network.isActive = false
                return network
            }
            state.report(stopped.reference, .stopped)
            if !stopped.isPersistent { state.networks.remove(stopped.name) }
        }
    }
}

extension TestConnection: NetworkUpdates {
    public func networkUpdate(
        _ net: NetworkRef, command: UInt32, section: UInt32, parentIndex: Int32, xml: String,
        flags: NetworkUpdateFlags
    ) async throws {
        try check(flags, 3, "testNetworkUpdate")
        let update = NetworkUpdate(command: command, section: section, parentIndex: parentIndex, xml: xml)
        try host.update { state in
            let name = try state.networks.network(net.uuid).name
            try state.networks.modify(name) { try $0.update(update, flags) }
        }
    }
}
