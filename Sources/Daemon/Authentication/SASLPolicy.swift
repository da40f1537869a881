internal import Synchronization
internal import VirtNet

/// Whom SASL lets in, and how well the line has to be protected; changes count for who authenticates from then on.
package final class SASLPolicy: Sendable {
    private struct Rules {
        /// Globs; nil admits everybody who has shown a name.
        var allowedUsers: [String]?
        /// Least strength, in bits, of SASL's own layer on TCP.
        var minimumStrength: UInt32 = 112
    }

    private let rules: Mutex<Rules>

    package init(allowedUsers: [String]? = nil, minimumStrength: UInt32 = 112) {
        rules = Mutex(Rules(allowedUsers: allowedUsers, minimumStrength: minimumStrength))
    }

    package convenience init(_ configuration: DaemonConfiguration) {
        self.init(
            allowedUsers: configuration.allowedSASLUsers, minimumStrength: configuration.minimumTCPStrength)
    }

    func update(_ configuration: DaemonConfiguration) {
        rules.withLock { rules in
            rules.allowedUsers = configuration.allowedSASLUsers
            rules.minimumStrength = configuration.minimumTCPStrength
        }
    }

    var minimumStrength: UInt32 { rules.withLock { $0.minimumStrength } }

    func admits(_ user: String) -> Bool {
        guard let allowed = rules.withLock({ $0.allowedUsers }) else { return true }
        return allowed.contains { TLSConfiguration.matches(user, pattern: $0) }
    }
}
