public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: DomainSecurityLabels {
    public func domainGetSecurityLabel(_ dom: DomainRef) async throws -> DomainSecurityLabel {
        let isActive = try host.read { try $0.domain(dom).isActive }
        return DomainSecurityLabel(
            label: Self.text(isActive ? "libvirt-test" : ""), enforcing: isActive ? 1 : 0)
    }
}

extension TestConnection: DomainLaunchSecurity {
    public func domainGetLaunchSecurityInfo(_ dom: DomainRef, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags, 0, "testDomainGetLaunchSecurityInfo")
        return []
    }

    /// Secrets go into guests that are measured before they run, and only of one kind.
    public func domainSetLaunchSecurityState(_ dom: DomainRef, params: [TypedParameter], flags: UInt32) async throws {
        if params.isEmpty {
            let api = "virDomainSetLaunchSecurityState"
            throw VirtError.argument("params", in: api, "params in \(api) must not be NULL")
        }
        try check(flags, 0, "testDomainSetLaunchSecurityState")
        let values = try CheckedParameters(
            params, ["sev-secret": .string, "sev-secret-header": .string, "sev-secret-set-address": .ullong])
        try host.read { state in
            let domain = try state.domain(dom)
            guard domain.definition.launchSecurity?.attribute("type") == "sev" else {
                throw VirtError.test(
                    .operationUnsupported, "setting a launch secret is only supported in SEV-enabled domains")
            }
            guard values.string("sev-secret") != nil, values.string("sev-secret-header") != nil else {
                throw VirtError.test(.invalidArg, "Both secret and the secret header are required")
            }
            try domain.check(.query)
            guard domain.state.kind == .paused else {
                throw VirtError.test(.operationInvalid, "domain must be in a paused state")
            }
        }
    }
}

extension TestConnection: DomainSecurityLabelLists {
    public func domainGetSecurityLabelList(_ dom: DomainRef) async throws -> DomainSecurityLabelList {
        guard try host.read({ try $0.domain(dom).isActive }) else { return DomainSecurityLabelList(labels: [], ret: 0) }
        return DomainSecurityLabelList(labels: [try await domainGetSecurityLabel(dom)], ret: 1)
    }
}
