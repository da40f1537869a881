internal import XDR

extension Domain {
    /// Migrates the domain to another host, over both connections.
    ///
    /// Returns when the guest runs there, or stands still there with `.paused`; it is then gone here. Meanwhile
    /// ``jobStatistics(flags:)`` tells how far it is and ``abortJob()`` ends it; an error leaves it where it was.
    /// C: `virDomainMigrate3`.
    ///
    /// - Parameters:
    ///   - destination: A connection to the other host's daemon.
    ///   - parameters: `VIR_MIGRATE_PARAM_*`: `destination_name`, `destination_xml`, `bandwidth` (MiB/s) …
    /// - Throws: What the daemon says whose step failed; `.noSupport` if one of them cannot migrate this way.
    public func migrate(
        to destination: Connection, parameters: [TypedParameter] = [], flags: DomainMigrateFlags = .live
    ) async throws -> Domain {
        let api = "virDomainMigrate3"
        let steps = Migration(
            from: try connection.required(connection.roles.domainMigration, api),
            to: try destination.required(destination.roles.domainMigration, api))
        let arrived = try await steps.run(reference, parameters, flags: flags)
        return Domain(connection: destination, reference: arrived)
    }

    /// Has the host of the domain migrate it by itself, to a host that it reaches.
    ///
    /// C: `virDomainMigrateToURI3` with `VIR_MIGRATE_PEER2PEER`.
    ///
    /// - Parameter uri: The other daemon, as the domain's host names it.
    public func migrate(
        toURI uri: String, parameters: [TypedParameter] = [], flags: DomainMigrateFlags = .live
    ) async throws {
        _ = try await migratePerform3Params(
            dconnuri: uri, params: parameters, cookieIn: OpaqueData(), flags: flags.union(.peer2peer))
    }
}
