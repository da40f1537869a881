public import Libvirt
internal import VirtConf

extension TestConnection: DomainConsole {
    /// A guest has one terminal for each console, and one client at it.
    public func domainOpenConsole(
        _ dom: DomainRef, devName: String?, flags: DomainConsoleFlags
    ) async throws -> any DataStream {
        try check(flags, 3, "testDomainOpenConsole")
        return try open(dom, force: flags.contains(.force)) { definition in
            let devices = definition.devices
            let found = devName.map { name in devices.port(named: name, .serial, .parallel, .console) } ?? devices.firstPort
            guard let (name, port) = found else {
                throw VirtError.test(.internalError, "cannot find character device \(devName ?? "<null>")")
            }
            guard port.source.kind == .pty || port.source.kind == .unix else {
                throw VirtError.test(.internalError, "character device \(devName ?? name) is not using a PTY or UNIX socket")
            }
            return name
        }
    }
}

extension TestConnection: DomainChannels {
    public func domainOpenChannel(
        _ dom: DomainRef, name: String?, flags: DomainChannelFlags
    ) async throws -> any DataStream {
        try check(flags, 1, "testDomainOpenChannel")
        return try open(dom, force: flags.contains(.force)) { definition in
            let index =
                name.map { name in definition.devices.channels.firstIndex { $0.target.name == name } }
                ?? definition.devices.channels.indices.first
            guard let index else {
                throw VirtError.test(.internalError, "cannot find channel \(name ?? "<null>")")
            }
            guard definition.devices.channels[index].source.kind == .unix else {
                throw VirtError.test(.internalError, "channel \(name ?? "<null>") is not using a UNIX socket")
            }
            return "channel\(index)"
        }
    }

    /// Opens the terminal at a device of a guest that runs.
    private func open(
        _ dom: DomainRef, force: Bool, _ device: (Definition) throws -> String
    ) throws -> TestTerminal {
        try host.update { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            let name = try device(domain.definition)
            if let other = domain.activity.content.terminals[name] {
                guard force else {
                    throw VirtError.test(.operationFailed, "Active console session exists for this domain")
                }
                state.replaced.append(other)
            }
            let terminal = TestTerminal(guest: domain.name) { [weak host] terminal in
                host?.update { state in
                    try? state.modify(dom) { domain in
                        if domain.activity.content.terminals[name] === terminal {
                            domain.activity.content.terminals[name] = nil
                        }
                    }
                }
            }
            try state.modify(dom) { $0.activity.content.terminals[name] = terminal }
            return terminal
        }
    }
}

extension VirtConf.DomainDevices {
    /// The device of that alias, which it has or would have.
    fileprivate func port(named name: String, _ kinds: DeviceKind...) -> (String, CharacterDevice)? {
        for kind in kinds {
            let list = kind == .serial ? serials : kind == .parallel ? parallels : consoles
            for index in list.indices where alias(of: kind, at: index) == name { return (name, list[index]) }
        }
        return nil
    }

    /// The first console, which is also the first serial port; or the port alone.
    fileprivate var firstPort: (String, CharacterDevice)? {
        if let console = consoles.first { return alias(of: .console, at: 0).map { ($0, console) } }
        return serials.first.flatMap { serial in alias(of: .serial, at: 0).map { ($0, serial) } }
    }
}
