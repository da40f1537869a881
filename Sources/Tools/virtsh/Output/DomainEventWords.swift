internal import LibvirtRemote

/// The names of domain events, by number.
enum DomainEventNames {
    /// What `--list` and `--all` mean: the events that virsh 9.0 knows.
    static let listed = [
        "lifecycle", "reboot", "rtc-change", "watchdog", "io-error", "graphics", "io-error-reason", "control-error",
        "block-job", "disk-change", "tray-change", "pm-wakeup", "pm-suspend", "balloon-change", "pm-suspend-disk",
        "device-removed", "block-job-2", "tunable", "agent-lifecycle", "device-added", "migration-iteration",
        "job-completed", "device-removal-failed", "metadata-change", "block-threshold", "memory-failure",
        "memory-device-size-change",
    ]
    /// Later ones, which only `--event` takes: an older daemon refuses to be asked for them.
    static let later = ["nic-mac-change", "vcpu-removed", "channel-lifecycle"]

    static let all = listed + later

    /// The numbers of the events to ask for.
    static func chosen(isAll: Bool, name: String?) throws(ShellError) -> [Int32] {
        if isAll { return listed.indices.map { Int32($0) } }
        guard let name else { throw ShellError("one of --list, --all, or --event <type> is required") }
        guard let number = number(name) else { throw ShellError("unknown event type \(name)") }
        return [number]
    }

    static func number(_ name: String) -> Int32? { all.firstIndex(of: name).map(Int32.init) }
    static func name(_ number: Int32) -> String {
        all.indices.contains(Int(number)) ? all[Int(number)] : "unknown"
    }
}

/// Vocabulary for the numbers in events; a number without one is `unknown`.
private struct Vocabulary: ExpressibleByArrayLiteral {
    let words: [String]
    init(arrayLiteral elements: String...) { words = elements }
    subscript(_ value: some RawRepresentable<Int32>) -> String { self[value.rawValue] }
    subscript(_ index: Int32) -> String { words.indices.contains(Int(index)) ? words[Int(index)] : "unknown" }

    static let lifecycle: Vocabulary = [
        "Defined", "Undefined", "Started", "Suspended", "Resumed", "Stopped", "Shutdown", "PMSuspended", "Crashed",
    ]
    static let details: [Vocabulary] = [
        ["Added", "Updated", "Renamed", "Snapshot"],
        ["Removed", "Renamed"],
        ["Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"],
        [
            "Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot", "API error", "Post-copy",
            "Post-copy Error",
        ],
        ["Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"],
        ["Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot"],
        ["Finished", "Finished after guest request", "Finished after host request"],
        ["Memory", "Disk"],
        ["Panicked", "Crashloaded"],
    ]
    static let watchdog: Vocabulary = ["none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi"]
    static let ioError: Vocabulary = ["none", "pause", "report"]
    static let graphicsPhase: Vocabulary = ["connect", "initialize", "disconnect"]
    static let graphicsFamily: Vocabulary = ["IPv4", "IPv6", "unix"]
    static let blockJob: Vocabulary = [
        "Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup",
    ]
    static let blockJobStatus: Vocabulary = ["completed", "failed", "canceled", "ready"]
    static let diskChange: Vocabulary = ["changed", "dropped"]
    static let tray: Vocabulary = ["opened", "closed"]
    static let agentState: Vocabulary = ["unknown", "connected", "disconnected"]
    static let agentReason: Vocabulary = ["unknown", "domain started", "channel event"]
    static let metadata: Vocabulary = ["description", "title", "element"]
    static let memoryRecipient: Vocabulary = ["hypervisor", "guest"]
    static let memoryAction: Vocabulary = ["ignore", "inject", "fatal", "reset"]
}

/// A domain's event, as text and as members of a JSON object.
struct DomainEventWords {
    let name: String
    let domain: DomainRef
    /// What follows `event 'name' for domain 'x'`, line ends between lines, none at the end.
    let tail: String
    let members: [JSON.Member]

    var text: String { "event '\(name)' for domain '\(domain.name)'\(tail)" }

    /// Which event it is, of which domain, and what belongs to it.
    var allMembers: [JSON.Member] {
        [
            JSON.Member(name: "event", value: .string(name)), JSON.Member(name: "domain", value: .string(domain.name)),
            JSON.Member(name: "uuid", value: .string(domain.uuid.description)),
        ] + members
    }

    init(_ event: DomainEvent) {
        name = DomainEventNames.name(event.eventID)
        domain = event.object
        let (tail, members) = Self.content(event)
        self.tail = tail
        self.members = members.map { JSON.Member(name: $0.key, value: $0.value) }
    }

    private static func content(_ event: DomainEvent) -> (String, KeyValuePairs<String, JSON>) {
        switch event {
        case .reboot, .controlError: return ("", [:])
        case .pmwakeup, .pmsuspend, .pmsuspendDisk: return ("", [:])
        case .lifecycle(_, let event, let detail):
            let what = Vocabulary.lifecycle[event]
            let details = Vocabulary.details
            let why = details.indices.contains(Int(event.rawValue)) ? details[Int(event.rawValue)][detail] : "unknown"
            return (": \(what) \(why)", ["type": .string(what), "detail": .string(why)])
        case .rtcChange(_, let offset): return (": \(offset)", ["offset": .integer(offset)])
        case .watchdog(_, let action):
            return (": \(Vocabulary.watchdog[action])", ["action": .string(Vocabulary.watchdog[action])])
        case .ioError(_, let path, let alias, let action):
            return (
                ": \(path) (\(alias)) \(Vocabulary.ioError[action])",
                ["path": .string(path), "alias": .string(alias), "action": .string(Vocabulary.ioError[action])]
            )
        case .ioErrorReason(_, let path, let alias, let action, let reason):
            return (
                ": \(path) (\(alias)) \(Vocabulary.ioError[action]) due to \(reason)",
                [
                    "path": .string(path), "alias": .string(alias), "action": .string(Vocabulary.ioError[action]),
                    "reason": .string(reason),
                ]
            )
        case .graphics(_, let phase, let local, let remote, let scheme, let subject):
            return graphics(Vocabulary.graphicsPhase[phase], local, remote, scheme, subject)
        case .blockJob(_, let path, let type, let status), .blockJob2(_, let path, let type, let status):
            let job = Vocabulary.blockJob[type]
            let end = Vocabulary.blockJobStatus[status]
            return (
                ": \(job) for \(path) \(end)",
                ["job": .string(job), "disk": .string(path), "status": .string(end)]
            )
        case .diskChange(_, let old, let new, let alias, let reason):
            let why = Vocabulary.diskChange[reason]
            return (
                " disk \(alias): \(old ?? "") -> \(new ?? ""): \(why)",
                ["alias": .string(alias), "old": JSON(old), "new": JSON(new), "reason": .string(why)]
            )
        case .trayChange(_, let alias, let reason):
            let why = Vocabulary.tray[reason]
            return (" disk \(alias): \(why)", ["alias": .string(alias), "reason": .string(why)])
        case .balloonChange(_, let actual): return (": \(actual)KiB", ["memoryKiB": .unsigned(actual)])
        case .deviceRemoved(_, let alias), .deviceAdded(_, let alias), .deviceRemovalFailed(_, let alias):
            return (": \(alias)", ["alias": .string(alias)])
        case .tunable(_, let parameters), .jobCompleted(_, let parameters):
            return (
                ":\n" + parameters.map { "\t\($0.field): \($0.value.text)" }.joined(separator: "\n"),
                ["parameters": .object(parameters.map { JSON.Member(name: $0.field, value: $0.value.json) })]
            )
        case .agentLifecycle(_, let state, let reason):
            let now = Vocabulary.agentState[state]
            let why = Vocabulary.agentReason[reason]
            return (": state: '\(now)' reason: '\(why)'", ["state": .string(now), "reason": .string(why)])
        case .channelLifecycle(_, let channel, let state, let reason):
            let now = Vocabulary.agentState[state.rawValue]
            let why = Vocabulary.agentReason[reason.rawValue]
            return (
                ": channel: '\(channel)' state: '\(now)' reason: '\(why)'",
                ["channel": .string(channel), "state": .string(now), "reason": .string(why)]
            )
        case .migrationIteration(_, let iteration):
            return (": iteration: '\(iteration)'", ["iteration": .integer(Int64(iteration))])
        case .metadataChange(_, let type, let uri):
            let kind = Vocabulary.metadata[type]
            return (": type \(kind), uri \(uri ?? "N/A")", ["type": .string(kind), "uri": JSON(uri)])
        case .blockThreshold(_, let device, let path, let threshold, let excess):
            return (
                ": dev: \(device)(\(path ?? "")) \(threshold) \(excess)",
                [
                    "device": .string(device), "path": JSON(path), "threshold": .unsigned(threshold),
                    "excess": .unsigned(excess),
                ]
            )
        case .memoryFailure(_, let recipient, let action, let flags):
            let who = Vocabulary.memoryRecipient[recipient]
            let what = Vocabulary.memoryAction[action]
            return (
                ":\nrecipient: \(who)\naction: \(what)\nflags:\n\taction required: \(flags & 1)\n"
                    + "\trecursive: \(flags >> 1 & 1)",
                [
                    "recipient": .string(who), "action": .string(what), "actionRequired": .bool(flags & 1 != 0),
                    "recursive": .bool(flags & 2 != 0),
                ]
            )
        case .memoryDeviceSizeChange(_, let alias, let size):
            return (":\nalias: \(alias)\nsize: \(size)", ["alias": .string(alias), "sizeKiB": .unsigned(size)])
        case .nicMACChange(_, let alias, let old, let new):
            return (
                ": \(alias): \(old) -> \(new)",
                ["alias": .string(alias), "old": .string(old), "new": .string(new)]
            )
        case .vcpuRemoved(_, let vcpu): return (": \(vcpu)", ["vcpu": .unsigned(UInt64(vcpu))])
        }
    }

    private static func graphics(
        _ phase: String, _ local: DomainEventGraphicsAddress, _ remote: DomainEventGraphicsAddress, _ scheme: String,
        _ subject: [DomainEventGraphicsIdentity]
    ) -> (String, KeyValuePairs<String, JSON>) {
        func text(_ address: DomainEventGraphicsAddress) -> String {
            "\(Vocabulary.graphicsFamily[address.family]) \(address.node) \(address.service)"
        }
        func json(_ address: DomainEventGraphicsAddress) -> JSON {
            .object([
                "family": .string(Vocabulary.graphicsFamily[address.family]), "node": .string(address.node),
                "service": .string(address.service),
            ])
        }
        var tail = ": \(phase) local[\(text(local))] remote[\(text(remote))] \(scheme)"
        for identity in subject { tail += "\n\t\(identity.type)=\(identity.name)" }
        let identities = subject.map { JSON.object(["type": .string($0.type), "name": .string($0.name)]) }
        return (
            tail,
            [
                "phase": .string(phase), "local": json(local), "remote": json(remote),
                "authScheme": .string(scheme), "subject": .array(identities),
            ]
        )
    }
}
