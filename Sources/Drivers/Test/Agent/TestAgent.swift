internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The agent in a guest, which a channel leads to, and what clients have told it.
///
/// What libvirt's own test driver answers in its place needs no channel; everything else does, as with QEMU.
struct TestAgent: Equatable {
    static let channel = "org.qemu.guest_agent.0"

    /// Seconds to wait for an answer, or a negative number with a meaning of its own; 0: none is waited for.
    var timeout: Int32 = -2
    /// Processors that the guest does not use; all are used at the next start.
    var offlineCPUs: Set<Int> = []
    /// Lines of the files of users that have one, by the user's name. They are on the guest's disk.
    var keys: [String: [String]] = [:]

    /// A run is over.
    mutating func endRun() {
        timeout = -2
        offlineCPUs = []
    }

    static func failure(_ command: String, _ text: String) -> VirtError {
        .test(.internalError, "unable to execute QEMU agent command '\(command)': \(text)")
    }

    static let noAnswer = VirtError.test(.agentUnresponsive, "Guest agent not available for now")

    /// Checks a time to wait, in seconds.
    static func check(timeout: Int32) throws {
        if timeout < -2 {
            throw VirtError.test(.invalidArg, "guest agent timeout '\(timeout)' is less than the minimum '-2'")
        }
    }

    // MARK: Keys of users

    private static func file(of user: String) -> String {
        user == "root" ? "/root/.ssh/authorized_keys" : "/home/\(user)/.ssh/authorized_keys"
    }

    private static func checkUser(_ user: String, _ command: String) throws {
        if user.isEmpty || user.contains(where: { $0 == "/" || $0 == ":" || $0.isNewline }) {
            throw failure(command, "failed to lookup user '\(user)': Success")
        }
    }

    /// The keys of a user, the newest first.
    func keys(of user: String) throws -> [String] { try file(of: user, "guest-ssh-get-authorized-keys").reversed() }

    private func file(of user: String, _ command: String) throws -> [String] {
        try Self.checkUser(user, command)
        guard let keys = keys[user] else {
            let path = Self.file(of: user)
            throw Self.failure(
                command, "failed to read '\(path)': Failed to open file “\(path)”: No such file or directory")
        }
        return keys
    }

    /// Adds keys that a user does not have yet, or replaces all.
    ///
    /// - Throws: `.internalError` for what is no key, or if there would be too many.
    mutating func addKeys(_ new: [String], of user: String, isReset: Bool) throws {
        let command = "guest-ssh-add-authorized-keys"
        try Self.checkUser(user, command)
        for key in new where key.hasPrefix("#") || key.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            throw Self.failure(command, "invalid OpenSSH public key: '\(key)'")
        }
        var lines = isReset ? [] : keys[user] ?? []
        for key in new where !key.isEmpty && !lines.contains(key) { lines.append(key) }
        // What cannot be told of any more is not kept, nor what somebody only fills memory with.
        let isTooMuch =
            lines.count > Int(remoteDomainAuthorizedSSHKeysMax) || keys[user] == nil && keys.count >= 256
            || lines.reduce(0) { $0 + $1.utf8.count } > 1 << 20
        if isTooMuch {
            throw Self.failure(command, "failed to write '\(Self.file(of: user))': File too large")
        }
        keys[user] = lines
    }

    mutating func removeKeys(_ old: [String], of user: String) throws {
        keys[user] = try file(of: user, "guest-ssh-remove-authorized-keys").filter { !old.contains($0) }
    }
}

extension TestDomain {
    /// Whether the guest's agent can be asked.
    ///
    /// - Parameter command: what it is asked; nil if it answers that also while file systems are frozen.
    /// - Throws: `.operationInvalid` if the guest does not run, `.argumentUnsupported` if no channel leads to the
    ///   agent, `.agentUnresponsive` if its answers are not waited for, `.internalError` if file systems are frozen.
    func checkAgent(_ command: String? = nil) throws {
        try check(.askAgent)
        guard definition.devices.channels.contains(where: { $0.target.name == TestAgent.channel }) else {
            throw VirtError.test(.argumentUnsupported, "QEMU guest agent is not configured")
        }
        if activity.content.agent.timeout == 0 { throw TestAgent.noAnswer }
        if let command { try checkThawed(command) }
    }

    func checkThawed(_ command: String) throws {
        if !frozenMounts.isEmpty {
            throw TestAgent.failure(
                command, "Command \(command) has been disabled: the agent is in frozen state")
        }
    }
}
