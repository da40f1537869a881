internal import Libvirt
internal import VirtNet

/// Where the answers to a daemon's questions come from: the caller, `auth.conf`, the user of the URI.
struct Credentials: Sendable {
    /// The name of daemons in `auth.conf`.
    static let service = "libvirt"

    let host: String
    /// Of the URI.
    let user: String?
    /// The URI's `authfile`.
    let fileName: String?
    let environment: ClientEnvironment
    let ask: (@Sendable (CredentialRequest) async throws -> String?)?

    private var file: AuthenticationFile??
    private var searched: [String] = []

    init(
        host: String = "localhost", user: String? = nil, fileName: String? = nil,
        environment: ClientEnvironment = .current,
        ask: (@Sendable (CredentialRequest) async throws -> String?)? = nil
    ) {
        self.host = host
        self.user = user
        self.fileName = fileName
        self.environment = environment
        self.ask = ask
    }

    /// Answers all prompts of one step.
    ///
    /// - Throws: ``VirtError`` `.authFailed` that names what is missing and where it was looked for, or what is wrong in
    ///   `auth.conf`, or what the caller throws.
    mutating func answers(to prompts: [SASLClient.Prompt], mechanism: String) async throws -> [String] {
        var answers: [String] = []
        for prompt in prompts {
            let fallback = try fallback(for: prompt)
            let request = CredentialRequest(
                kind: prompt.kind.credential, prompt: prompt.prompt, challenge: prompt.challenge, fallback: fallback,
                host: host, mechanism: mechanism)
            guard let answer = try await ask?(request) ?? fallback else { throw missing(prompt, mechanism) }
            answers.append(answer)
        }
        return answers
    }

    private mutating func fallback(for prompt: SASLClient.Prompt) throws -> String? {
        if let key = prompt.kind.key, let value = try find()?.credential(key, service: Self.service, host: host) {
            return value
        }
        return prompt.kind == .authenticationName ? user ?? prompt.fallback : prompt.fallback
    }

    private mutating func find() throws -> AuthenticationFile? {
        if let file { return file }
        let found = try AuthenticationFile.find(named: fileName, in: environment, searched: &searched)
        file = .some(found)
        return found
    }

    private func missing(_ prompt: SASLClient.Prompt, _ mechanism: String) -> VirtError {
        var places = [ask == nil ? "the caller gives no credentials" : "the caller does not give it"]
        if let key = prompt.kind.key {
            if let file = file ?? nil {
                let section = file.section(service: Self.service, host: host)
                places.append(
                    section.map { "the credentials of [\($0)] in '\(file.path)' have no '\(key)'" }
                        ?? "'\(file.path)' has neither [auth-\(Self.service)-\(host)] nor [auth-\(Self.service)-default]"
                )
            } else {
                let names = searched.map { "'\($0)'" }.joined(separator: " nor ")
                places.append("there is neither \(names)")
            }
            if prompt.kind == .authenticationName { places.append("the URI names no user") }
        }
        return VirtError(
            .authFailed, domain: .remote,
            "the mechanism \(mechanism) needs \(prompt.kind.name) for \(host): \(places.joined(separator: "; "))")
    }
}

extension SASLClient.Prompt.Kind {
    fileprivate var credential: CredentialRequest.Kind {
        switch self {
        case .authenticationName: .authenticationName
        case .password: .passphrase
        case .realm: .realm
        case .text: .echoPrompt
        case .secret: .noEchoPrompt
        }
    }

    /// In `auth.conf`.
    fileprivate var key: String? {
        switch self {
        case .authenticationName: "authname"
        case .password: "password"
        case .realm: "realm"
        case .text, .secret: nil
        }
    }

    fileprivate var name: String {
        switch self {
        case .authenticationName: "a user name"
        case .password: "a password"
        case .realm: "a realm"
        case .text, .secret: "an answer"
        }
    }
}
