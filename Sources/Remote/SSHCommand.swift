internal import Libvirt

/// The command line of the system's ssh for a URI; pure, so that it can be compared with what virsh runs.
///
/// The schemes `libssh` and `libssh2`, for which libvirt has libraries, are served with it too: configuration, agent
/// and jump hosts then work with all of them.
struct SSHCommand {
    /// What speaks with the daemon on the other side.
    enum Proxy: String {
        /// `virt-ssh-helper` if it is there, else netcat.
        case auto
        case netcat
        /// `virt-ssh-helper`
        case native
    }

    let uri: ConnectURI
    let readOnly: Bool

    /// The program and its arguments.
    ///
    /// - Throws: ``VirtError`` `.invalidArg` for what cannot be said to ssh, `.operationUnsupported` for `mode=direct`
    ///   with netcat.
    func arguments() throws -> [String] {
        let host = uri.host ?? "localhost"
        // ssh stops at "--"; what it starts in turn (a ProxyCommand with the name in it) may not.
        for (what, text) in [("host", host), ("user", uri.user ?? "")] where text.hasPrefix("-") {
            throw uri.invalidHere("a \(what) name does not begin with '-'")
        }
        var arguments = [uri.value("command") ?? "ssh"]
        if let port = uri.port { arguments += ["-p", String(port)] }
        if let user = uri.user { arguments += ["-l", user] }
        if let keyfile = uri.value("keyfile") { arguments += ["-i", keyfile] }
        // No terminal on the other side, and no character that means something to ssh.
        arguments += ["-T", "-e", "none"]
        if try uri.flag("no_tty") { arguments += ["-o", "BatchMode=yes"] }
        for option in try hostKeyOptions() + authenticationOptions() { arguments += ["-o", option] }
        return arguments + ["--", host, RemoteShell.command(try script())]
    }

    // MARK: whom to trust, and how to prove who we are

    private func hostKeyOptions() throws -> [String] {
        var options: [String] = []
        var files = try uri.value("known_hosts").map(knownHostsFile)
        let verify = uri.value("known_hosts_verify")
        switch verify {
        case "normal": options.append("StrictHostKeyChecking=ask")
        case "auto": options.append("StrictHostKeyChecking=accept-new")
        case "ignore":
            // Keys that are known are not looked at either.
            options.append("StrictHostKeyChecking=no")
            files = "/dev/null"
        case nil: if try uri.flag("no_verify") { options.append("StrictHostKeyChecking=no") }
        case let other?:
            throw uri.invalidHere("the host key verification '\(other)' is none of normal, auto and ignore")
        }
        if verify != nil, try uri.flag("no_verify"), verify != "ignore" {
            throw uri.invalidHere("known_hosts_verify=\(verify ?? "") and no_verify contradict each other")
        }
        if let files { options += ["UserKnownHostsFile=\(files)", "GlobalKnownHostsFile=/dev/null"] }
        return options
    }

    /// A path as ssh's configuration reads it: quoted, `%` doubled.
    private func knownHostsFile(_ path: String) throws -> String {
        guard !path.isEmpty, !path.contains("\""), !path.contains(#"\"#), !path.contains("${"), !path.contains("\n")
        else { throw uri.invalidHere("ssh cannot be told of the known_hosts file '\(path)'") }
        let escaped = path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
        return escaped.contains(" ") ? "\"\(escaped)\"" : escaped
    }

    /// libvirt's methods in ssh's words.
    private func authenticationOptions() throws -> [String] {
        guard let list = uri.value("sshauth") else { return [] }
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var methods: [String] = []
        for name in names {
            let method: String
            switch name {
            case "agent", "privkey": method = "publickey"
            case "password", "keyboard-interactive": method = name
            default:
                throw uri.invalidHere(
                    "the authentication method '\(name)' is none of agent, privkey, password and keyboard-interactive")
            }
            if !methods.contains(method) { methods.append(method) }
        }
        var options = ["PreferredAuthentications=\(methods.joined(separator: ","))"]
        if names.contains("agent"), !names.contains("privkey") {
            if uri.value("keyfile") != nil { throw uri.invalidHere("keyfile needs the authentication method privkey") }
            options.append("IdentityFile=none")
        }
        if names.contains("privkey"), !names.contains("agent") { options.append("IdentityAgent=none") }
        return options
    }

    // MARK: the other side

    private func script() throws -> String {
        let netcat = uri.value("netcat")
        let socket = uri.value("socket")
        var proxy = Proxy.auto
        if let text = uri.value("proxy") {
            guard let known = Proxy(rawValue: text) else {
                throw uri.invalidHere("the proxy '\(text)' is none of auto, netcat and native")
            }
            proxy = known
        }
        // The helper finds the socket by itself, and cannot be told of another one.
        if proxy == .auto, netcat != nil || socket != nil { proxy = .netcat }
        if proxy == .native {
            if netcat != nil { throw uri.invalidHere("netcat path not valid with native proxy mode") }
            if socket != nil { throw uri.invalidHere("virt-ssh-helper cannot be told of a socket; use proxy=netcat") }
        }
        if try uri.mode == .direct {
            throw VirtError(
                .operationUnsupported, domain: .remote, "Cannot use direct socket mode for ssh transport")
        }
        for (name, text) in [("name", uri.openName), ("netcat", netcat), ("socket", socket)] {
            guard let text else { continue }
            if text.isEmpty, name != "name" { throw uri.invalidHere("the parameter \(name) is empty") }
            if text.hasPrefix("-") { throw uri.invalidHere("the parameter \(name) begins with '-'") }
            if text.utf8.contains(where: Self.isControl) {
                throw uri.invalidHere("a control character in \(name) cannot be said to the other side's shell")
            }
        }
        let helper = "virt-ssh-helper \(readOnly ? "-r " : "")\(RemoteShell.quote(uri.openName))"
        switch proxy {
        case .native: return "exec \(helper)"
        case .netcat: return netcatScript(netcat ?? "nc", socket)
        case .auto:
            return "if command -v virt-ssh-helper >/dev/null 2>&1; then exec \(helper); fi; "
                + netcatScript(netcat ?? "nc", socket)
        }
    }

    /// Some netcats go on after the end of their input unless they are told `-q0`, and others do not know it.
    private func netcatScript(_ netcat: String, _ socket: String?) -> String {
        let word = RemoteShell.quote(netcat)
        let path =
            if let socket { RemoteShell.quote(socket) } else if uri.isSession {
                // A user's own daemon has no socket for reading only.
                #""${XDG_RUNTIME_DIR:-$HOME/.cache}/libvirt/libvirt-sock""#
            } else { "/var/run/libvirt/libvirt-sock\(readOnly ? "-ro" : "")" }
        return #"if \#(word) -q 2>&1 | grep -q "requires an argument"; then exec \#(word) -q0 -U \#(path); fi; "#
            + "exec \(word) -U \(path)"
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f }
}
