internal import Libvirt

/// What a client does to be let in.
struct ClientAuthentication: Sendable {
    /// The URI's `auth`: nil leaves the choice to the daemon.
    enum Choice: Sendable, Equatable {
        case sasl(mechanism: String?)
        case polkit
    }

    var choice: Choice?
    /// What the caller wrote, for messages.
    private var choiceText = ""
    var credentials: Credentials

    init(credentials: Credentials) { self.credentials = credentials }

    /// - Throws: ``VirtError`` `.authFailed` if the URI asks for a way that there is not.
    init(_ uri: ConnectURI, options: ConnectOptions, environment: ClientEnvironment) throws {
        credentials = Credentials(
            host: uri.host ?? "localhost", user: uri.user, fileName: uri.value("authfile"), environment: environment,
            ask: options.credentials)
        guard let text = uri.value("auth") else { return }
        choiceText = text
        let name = text.lowercased()
        if name == "polkit" {
            choice = .polkit
        } else if name == "sasl" {
            choice = .sasl(mechanism: nil)
        } else if name.hasPrefix("sasl.") {
            choice = .sasl(mechanism: text.dropFirst(5).uppercased())
        } else {
            throw Self.failed("unknown authentication type \(text)")
        }
    }

    static func failed(_ text: String, cause: (any Error)? = nil) -> VirtError {
        VirtError(.authFailed, domain: .remote, text, cause: cause)
    }

    /// Chooses among what the daemon offers, of which any one will do.
    func choose(among types: [AuthType]) throws -> AuthType {
        switch choice {
        case .sasl:
            guard types.contains(.sasl) else { throw failedChoice }
            return .sasl
        case .polkit:
            guard types.contains(.polkit) else { throw failedChoice }
            return .polkit
        case nil:
            if types.isEmpty || types.contains(.none) { return .none }
            guard let type = [AuthType.polkit, .sasl].first(where: types.contains) else {
                let numbers = types.map { String($0.rawValue) }.joined(separator: ", ")
                throw VirtError(
                    .authUnavailable, domain: .remote,
                    "the daemon asks for an authentication that is not known (\(numbers))")
            }
            return type
        }
    }

    private var failedChoice: VirtError { Self.failed("requested authentication type \(choiceText) rejected") }
}
