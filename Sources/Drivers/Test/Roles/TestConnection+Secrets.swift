public import Libvirt
internal import VirtConf
internal import VirtUtil
public import XDR

extension TestConnection: Secrets {
    public func connectListAllSecrets(flags: ConnectListAllSecretsFlags) async throws -> [SecretRef] {
        try check(flags, 15, "secretConnectListAllSecrets", domain: .secret)
        return host.read { state in state.secrets.sorted.filter { $0.matches(flags) }.map(\.reference) }
    }

    public func secretLookupByUUID(uuid: UUID) async throws -> SecretRef {
        try host.read { try $0.secrets.secret(uuid).reference }
    }

    public func secretLookupByUsage(usageType: SecretUsageType, usageID: String) async throws -> SecretRef {
        try host.read { try $0.secrets.secret(usageType, usageID).reference }
    }

    public func secretDefineXML(xml: String, flags: SecretDefineFlags) async throws -> SecretRef {
        try check(flags, 1, "secretDefineXML", domain: .secret)
        try validate(xml, "secret.rng", root: "secret", if: flags.contains(.validate))
        let definition = try conf { () throws(ConfError) in try SecretDefinition(xml: xml) }
        return try host.update { state in
            let secret = try state.secrets.take(definition)
            state.events.append(.secret(.lifecycle(secret, event: .defined, detail: 0)))
            return secret
        }
    }

    public func secretGetXMLDesc(_ secret: SecretRef, flags: UInt32) async throws -> String {
        try check(flags, 0, "secretGetXMLDesc", domain: .secret)
        return try host.read { try $0.secrets.secret(secret.uuid).definition }.xml()
    }

    public func secretSetValue(_ secret: SecretRef, value: OpaqueData, flags: UInt32) async throws {
        let bytes = [UInt8](value)
        if bytes.isEmpty {
            throw VirtError.argument(
                "value", in: "virSecretSetValue", domain: .secret, "value in virSecretSetValue must not be NULL")
        }
        try check(flags, 0, "secretSetValue", domain: .secret)
        try host.update { state in
            let secret = try state.secrets.setValue(bytes, of: secret.uuid)
            state.events.append(.secret(.valueChanged(secret)))
        }
    }

    public func secretGetValue(_ secret: SecretRef, flags: UInt32) async throws -> OpaqueData {
        try check(flags, 0, "secretGetValue", domain: .secret)
        return OpaqueData(try host.read { try $0.secrets.secret(secret.uuid).publicValue() })
    }

    public func secretUndefine(_ secret: SecretRef) async throws {
        try host.update { state in
            let secret = try state.secrets.remove(secret.uuid)
            state.events.append(.secret(.lifecycle(secret, event: .undefined, detail: 0)))
        }
    }
}
