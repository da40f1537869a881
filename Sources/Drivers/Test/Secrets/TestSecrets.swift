internal import Libvirt
internal import VirtConf

/// A secret of the host: its definition, and its value if one was set.
struct TestSecret {
    /// Order of appearance, for lists.
    let sequence: UInt64
    var definition: SecretDefinition
    var value: [UInt8]?

    var uuid: UUID { UUID(definition.uuid) }
    var reference: SecretRef {
        SecretRef(uuid: uuid, usageType: definition.usage.wireType, usageID: definition.usageID ?? "")
    }

    /// The value, as clients may have it.
    ///
    /// - Throws: `.invalidSecret` if it is private, `.noSecret` if none was set.
    func publicValue() throws -> [UInt8] {
        if definition.isPrivate { throw VirtError.secret(.invalidSecret, "secret is private") }
        guard let value else { throw VirtError.secret(.noSecret, "secret '\(uuid)' does not have a value") }
        return value
    }

    /// Whether it is one of those that flags ask for: of each pair it must match one, if any is given.
    func matches(_ flags: ConnectListAllSecretsFlags) -> Bool {
        func pair(_ yes: ConnectListAllSecretsFlags, _ no: ConnectListAllSecretsFlags, _ value: Bool) -> Bool {
            flags.isDisjoint(with: [yes, no]) || flags.contains(value ? yes : no)
        }
        return pair(.ephemeral, .noEphemeral, definition.isEphemeral)
            && pair(.private, .noPrivate, definition.isPrivate)
    }
}

/// The secrets of a host.
///
/// What libvirt's secret driver does for all hypervisors; its own test driver has none.
struct TestSecrets {
    private var secrets: [UUID: TestSecret] = [:]
    private var lastSequence: UInt64 = 0

    var count: Int { secrets.count }

    /// In order of appearance.
    var sorted: [TestSecret] { secrets.values.sorted { $0.sequence < $1.sequence } }

    func secret(_ uuid: UUID) throws -> TestSecret {
        guard let secret = secrets[uuid] else { throw Self.missing(uuid) }
        return secret
    }

    func secret(_ usage: SecretUsageType, _ id: String) throws -> TestSecret {
        guard let secret = find(usage, id) else {
            throw VirtError.secret(.noSecret, "no secret with matching usage '\(id)'")
        }
        return secret
    }

    private func find(_ usage: SecretUsageType, _ id: String?) -> TestSecret? {
        guard usage != .none, let id else { return nil }
        return secrets.values.filter { $0.definition.usage.wireType == usage && $0.definition.usageID == id }
            .min { $0.sequence < $1.sequence }
    }

    private static func missing(_ uuid: UUID) -> VirtError {
        .secret(.noSecret, "no secret with matching uuid '\(uuid)'")
    }

    /// Takes a definition: into the secret of its UUID, which keeps its value, or as a new one.
    ///
    /// - Throws: `.internalError`, as libvirt has it, if the usage would change or is another's, or if a private
    ///   secret would be open.
    mutating func take(_ definition: SecretDefinition) throws -> SecretRef {
        func refuse(_ text: String) -> VirtError { .secret(.internalError, text) }
        let uuid = UUID(definition.uuid)
        if let index = secrets.index(forKey: uuid) {
            let existing = secrets.values[index].definition
            guard existing.usageID == definition.usageID else {
                let usage = existing.usageID ?? "(null)"
                throw refuse("a secret with UUID \(uuid) is already defined for use with \(usage)")
            }
            if existing.isPrivate, !definition.isPrivate {
                throw refuse("cannot change private flag on existing secret")
            }
            secrets.values[index].definition = definition
            return secrets.values[index].reference
        }
        if let other = find(definition.usage.wireType, definition.usageID) {
            let usage = definition.usageID ?? ""
            throw refuse("a secret with UUID \(other.uuid) already defined for use with \(usage)")
        }
        lastSequence += 1
        let secret = TestSecret(sequence: lastSequence, definition: definition)
        secrets[uuid] = secret
        return secret.reference
    }

    mutating func setValue(_ value: [UInt8], of uuid: UUID) throws -> SecretRef {
        guard let index = secrets.index(forKey: uuid) else { throw Self.missing(uuid) }
        secrets.values[index].value = value
        return secrets.values[index].reference
    }

    mutating func remove(_ uuid: UUID) throws -> SecretRef {
        guard let secret = secrets.removeValue(forKey: uuid) else { throw Self.missing(uuid) }
        return secret.reference
    }
}

extension SecretDefinition.Usage {
    /// The number of the protocol.
    var wireType: SecretUsageType {
        switch self {
        case .none: .none
        case .volume: .volume
        case .ceph: .ceph
        case .iscsi: .iscsi
        case .tls: .tls
        case .vtpm: .vtpm
        }
    }
}

extension VirtError {
    static func secret(_ code: ErrorCode, _ details: String) -> VirtError {
        VirtError(code, domain: .secret, details)
    }
}
