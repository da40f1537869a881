internal import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestAgentCommand {
    /// What the agent does when it is told to.
    struct Action {
        var parameters: [Parameter] = []
        /// It is answered also while file systems are frozen.
        var isAlways = false
        /// An administrator has switched it off.
        var isDisabled = false
        let run: @Sendable (inout TestHostState, DomainRef, TestAgentCommand) throws -> JSONValue
    }

    /// Runs the command in a guest that is there to hear it.
    func run(_ state: inout TestHostState, _ reference: DomainRef) throws -> JSONValue {
        guard let action = Self.actions[name] else { throw failure("The command \(name) has not been found") }
        let domain = try state.domain(reference)
        if !action.isAlways { try domain.checkThawed(name) }
        if action.isDisabled { throw failure("Command \(name) has been disabled") }
        try check(action.parameters)
        return try answer(action.run(&state, reference, self))
    }

    static let actions: [String: Action] = {
        var actions = questions
        actions.merge(fileSystemActions) { first, _ in first }
        actions.merge(changes) { first, _ in first }
        for name in ["guest-exec", "guest-exec-status"] {
            actions[name] = Action(isDisabled: true) { _, _, _ in .null }
        }
        actions["guest-info"] = Action(isAlways: true) { state, reference, _ in
            let isFrozen = !(try state.domain(reference).frozenMounts.isEmpty)
            return .object(["version": "9.0.0", "supported_commands": .array(list(isFrozen: isFrozen))])
        }
        return actions
    }()

    private static func list(isFrozen: Bool) -> [JSONValue] {
        actions.sorted { $0.key < $1.key }.map { name, action in
            .object([
                "enabled": .bool(!action.isDisabled && (action.isAlways || !isFrozen)), "name": .string(name),
                "success-response": .bool(true),
            ])
        }
    }

    // MARK: Questions

    private static let questions: [String: Action] = [
        "guest-ping": Action(isAlways: true) { _, _, _ in .object(JSONObject()) },
        "guest-sync": Action(parameters: [Parameter(name: "id", kind: .integer)], isAlways: true) { _, _, command in
            .integer(command.integer("id") ?? 0)
        },
        "guest-sync-delimited": Action(parameters: [Parameter(name: "id", kind: .integer)], isAlways: true) {
            _, _, command in .integer(command.integer("id") ?? 0)
        },
        "guest-get-host-name": Action { state, reference, _ in
            .object(["host-name": .string(try state.domain(reference).hostName)])
        },
        "guest-get-time": Action { state, reference, _ in .integer(try state.domain(reference).guestTime) },
        "guest-get-timezone": Action { _, _, _ in .object(["zone": "UTC", "offset": .integer(0)]) },
        "guest-get-users": Action { state, reference, _ in
            let seconds = Double(try state.domain(reference).guestTime) / 1_000_000_000
            return .array([
                .object(["login-time": JSONNumber(seconds).map(JSONValue.number) ?? .null, "user": "root"])
            ])
        },
        "guest-get-osinfo": Action { state, reference, _ in
            let system = state.guest(of: try state.domain(reference)).system
            return .object(JSONObject(system.map { ($0.name, .string($0.value)) }))
        },
        "guest-get-vcpus": Action { state, reference, _ in
            .array(
                try state.domain(reference).guestCPUs.map { cpu in
                    .object([
                        "online": .bool(cpu.isOnline), "can-offline": .bool(cpu.number > 0),
                        "logical-id": .integer(cpu.number),
                    ])
                })
        },
        "guest-get-disks": Action { state, reference, _ in
            .array(state.guest(of: try state.domain(reference)).devices.map(\.json))
        },
        "guest-network-get-interfaces": Action { state, reference, _ in
            let domain = try state.domain(reference)
            let counters = TestCounters(state.clock)
            return .array(try state.guestInterfaces(of: domain).map { $0.json(counters) })
        },
    ]
}

extension JSONValue: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}

extension TestGuest.BlockDevice {
    fileprivate var json: JSONValue {
        var object = JSONObject([
            ("name", .string(path)), ("dependencies", .array(whole.map { [.string($0)] } ?? [])),
            ("partition", .bool(whole != nil)),
        ])
        if let serial, target != nil {
            object["address"] = .object(["serial": .string(serial), "dev": .string(path)])
        }
        return .object(object)
    }
}

extension TestGuest.Interface {
    fileprivate func json(_ counters: TestCounters) -> JSONValue {
        let addresses = addresses.map { address in
            JSONValue.object([
                "ip-address-type": address.type == .ipv6 ? "ipv6" : "ipv4", "ip-address": .string(address.addr),
                "prefix": .integer(address.prefix),
            ])
        }
        var object = JSONObject([("name", .string(name)), ("ip-addresses", .array(addresses))])
        let statistics = counters.interface
        object["statistics"] = .object([
            "tx-packets": .integer(statistics.txPackets), "tx-errs": .integer(statistics.txErrs),
            "rx-bytes": .integer(statistics.rxBytes), "rx-dropped": .integer(statistics.rxDrop),
            "rx-packets": .integer(statistics.rxPackets), "rx-errs": .integer(statistics.rxErrs),
            "tx-bytes": .integer(statistics.txBytes), "tx-dropped": .integer(statistics.txDrop),
        ])
        if let macAddress { object["hardware-address"] = .string(macAddress) }
        return .object(object)
    }
}
