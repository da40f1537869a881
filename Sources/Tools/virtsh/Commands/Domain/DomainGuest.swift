internal import LibvirtRemote

extension Command {
    static let domhostname = Command(
        "domhostname", "Print the name of the host that a guest is.",
        [.domain, .text("source", "Who is asked: lease or agent.", .words(["lease", "agent"]))]
    ) { call in
        let domain = try await call.domain()
        var flags: DomainGetHostnameFlags = []
        if let source = try call.text("source") {
            switch source {
            case "lease": flags = .lease
            case "agent": flags = .agent
            default: throw ShellError("Unknown data source '\(source)'")
            }
        }
        let chosen = flags
        call.print(
            try await attempt("failed to get hostname") { try await domain.hostname(flags: chosen) }, as: "hostname")
    }

    static let domfsfreeze = Command(
        "domfsfreeze", "Let a guest's file systems rest.", [.domain, .rest("mountpoint", "Where they are mounted.")]
    ) { call in
        let domain = try await call.domain()
        let count = try await attempt("Unable to freeze filesystems") {
            try await domain.freezeFilesystems(mountpoints: call.rest)
        }
        call.remark("Froze \(count) filesystem(s)")
    }

    static let domfsthaw = Command(
        "domfsthaw", "Let a guest's file systems go on.", [.domain, .rest("mountpoint", "Where they are mounted.")]
    ) { call in
        let domain = try await call.domain()
        let count = try await attempt("Unable to thaw filesystems") {
            try await domain.thawFilesystems(mountpoints: call.rest)
        }
        call.remark("Thawed \(count) filesystem(s)")
    }

    static let domfstrim = Command(
        "domfstrim", "Let a guest give unused blocks back.",
        [
            .domain, .number("minimum", "Shortest run of blocks, in bytes."),
            .text("mountpoint", "Only the file system that is mounted there."),
        ]
    ) { call in
        let domain = try await call.domain()
        let minimum: UInt64 = try call.integer("minimum") ?? 0
        let mountPoint = try call.text("mountpoint")
        try await attempt("Unable to invoke fstrim") {
            try await domain.trimFilesystems(mountPoint: mountPoint, minimum: minimum)
        }
    }

    static let domfsinfo = Command("domfsinfo", "List a guest's mounted file systems.", [.domain]) { call in
        let domain = try await call.domain()
        let systems = try await attempt("Unable to get filesystem information") { try await domain.filesystems() }.info
        if systems.isEmpty, !call.output.isJSON {
            return call.remark("No filesystems are mounted in the domain")
        }
        var table = Table(header: ["Mountpoint", "Name", "Type", "Target"])
        table.rows = systems.map { system in
            [
                Table.Cell(system.mountpoint), Table.Cell(system.name), Table.Cell(system.fstype),
                Table.Cell(
                    system.devAliases.joined(separator: ","), json: .array(system.devAliases.map { .string($0) })),
            ]
        }
        call.print(table)
    }

    private static let informationTypes = ["user", "os", "timezone", "hostname", "filesystem", "disk", "interface"]

    static let guestinfo = Command(
        "guestinfo", "Print what a guest's agent tells.",
        [
            .domain, .flag("user", "Users."), .flag("os", "The operating system."), .flag("timezone", "The time zone."),
            .flag("hostname", "The host's name."), .flag("filesystem", "File systems."), .flag("disk", "Disks."),
            .flag("interface", "Network interfaces."),
        ]
    ) { call in
        var types: UInt32 = 0
        for (index, type) in informationTypes.enumerated() where call.has(type) { types |= 1 << UInt32(index) }
        let domain = try await call.domain()
        let parameters = try await domain.guestInfo(types: types)
        if call.output.isJSON { return call.output.print(parameters.json) }
        for parameter in parameters { call.output.print("\(parameter.field.padded(to: 20)): \(parameter.value.text)") }
    }

    static let guestAgentTimeout = Command(
        "guest-agent-timeout", "Change how long a guest's agent is waited for.",
        [.domain, .namedNumber("timeout", "Seconds; -2: for ever, -1: as libvirt likes, 0: not at all.")]
    ) { call in
        let domain = try await call.domain()
        let timeout: Int32 = try call.integer("timeout") ?? -2
        _ = try await domain.setAgentResponseTimeout(timeout)
    }

    static let getUserSSHKeys = Command(
        "get-user-sshkeys", "List the keys that let somebody into a guest.",
        [.domain, .required("user", "User of the guest.")]
    ) { call in
        let domain = try await call.domain()
        let keys = try await domain.authorizedSSHKeys(ofUser: try call.required("user"))
        call.printList(keys)
    }

    static let setUserSSHKeys = Command(
        "set-user-sshkeys", "Change the keys that let somebody into a guest.",
        [
            .domain, .required("user", "User of the guest."), .text("file", "File with keys.", .files),
            .flag("reset", "Only these keys remain."), .flag("remove", "These keys go."),
        ]
    ) { call in
        try call.exclude("reset", "remove")
        let domain = try await call.domain()
        let user = try call.required("user")
        let file = try call.text("file")
        if call.has("remove"), file == nil { throw ShellError("Option --file is required") }
        if !call.has("reset"), !call.has("remove"), file == nil { throw ShellError("Option --file is required") }
        var keys: [String] = []
        if let file {
            keys = try TextFile.read(file).split(separator: "\n").map(String.init)
            if keys.isEmpty { throw ShellError("File \(file) contains no keys") }
        }
        let flags: DomainAuthorizedSSHKeysSetFlags = call.has("reset") ? [] : call.has("remove") ? .remove : .append
        try await domain.setAuthorizedSSHKeys(ofUser: user, to: keys, flags: flags)
    }

    static let setUserPassword = Command(
        "set-user-password", "Change the password of a guest's user.",
        [
            .domain, .required("user", "User of the guest."), .required("password", "The new password."),
            .flag("encrypted", "It is encrypted."),
        ]
    ) { call in
        let user = try call.required("user")
        let password = try call.required("password")
        let domain = try await call.domain()
        try await domain.setPassword(ofUser: user, to: password, flags: call.has("encrypted") ? .encrypted : [])
        call.output.remarkUnended("Password set successfully for \(user) in \(domain.name)")
    }

    static let launchSecurityInfo = Command(
        "domlaunchsecinfo", "Print what proves how a guest was started.", [.domain]
    ) { call in
        let domain = try await call.domain()
        let parameters = try await attempt("Unable to get launch security parameters") {
            try await domain.launchSecurityInfo(flags: TypedParameterFlags.paramStringOkay.rawValue)
        }
        if call.output.isJSON { return call.output.print(parameters.json) }
        for parameter in parameters { call.output.print("\(parameter.field.padded(to: 15)): \(parameter.value.text)") }
    }

    static let setLaunchSecurityState = Command(
        "domsetlaunchsecstate", "Give a guest a secret, before it runs.",
        [
            .domain, .named("secrethdr", "File with the secret's header.", .files),
            .named("secret", "File with the secret.", .files), .number("set-address", "Where in the guest's memory."),
        ]
    ) { call in
        let domain = try await call.domain()
        guard let header = try call.text("secrethdr"), let secret = try call.text("secret") else {
            throw ShellError("Both secret and the secret header are required")
        }
        var parameters = [
            TypedParameter(field: "sev-secret-header", value: .string(try TextFile.read(header))),
            TypedParameter(field: "sev-secret", value: .string(try TextFile.read(secret))),
        ]
        try call.addNumber("set-address", "sev-secret-set-address", to: &parameters)
        let wanted = parameters
        try await attempt("Unable to set launch security state") { try await domain.setLaunchSecurityState(wanted) }
    }
}
