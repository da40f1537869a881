internal import LibvirtRemote

extension Command {
    static let suspend = Command("suspend", "Pause a running domain.", [.domain]) { call in
        let domain = try await call.domain()
        try await attempt("Failed to suspend domain '\(domain.name)'") { try await domain.suspend() }
        call.remark("Domain '\(domain.name)' suspended")
    }

    static let resume = Command("resume", "Continue a paused domain.", [.domain]) { call in
        let domain = try await call.domain()
        try await attempt("Failed to resume domain '\(domain.name)'") { try await domain.resume() }
        call.remark("Domain '\(domain.name)' resumed")
    }

    static let reset = Command("reset", "Reset a domain, as its button would.", [.domain]) { call in
        let domain = try await call.domain()
        try await attempt("Failed to reset domain '\(domain.name)'") { try await domain.reset() }
        call.remark("Domain '\(domain.name)' was reset")
    }

    static let destroy = Command(
        "destroy", "Stop a domain at once; what it is made of stays.",
        [
            .domain, .flag("graceful", "Let the hypervisor end by itself; fail if it does not."),
            .flag("remove-logs", "Remove the domain's logs."),
        ]
    ) { call in
        let domain = try await call.domain()
        let flags: DomainDestroyFlags = call.flags(["graceful": .graceful, "remove-logs": .removeLogs])
        try await attempt("Failed to destroy domain '\(domain.name)'") {
            flags.isEmpty ? try await domain.destroy() : try await domain.destroy(flags: flags)
        }
        call.remark("Domain '\(domain.name)' destroyed")
    }

    static let shutdown = Command("shutdown", "Ask a domain to shut down.", [.domain, StopMode.option]) { call in
        let bits = try StopMode.bits(
            try call.text("mode"), choices: "'acpi', 'agent', 'initctl', 'signal', or 'paravirt'")
        let domain = try await call.domain()
        try await attempt("Failed to shutdown domain '\(domain.name)'") {
            bits == 0
                ? try await domain.shutdown() : try await domain.shutdown(flags: DomainShutdownFlags(rawValue: bits))
        }
        call.remark("Domain '\(domain.name)' is being shutdown")
    }

    static let reboot = Command("reboot", "Ask a domain to reboot.", [.domain, StopMode.option]) { call in
        let bits = try StopMode.bits(
            try call.text("mode"), choices: "'acpi', 'agent', 'initctl', 'signal' or 'paravirt'")
        let domain = try await call.domain()
        try await attempt("Failed to reboot domain '\(domain.name)'") {
            try await domain.reboot(flags: DomainRebootFlags(rawValue: bits))
        }
        call.remark("Domain '\(domain.name)' is being rebooted")
    }

    static let autostart = Command(
        "autostart", "Start a domain with the host, or no longer.", [.domain, .flag("disable", "No longer.")]
    ) { call in
        let domain = try await call.domain()
        let isOn = !call.has("disable")
        try await attempt("Failed to \(isOn ? "mark" : "unmark") domain '\(domain.name)' as autostarted") {
            try await domain.setAutostart(isOn)
        }
        call.remark("Domain '\(domain.name)' \(isOn ? "marked" : "unmarked") as autostarted")
    }

    static let pmSuspend = Command(
        "dompmsuspend", "Let a guest go to sleep.",
        [
            .domain, .required("target", "mem, disk or hybrid.", .words(["mem", "disk", "hybrid"])),
            .namedNumber("duration", "Seconds to sleep; must be 0, and is."),
        ]
    ) { call in
        let domain = try await call.domain()
        let duration: UInt64 = try call.integer("duration") ?? 0
        guard let target = ["mem", "disk", "hybrid"].firstIndex(of: try call.required("target")) else {
            throw ShellError("Invalid target")
        }
        try await attempt("Domain '\(domain.name)' could not be suspended") {
            try await domain.pmSuspend(target: UInt32(target), duration: duration)
        }
        call.remark("Domain '\(domain.name)' successfully suspended")
    }

    static let pmWakeup = Command("dompmwakeup", "Wake a sleeping guest up.", [.domain]) { call in
        let domain = try await call.domain()
        try await attempt("Domain '\(domain.name)' could not be woken up") { try await domain.pmWakeup() }
        call.remark("Domain '\(domain.name)' successfully woken up")
    }

    private static let lifecycleTypes = ["poweroff", "reboot", "crash"]
    private static let lifecycleActions = [
        "destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart",
    ]

    static let setLifecycleAction = Command(
        "set-lifecycle-action", "Choose what follows when a guest stops, reboots or crashes.",
        [
            .domain, .required("type", "poweroff, reboot or crash.", .words(lifecycleTypes)),
            .required("action", "What then happens.", .words(lifecycleActions)), .config, .live, .current,
        ]
    ) { call in
        let impact = try call.impact()
        let typeText = try call.required("type")
        let actionText = try call.required("action")
        guard let type = lifecycleTypes.firstIndex(of: typeText) else {
            throw ShellError("Invalid lifecycle type '\(typeText)'.")
        }
        guard let action = lifecycleActions.firstIndex(of: actionText) else {
            throw ShellError("Invalid lifecycle action '\(actionText)'.")
        }
        let domain = try await call.domain()
        try await attempt("Unable to change lifecycle action.") {
            try await domain.setLifecycleAction(UInt32(type), action: UInt32(action), flags: impact)
        }
    }
}

/// How a guest is asked to stop; the numbers of shutdown and reboot are the same.
enum StopMode: String, CaseIterable {
    case acpi, agent, initctl, signal, paravirt

    static let option = CommandOption.text(
        "mode", "acpi, agent, initctl, signal or paravirt; several with commas.",
        .wordList(allCases.map(\.rawValue)))

    var bit: UInt32 {
        switch self {
        case .acpi: 1
        case .agent: 2
        case .initctl: 4
        case .signal: 8
        case .paravirt: 16
        }
    }

    /// Reads `acpi,agent`; `choices` is the end of the complaint about another word.
    static func bits(_ text: String?, choices: String) throws(ShellError) -> UInt32 {
        var bits: UInt32 = 0
        for word in text?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let mode = StopMode(rawValue: String(word)) else {
                throw ShellError("Unknown mode \(word) value, expecting \(choices)")
            }
            bits |= mode.bit
        }
        return bits
    }
}
