internal import LibvirtRemote

extension Command {
    private static let codesets = [
        "linux", "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "usb", "win32", "qnum", "rfb",
    ]

    static let sendKey = Command(
        "send-key", "Press keys of a guest's keyboard.",
        [
            .domain, .named("codeset", "What the numbers mean; linux unless said.", .words(codesets)),
            .namedNumber("holdtime", "Milliseconds until they are let go."),
            .rest("keycode", "Numbers, or of linux names such as KEY_A.", required: true, .words(KeyNames.all)),
        ]
    ) { call in
        let domain = try await call.domain()
        let codesetName = try call.text("codeset") ?? "linux"
        let holdTime: UInt32 = try call.integer("holdtime") ?? 0
        // Two of the sets are one to libvirt.
        let number = codesetName == "rfb" ? 9 : codesets.firstIndex(of: codesetName)
        guard let codeset = number else { throw ShellError("unknown codeset: '\(codesetName)'") }
        var codes: [UInt32] = []
        for word in call.rest {
            guard codes.count < 16 else { throw ShellError("too many keycodes") }
            let digits = word.hasPrefix("0x") ? UInt32(word.dropFirst(2), radix: 16) : UInt32(word)
            guard let code = digits ?? (codesetName == "linux" ? KeyNames.code(word) : nil), code > 0, code <= 0xffff
            else { throw ShellError("invalid keycode: '\(word)'") }
            codes.append(code)
        }
        try await domain.sendKey(codeset: UInt32(codeset), holdtime: holdTime, keycodes: codes)
    }

    private static let signals =
        [
            "nop", "hup", "int", "quit", "ill", "trap", "abrt", "bus", "fpe", "kill", "usr1", "segv", "usr2", "pipe",
            "alrm",
            "term", "stkflt", "chld", "cont", "stop", "tstp", "ttin", "ttou", "urg", "xcpu", "xfsz", "vtalrm", "prof",
            "winch", "poll", "pwr", "sys",
        ] + (0...32).map { "rt\($0)" }

    static let sendProcessSignal = Command(
        "send-process-signal", "Send a signal to a process of a guest.",
        [
            .domain, .required("pid", "Number of the process."),
            .required("signame", "Name or number of the signal.", .words(signals)),
        ]
    ) { call in
        let domain = try await call.domain()
        let text = try call.required("signame")
        let process = try call.requiredInteger("pid", as: Int64.self)
        var name = text.lowercased()
        for prefix in ["vir_domain_process_signal_", "sig_", "sig"] where name.hasPrefix(prefix) {
            name.removeFirst(prefix.count)
            break
        }
        guard let signal = UInt32(text) ?? signals.firstIndex(of: name).map(UInt32.init) else {
            throw ShellError("malformed signal name: \(text)")
        }
        try await domain.sendSignal(process, toProcess: signal)
    }

    static let injectNMI = Command("inject-nmi", "Send a guest an interrupt that it cannot mask.", [.domain]) { call in
        try await call.domain().injectNMI()
    }
}
