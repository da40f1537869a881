public import Libvirt

extension TestConnection: DomainGuestUsers {
    public func domainSetUserPassword(
        _ dom: DomainRef, user: String?, password: String?, flags: DomainSetUserPasswordFlags
    ) async throws {
        try check(flags, 1, "testDomainSetUserPassword")
        try host.read { try $0.domain(dom).check(.useGuest) }
    }

    public func domainAuthorizedSSHKeysGet(_ dom: DomainRef, user: String, flags: UInt32) async throws -> [String] {
        try check(flags, 0, "testDomainAuthorizedSSHKeysGet")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.checkAgent("guest-ssh-get-authorized-keys")
            return try domain.activity.content.agent.keys(of: user)
        }
    }

    public func domainAuthorizedSSHKeysSet(
        _ dom: DomainRef, user: String, keys: [String], flags: DomainAuthorizedSSHKeysSetFlags
    ) async throws {
        let api = "virDomainAuthorizedSSHKeysSet"
        let names = "'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND' and 'VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE'"
        if flags.contains([.append, .remove]) {
            throw VirtError.argument("flags", in: api, "Flags \(names) are mutually exclusive")
        }
        if keys.isEmpty, flags.contains(.append) || flags.contains(.remove) {
            throw VirtError.argument("keys", in: api, "keys in \(api) must not be NULL")
        }
        try check(flags, 3, "testDomainAuthorizedSSHKeysSet")
        let isRemoval = flags.contains(.remove)
        try host.update { state in
            try state.domain(dom).checkAgent(
                isRemoval ? "guest-ssh-remove-authorized-keys" : "guest-ssh-add-authorized-keys")
            try state.modify(dom) { domain in
                if isRemoval {
                    try domain.activity.content.agent.removeKeys(keys, of: user)
                } else {
                    try domain.activity.content.agent.addKeys(keys, of: user, isReset: !flags.contains(.append))
                }
            }
        }
    }
}
