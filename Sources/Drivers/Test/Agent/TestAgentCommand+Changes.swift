internal import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestAgentCommand {
    private static func integer(_ name: String, isOptional: Bool = false) -> Parameter {
        Parameter(name: name, kind: .integer, isOptional: isOptional)
    }

    private static func string(_ name: String) -> Parameter { Parameter(name: name, kind: .string) }

    // MARK: File systems

    static let fileSystemActions: [String: Action] = [
        "guest-fsfreeze-status": Action(isAlways: true) { state, reference, _ in
            try state.domain(reference).frozenMounts.isEmpty ? "thawed" : "frozen"
        },
        "guest-fsfreeze-freeze": Action { state, reference, _ in
            .integer(try state.modify(reference) { $0.freeze(TestGuest.mounts) })
        },
        "guest-fsfreeze-freeze-list": Action(
            parameters: [Parameter(name: "mountpoints", kind: .array, isOptional: true)]
        ) { state, reference, command in
            let wanted = try command.strings("mountpoints") ?? TestGuest.mounts
            return .integer(try state.modify(reference) { $0.freeze(wanted) })
        },
        "guest-fsfreeze-thaw": Action(isAlways: true) { state, reference, _ in
            .integer(
                try state.modify(reference) { domain in
                    defer { domain.frozenMounts = [] }
                    return domain.frozenMounts.count
                })
        },
        "guest-fstrim": Action(parameters: [integer("minimum", isOptional: true)]) { state, reference, command in
            let minimum = command.integer("minimum") ?? 0
            let paths = state.guest(of: try state.domain(reference)).fileSystems.map { fileSystem in
                JSONValue.object([
                    "minimum": .integer(minimum), "path": .string(fileSystem.mountPoint),
                    "trimmed": .integer(fileSystem.total - fileSystem.used),
                ])
            }
            return .object(["paths": .array(paths)])
        },
        "guest-get-fsinfo": Action { state, reference, _ in
            .array(
                state.guest(of: try state.domain(reference)).fileSystems.map { fileSystem in
                    .object([
                        "name": .string(fileSystem.name), "total-bytes": .integer(fileSystem.total),
                        "mountpoint": .string(fileSystem.mountPoint),
                        "disk": .array([.object(["dev": .string("/dev/\(fileSystem.disk)")])]),
                        "used-bytes": .integer(fileSystem.used), "type": "ext4",
                    ])
                })
        },
    ]

    // MARK: Time, processors, users

    static let changes: [String: Action] = [
        "guest-set-time": Action(parameters: [integer("time", isOptional: true)]) { state, reference, command in
            // Without a time it takes that of its hardware clock, which is the host's.
            let time = command.integer("time") ?? Int64(clamping: state.clock.now).multipliedCapped(by: 1000)
            guard time >= 0 else { throw command.failure("Specified time is too small: \(time)") }
            try state.modify(reference) { domain in
                domain.guestSeconds = time / 1_000_000_000
                domain.guestNanoseconds = UInt32(time % 1_000_000_000)
            }
            return .object(JSONObject())
        },
        "guest-set-vcpus": Action(parameters: [Parameter(name: "vcpus", kind: .array)]) { state, reference, command in
            let wanted = try command.objects(
                "vcpus", [integer("logical-id"), Parameter(name: "online", kind: .boolean)])
            for cpu in wanted {
                guard let number = cpu["logical-id"]?.integer, let isOnline = cpu["online"]?.bool else { continue }
                try state.modify(reference) { domain in
                    guard (0..<Int64(domain.definition.currentVCPUs)).contains(number) else {
                        throw command.failure(
                            "open(\"/sys/devices/system/cpu/cpu\(number)/\"): No such file or directory")
                    }
                    if number == 0, !isOnline { throw command.failure("logical processor #0 can't be offlined") }
                    domain.setGuestCPU(Int(number), isOnline: isOnline)
                }
            }
            return .integer(wanted.count)
        },
        "guest-set-user-password": Action(
            parameters: [string("username"), string("password"), Parameter(name: "crypted", kind: .boolean)]
        ) { _, _, _ in .object(JSONObject()) },
        "guest-ssh-get-authorized-keys": Action(parameters: [string("username")]) { state, reference, command in
            let agent = try state.domain(reference).activity.content.agent
            let keys = try agent.keys(of: command.string("username") ?? "")
            return .object(["keys": .array(keys.map(JSONValue.string))])
        },
        "guest-ssh-add-authorized-keys": Action(
            parameters: [
                string("username"), Parameter(name: "keys", kind: .array),
                Parameter(name: "reset", kind: .boolean, isOptional: true),
            ]
        ) { state, reference, command in
            let (user, keys) = (command.string("username") ?? "", try command.strings("keys") ?? [])
            let isReset = command.bool("reset") ?? false
            try state.modify(reference) { domain in
                try domain.activity.content.agent.addKeys(keys, of: user, isReset: isReset)
            }
            return .object(JSONObject())
        },
        "guest-ssh-remove-authorized-keys": Action(
            parameters: [string("username"), Parameter(name: "keys", kind: .array)]
        ) { state, reference, command in
            let (user, keys) = (command.string("username") ?? "", try command.strings("keys") ?? [])
            try state.modify(reference) { try $0.activity.content.agent.removeKeys(keys, of: user) }
            return .object(JSONObject())
        },
    ]
}

extension TestDomain {
    /// Freezes file systems that are there; others are passed over.
    ///
    /// - Returns: How many were not frozen before.
    fileprivate mutating func freeze(_ mounts: [String]) -> Int {
        let wanted = Set(mounts).intersection(TestGuest.mounts).subtracting(frozenMounts)
        frozenMounts.formUnion(wanted)
        return wanted.count
    }

    mutating func setGuestCPU(_ number: Int, isOnline: Bool) {
        if isOnline {
            activity.content.agent.offlineCPUs.remove(number)
        } else {
            activity.content.agent.offlineCPUs.insert(number)
        }
    }
}
