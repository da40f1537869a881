public import Libvirt
internal import VirtConf

extension TestConnection: Libvirt.DomainMetadata {
    public func domainGetMetadata(
        _ dom: DomainRef, type: DomainMetadataType, uri: String?, flags: DomainModificationImpact
    ) async throws -> String {
        try check(flags, 3, "testDomainGetMetadata")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let text = try definition.note(type.rawValue, uri: uri)
            guard let text else {
                throw VirtError.domain(.noDomainMetadata, "Requested metadata element is not present")
            }
            return text
        }
    }

    public func domainSetMetadata(
        _ dom: DomainRef, type: DomainMetadataType, metadata: String?, key: String?, uri: String?,
        flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainSetMetadata")
        try TestMetadata.check(type.rawValue, metadata, in: "virDomainSetMetadata")
        try host.update { state in
            let reference = try state.modify(dom) { domain in
                for target in try domain.targets(flags.rawValue) {
                    try domain[target].setNote(
                        type.rawValue, metadata, key: key, uri: uri, in: "virDomainSetMetadata")
                }
                return domain.reference
            }
            state.events.append(.domain(.metadataChange(reference, type: type, nsuri: uri)))
        }
    }
}

extension Definition: TestNotes {}
