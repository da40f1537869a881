internal import XDR

/// A domain's way from one host to another, step by step: what a client does between two daemons, or a daemon that was
/// told to do it itself.
///
/// The source says what will arrive, the destination makes room, the source moves the memory, the destination says
/// whether the guest runs there, and only then the source lets it go. Whatever fails before leaves the guest where it
/// was.
package struct Migration: Sendable {
    package let source: any DomainMigration
    package let destination: any DomainMigration

    package init(from source: any DomainMigration, to destination: any DomainMigration) {
        self.source = source
        self.destination = destination
    }

    /// Takes the domain over.
    ///
    /// - Parameter flags: Those for which a daemon does it itself are of no use here.
    /// - Returns: The domain at the destination.
    /// - Throws: What the step says that failed.
    package func run(
        _ domain: DomainRef, _ parameters: [TypedParameter], flags: DomainMigrateFlags
    ) async throws -> DomainRef {
        let flags = flags.subtracting(.peer2peer)
        let begun = try await source.domainMigrateBegin3Params(domain, params: parameters, flags: flags)
        let name = parameters.text("destination_name") ?? domain.name
        let named = parameters.setting("destination_xml", nil).setting("destination_name", name)
        let prepared = try await destination.domainMigratePrepare3Params(
            params: named.setting("destination_xml", begun.xml), cookieIn: begun.cookieOut, flags: flags)
        // Where the memory goes; the caller's word before the destination's.
        let uri = parameters.text("migrate_uri") ?? prepared.uriOut
        let cookie: OpaqueData
        do {
            cookie = try await source.domainMigratePerform3Params(
                domain, dconnuri: nil, params: parameters.setting("migrate_uri", uri), cookieIn: prepared.cookieOut,
                flags: flags)
        } catch {
            _ = try? await destination.domainMigrateFinish3Params(
                params: named, cookieIn: prepared.cookieOut, flags: flags, cancelled: true)
            try? await source.domainMigrateConfirm3Params(
                domain, params: parameters, cookieIn: begun.cookieOut, flags: flags, cancelled: true)
            throw error
        }
        let finished: DomainMigrateFinish3ParamsResult
        do {
            finished = try await destination.domainMigrateFinish3Params(
                params: named.setting("migrate_uri", uri), cookieIn: cookie, flags: flags, cancelled: false)
        } catch {
            try? await source.domainMigrateConfirm3Params(
                domain, params: parameters, cookieIn: cookie, flags: flags, cancelled: true)
            throw error
        }
        try await source.domainMigrateConfirm3Params(
            domain, params: parameters, cookieIn: finished.cookieOut, flags: flags, cancelled: false)
        return finished.dom
    }
}

extension [TypedParameter] {
    fileprivate func text(_ field: String) -> String? {
        for parameter in self where parameter.field == field {
            if case .string(let text) = parameter.value { return text }
        }
        return nil
    }

    /// The list with a text in the place of another, or without it.
    fileprivate func setting(_ field: String, _ text: String?) -> [TypedParameter] {
        filter { $0.field != field } + (text.map { [TypedParameter(field: field, value: .string($0))] } ?? [])
    }
}
