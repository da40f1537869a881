internal import LibvirtRemote

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Command {
    static let qemuAttach = Command(
        "qemu-attach", "Let libvirt take over a QEMU that it did not start.",
        [.required("pid", "Number of the process.")]
    ) { call in
        let process = try call.requiredInteger("pid", as: UInt32.self)
        let connection = try await call.connection()
        let domain = try await attempt("Failed to attach to pid \(process)") {
            try await connection.attachQEMUDomain(pid: process)
        }
        call.remark("Domain '\(domain.name)' attached to pid \(process)")
    }

    static let qemuMonitorCommand = Command(
        "qemu-monitor-command", "Send a command to QEMU's monitor.",
        [
            .domain, .flag("hmp", "A command for people."), .flag("pretty", "Lay the answer out."),
            .flag("return-value", "Only what the answer returns."),
            .named("pass-fds", "Numbers of file descriptors to pass: N,M,..."),
            .rest("cmd", "The command.", required: true),
        ]
    ) { call in
        try call.excludePairs(["hmp": "pretty", "hmp": "return-value"])
        let domain = try await call.domain()
        let command = call.rest.joined(separator: " ")
        let descriptors = try PassedDescriptors.parse(try call.text("pass-fds"))
        let flags: QEMUMonitorCommandFlags = call.has("hmp") ? .hmp : []
        let answer =
            descriptors.isEmpty
            ? try await domain.qemuMonitorCommand(command, flags: flags)
            : try await domain.qemuMonitorCommandWithFiles(command, flags: flags, descriptors: descriptors).0
        guard call.has("pretty") || call.has("return-value") else { return call.print(answer, as: "answer") }
        guard var value = JSONText.parse(answer) else { throw ShellError("failed to parse JSON returned by qemu") }
        if call.has("return-value") {
            guard let member = value.member("return") else { throw ShellError("'return' member missing") }
            value = member
        }
        call.output.print(value.text(indented: call.has("pretty")))
    }

    static let qemuMonitorEvent = Command(
        "qemu-monitor-event", "Wait for events of QEMU's monitor.",
        [
            .text("domain", "Only events of this domain.", .domains), .text("event", "Only events of this name."),
            .flag("pretty", "Lay their data out."), .flag("loop", "Go on after the first event."),
            .number("timeout", "Seconds to wait at most."), .flag("regex", "The name is a regular expression."),
            .flag("no-case", "The name is of any case."), .flag("timestamp", "Print when each event came."),
        ]
    ) { _ in
        throw ShellError(
            "this function is not supported by virtsh: virConnectDomainQemuMonitorEventRegister (the SDK has no "
                + "events of QEMU's monitor)")
    }

    static let qemuAgentCommand = Command(
        "qemu-agent-command", "Send a command to a guest's agent.",
        [
            .domain, .namedNumber("timeout", "Seconds to wait at most."), .flag("async", "Do not wait."),
            .flag("block", "Wait for ever."), .flag("pretty", "Lay the answer out."),
            .rest("cmd", "The command.", required: true),
        ]
    ) { call in
        let domain = try await call.domain()
        let command = call.rest.joined(separator: " ")
        var timeout: Int32 = -2
        var judges = 0
        if let seconds: Int32 = try call.integer("timeout") {
            guard seconds >= 1 else { throw ShellError("timeout must be positive") }
            timeout = seconds
            judges += 1
        }
        if call.has("async") {
            timeout = 0
            judges += 1
        }
        if call.has("block") {
            timeout = -2
            judges += 1
        }
        if judges > 1 { throw ShellError("timeout, async and block options are exclusive") }
        guard let answer = try await domain.qemuAgentCommand(command, timeout: timeout) else { return }
        guard call.has("pretty") else { return call.print(answer, as: "answer") }
        call.output.print(JSONText.parse(answer)?.text(indented: true) ?? answer)
    }

    private static let namespaceOptions = [
        "mnt": "mount", "uts": "uts", "ipc": "ipc", "net": "net", "pid": "pid", "user": "user", "cgroup": "cgroup",
    ]

    /// The command runs in the guest's namespaces, which `nsenter` of util-linux enters: that has to be done by a
    /// process with one thread.
    static let lxcEnterNamespace = Command(
        "lxc-enter-namespace", "Run a command of the host in a container.",
        [
            .domain, .flag("noseclabel", "Without the container's security label."),
            .rest("cmd", "The command and its arguments.", required: true),
        ]
    ) { call in
        let domain = try await call.domain()
        let descriptors = try await domain.openNamespaces()
        var words = ["nsenter"]
        for descriptor in descriptors {
            guard
                let kind = FileNames.target(ofLink: "/proc/self/fd/\(descriptor.rawValue)").split(separator: ":").first,
                let option = namespaceOptions[String(kind)]
            else { continue }
            words.append("--\(option)=/proc/\(getpid())/fd/\(descriptor.rawValue)")
        }
        if words.count == 1 { throw ShellError("the daemon gave no namespaces of '\(domain.name)'") }
        let status = try ChildProcess.run(words + ["--"] + call.rest)
        if status != 0 { throw ShellError(lines: []) }
    }

    static let fdAssociate = Command(
        "dom-fd-associate", "Give a domain file descriptors, for its disks.",
        [
            .domain, .required("name", "Name of the group of descriptors."),
            .required("pass-fds", "Numbers of the descriptors: N,M,..."),
            .flag("seclabel-writable", "They are labelled for writing."),
            .flag("seclabel-restore", "The labels are put back."),
        ]
    ) { call in
        let flags: DomainFDAssociateFlags = call.flags(["seclabel-writable": .writable, "seclabel-restore": .restore])
        let domain = try await call.domain()
        let name = try call.required("name")
        let descriptors = try PassedDescriptors.parse(try call.required("pass-fds"))
        try await domain.associateDescriptors(name: name, flags: flags, descriptors: descriptors)
    }
}
