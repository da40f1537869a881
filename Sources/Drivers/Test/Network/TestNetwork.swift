internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A network's definition; the role of that name belongs to module Libvirt.
typealias NetDefinition = VirtConf.NetworkDefinition

/// A network of the host: a value, changed under the host's lock.
struct TestNetwork {
    /// Order of appearance, for lists.
    let sequence: UInt64
    /// What the network is now.
    private(set) var definition: NetDefinition
    /// What it was defined as while it ran. libvirt's test driver does not take it over when the network stops, nor
    /// forgets it: until the network is defined anew, changes of the configuration begin with it.
    private var pending: NetDefinition?
    /// A network that stops loses what was plugged in.
    var isActive = false {
        didSet { if !isActive { ports = [:] } }
    }
    private(set) var ports: [UUID: TestNetworkPort] = [:]
    private var lastPort: UInt64 = 0
    private(set) var isPersistent = false
    var autostarts = false

    init(_ definition: NetDefinition, sequence: UInt64, forRun: Bool) {
        self.definition = definition
        self.sequence = sequence
        isPersistent = !forRun
    }

    var name: String { definition.name }
    var reference: NetworkRef { NetworkRef(name: name, uuid: UUID(definition.uuid)) }

    /// An address of its first range, or behind its own address.
    ///
    /// Of IPv6 only the last byte is counted on, as in libvirt.
    ///
    /// - Throws: `.internalError` if it has no address; libvirt ends itself then.
    func address(number: UInt32) throws -> DomainIPAddress {
        guard let ip = definition.addresses.first, let own = ip.address else {
            throw VirtError.test(.internalError, "network '\(name)' has no address")
        }
        let start = ip.dhcp.ranges.first?.addresses?.lowerBound ?? own
        let isSix = start.family == .ipv6
        return DomainIPAddress(
            type: isSix ? .ipv6 : .ipv4, addr: start.advanced(by: number, within: isSix ? 1 : 4).description,
            prefix: UInt32(truncatingIfNeeded: ip.effectivePrefix ?? -1))
    }

    // MARK: Ports

    mutating func insert(_ port: NetworkPortDefinition, guest: UUID?) {
        lastPort += 1
        ports[UUID(port.uuid)] = TestNetworkPort(sequence: lastPort, definition: port, guest: guest)
    }

    mutating func update(_ port: NetworkPortDefinition) { ports[UUID(port.uuid)]?.definition = port }

    mutating func removePort(_ uuid: UUID) { ports[uuid] = nil }

    // MARK: Definitions

    /// Takes a definition for later, or for a run that begins now.
    mutating func redefine(_ new: NetDefinition, forRun: Bool) {
        if forRun {
            if isPersistent, pending == nil { pending = definition }
            definition = new
        } else if isActive {
            pending = new
            isPersistent = true
        } else {
            pending = nil
            definition = new
            isPersistent = true
        }
    }

    /// The definition that flags name; without any, of the run if it runs.
    func definition(_ flags: NetworkUpdateFlags) throws -> NetDefinition {
        let isConfig = try targets(flags).isConfig
        return isConfig && isActive ? pending ?? definition : definition
    }

    /// Changes notes in the definitions that flags name: in all or in none.
    mutating func changeNotes(_ flags: NetworkUpdateFlags, _ change: (inout NetDefinition) throws -> Void) throws {
        let (isLive, isConfig) = try targets(flags)
        var (live, config) = (definition, isActive ? pending ?? definition : definition)
        if isLive { try change(&live) }
        if isConfig { try change(&config) }
        if isConfig { if isActive { pending = config } else { definition = config } }
        if isLive { definition = live }
    }

    private func targets(_ flags: NetworkUpdateFlags) throws -> (isLive: Bool, isConfig: Bool) {
        func refuse(_ text: String) -> VirtError { VirtError(.operationInvalid, domain: .network, text) }
        let isLive = flags.contains(.live) || (flags.isEmpty && isActive)
        let isConfig = flags.contains(.config) || (flags.isEmpty && !isActive)
        if isLive, !isActive { throw refuse("network is not running") }
        if isConfig, !isPersistent { throw refuse("cannot change persistent config of a transient network") }
        return (isLive, isConfig)
    }

    /// Changes a part of what it is now, of what it will be, or of both; of neither, if one of them is refused.
    ///
    /// - Parameter flags: Without any, what runs if it runs.
    mutating func update(_ update: NetworkUpdate, _ flags: NetworkUpdateFlags) throws {
        let (isLive, isConfig) = try targets(flags)
        var live: NetDefinition?
        var config: NetDefinition?
        if isConfig, isActive, pending == nil { pending = definition }
        if isLive { live = try conf { () throws(ConfError) in try definition.updated(update) } }
        if isConfig {
            var style = XMLStyle()
            style.isInactive = true
            config = try conf { () throws(ConfError) in try (pending ?? definition).updated(update, style: style) }
        }
        if let config {
            if isActive { pending = config } else { definition = config }
        }
        if let live { definition = live }
    }
}
