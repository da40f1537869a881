public import Libvirt
internal import VirtConf
internal import VirtUtil

/// libvirt's test driver has no ports: errors and their order are those of its network driver.
extension TestConnection: NetworkPorts {
    public func networkListAllPorts(_ network: NetworkRef, flags: UInt32) async throws -> [NetworkPortRef] {
        try check(flags, 0, "networkListAllPorts", domain: .network)
        return try host.read { state in
            let network = try state.networks.known(network)
            try network.requireActive()
            return network.sortedPorts.map { NetworkPortRef(net: network.reference, uuid: $0.uuid) }
        }
    }

    public func networkPortLookupByUUID(_ network: NetworkRef, uuid: UUID) async throws -> NetworkPortRef {
        try host.read { state in
            let network = try state.networks.known(network)
            return NetworkPortRef(net: network.reference, uuid: try network.port(uuid).uuid)
        }
    }

    public func networkPortCreateXML(
        _ network: NetworkRef, xml: String, flags: NetworkPortCreateFlags
    ) async throws -> NetworkPortRef {
        try check(flags, 3, "networkPortCreateXML", domain: .network)
        return try host.update { state in
            _ = try state.networks.known(network)
            try validate(xml, "networkport.rng", root: "networkport", if: flags.contains(.validate))
            let definition = try conf { () throws(ConfError) in try NetworkPortDefinition(xml: xml) }
            return try state.networks.modifyKnown(network) { network in
                try network.add(definition, isReclaim: flags.contains(.reclaim))
                return NetworkPortRef(net: network.reference, uuid: UUID(definition.uuid))
            }
        }
    }

    public func networkPortGetXMLDesc(_ port: NetworkPortRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "networkPortGetXMLDesc", domain: .network)
        return try host.read { try $0.networks.known(port.net).port(port.uuid).definition }.xml()
    }

    public func networkPortDelete(_ port: NetworkPortRef, flags: UInt32) async throws {
        try check(flags, 0, "networkPortDelete", domain: .network)
        try host.update { state in
            try state.networks.modifyKnown(port.net) { network in
                _ = try network.port(port.uuid)
                network.removePort(port.uuid)
            }
        }
    }

    public func networkPortGetParameters(_ port: NetworkPortRef, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags, 0, "networkPortGetParameters", domain: .network)
        let bandwidth = try host.read { try $0.networks.known(port.net).port(port.uuid).definition.bandwidth }
        var parameters: [TypedParameter] = []
        func add(_ name: String, _ value: UInt64) {
            parameters.append(TypedParameter(name, .uint(UInt32(clamping: value))))
        }
        if let rate = bandwidth?.inbound {
            add("inbound.average", rate.average)
            add("inbound.peak", rate.peak)
            add("inbound.floor", rate.floor)
            add("inbound.burst", rate.burst)
        }
        if let rate = bandwidth?.outbound {
            add("outbound.average", rate.average)
            add("outbound.peak", rate.peak)
            add("outbound.burst", rate.burst)
        }
        return parameters
    }

    /// What is not given is 0, and a direction without average and floor has no limits then.
    public func networkPortSetParameters(
        _ port: NetworkPortRef, params: [TypedParameter], flags: UInt32
    ) async throws {
        try check(flags, 0, "networkPortSetParameters", domain: .network)
        let names = ["inbound", "outbound"].flatMap { way in ["average", "peak", "burst"].map { "\(way).\($0)" } }
        let known = Dictionary(uniqueKeysWithValues: (names + ["inbound.floor"]).map { ($0, CheckedParameters.Kind.uint) })
        try host.update { state in
            _ = try state.networks.known(port.net).port(port.uuid)
            let values = try CheckedParameters(params, known)
            func rate(_ way: String) -> Bandwidth.Rate? {
                func value(_ name: String) -> UInt64 { UInt64(values.uint("\(way).\(name)") ?? 0) }
                var rate = Bandwidth.Rate()
                rate.average = value("average")
                rate.peak = value("peak")
                rate.burst = value("burst")
                rate.floor = value("floor")
                return rate.average > 0 || rate.floor > 0 ? rate : nil
            }
            var bandwidth = Bandwidth()
            bandwidth.inbound = rate("inbound")
            bandwidth.outbound = rate("outbound")
            try state.networks.modifyKnown(port.net) { try $0.setBandwidth(bandwidth, of: port.uuid) }
        }
    }
}
