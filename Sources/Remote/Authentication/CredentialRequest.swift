/// What a daemon wants to know before it lets a client in. C: `virConnectCredential`.
public struct CredentialRequest: Sendable {
    /// What it is; libvirt's `VIR_CRED_*`.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public var rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// The name that goes with the password.
        public static var authenticationName: Kind { Kind(rawValue: 2) }
        /// A password.
        public static var passphrase: Kind { Kind(rawValue: 5) }
        /// An answer to a challenge; it may be shown while it is typed.
        public static var echoPrompt: Kind { Kind(rawValue: 6) }
        /// An answer to a challenge; it may not be shown.
        public static var noEchoPrompt: Kind { Kind(rawValue: 7) }
        /// The realm in which the name means somebody.
        public static var realm: Kind { Kind(rawValue: 8) }
    }

    public var kind: Kind
    /// For people: `Please enter your password`.
    public var prompt: String
    /// What the daemon has said about it.
    public var challenge: String?
    /// What is taken if the caller has no answer of its own: from `auth.conf`, or the user of the URI. Nil: there is
    /// none, and authentication fails without an answer.
    public var fallback: String?
    /// Of the daemon.
    public var host: String
    /// Of SASL: `SCRAM-SHA-256`.
    public var mechanism: String
}
