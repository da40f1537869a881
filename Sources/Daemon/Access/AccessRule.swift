internal import VirtRPC

/// A line of the rule file: who may, or may not, do what to which objects.
struct AccessRule: Sendable, Equatable {
    enum Effect: String, Sendable { case allow, deny }

    /// What a rule knows of a client.
    enum SubjectKey: String, Sendable, CaseIterable {
        case user, group, sasl, dn, context, transport, access
    }

    /// Alternatives, one of which has to match.
    struct Patterns: Sendable, Equatable {
        let patterns: [Glob]
        func matches(_ text: String) -> Bool { patterns.contains { $0.matches(text) } }
    }

    struct Permission: Sendable, Equatable {
        let object: Glob
        let permission: Glob
    }

    let line: Int
    let effect: Effect
    /// All have to hold; none: anyone.
    let subjects: [SubjectKey: Patterns]
    /// One has to hold.
    let permissions: [Permission]
    /// `name`, `uuid` or an attribute of libvirt's; all have to hold.
    let conditions: [String: Patterns]

    func covers(_ question: AccessQuestion) -> Bool {
        permissions.contains {
            $0.object.matches(question.object.rawValue) && $0.permission.matches(question.permission)
        }
    }

    /// - Parameter groups: asked only by a rule about groups.
    func concerns(_ subject: AccessSubject, groups: (AccessSubject) -> Set<String>) -> Bool {
        let client = subject.client
        return subjects.allSatisfy { key, patterns in
            switch key {
            case .user: Self.matches(patterns, client.userName, client.userID)
            case .group: groups(subject).contains(where: patterns.matches)
            case .sasl: client.saslUserName.map(patterns.matches) ?? false
            case .dn: client.distinguishedName.map(patterns.matches) ?? false
            case .context: client.securityContext.map(patterns.matches) ?? false
            case .transport: patterns.matches(Self.name(client.transport))
            case .access: patterns.matches(subject.isReadOnly ? "readonly" : "readwrite")
            }
        }
    }

    /// - Parameter driver: the value of `connect_driver`, which every object has.
    func holds(for object: AccessObject, driver: String) -> Bool {
        conditions.allSatisfy { key, patterns in
            let value =
                switch key {
                case "name": object.name
                case "uuid": object.uuid
                case "connect_driver": driver
                default: object.value(of: key)
                }
            return value.map(patterns.matches) ?? false
        }
    }

    private static func matches(_ patterns: Patterns, _ name: String?, _ number: UInt32?) -> Bool {
        name.map(patterns.matches) ?? false || number.map { patterns.matches("\($0)") } ?? false
    }

    private static func name(_ transport: TransportKind) -> String {
        switch transport {
        case .unix: "unix"
        case .tcp: "tcp"
        case .tls: "tls"
        case .inProcess, .command: "local"
        }
    }
}

/// A pattern in which `*` stands for any characters and `?` for one. Bytes have to be the same: what only looks alike
/// is another text.
struct Glob: Sendable, Equatable {
    let text: String
    private let pattern: [UInt8]
    private let isLiteral: Bool

    init(_ text: String) {
        self.text = text
        pattern = Array(text.utf8)
        isLiteral = !pattern.contains { $0 == Self.star || $0 == Self.question }
    }

    private static let star = UInt8(ascii: "*")
    private static let question = UInt8(ascii: "?")

    /// Never more steps than the product of both lengths.
    func matches(_ value: String) -> Bool {
        if pattern == [Self.star] { return true }
        if isLiteral { return value.utf8.elementsEqual(pattern) }
        var value = value
        return value.withUTF8 { matches($0) }
    }

    private func matches(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        var (at, here) = (0, 0)
        /// The last star, and where what it stands for ends so far.
        var last: (at: Int, end: Int)?
        while here < value.count {
            if at < pattern.count, pattern[at] == Self.star {
                last = (at, here)
                at += 1
            } else if at < pattern.count, pattern[at] == Self.question {
                at += 1
                here += 1
                // The rest of a character's bytes.
                while here < value.count, value[here] & 0xC0 == 0x80 { here += 1 }
            } else if at < pattern.count, pattern[at] == value[here] {
                at += 1
                here += 1
            } else if let star = last {
                last = (star.at, star.end + 1)
                at = star.at + 1
                here = star.end + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == Self.star }
    }
}
