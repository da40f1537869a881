public import Libvirt
internal import Synchronization
internal import VirtConf
internal import VirtUtil
public import XDR

/// Both ends of a migration. A client carries what they say to each other, or this end does it all by itself.
extension TestConnection: DomainMigration {

    public func domainMigrateBegin3Params(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainMigrateFlags
    ) async throws -> DomainMigrateBegin3ParamsResult {
        try check(flags, "testDomainMigrateBegin3Params")
        let parameters = try TestMigrationParameters(params)
        let (definition, cookie) = try host.read { state in
            try state.beginMigration(of: dom, parameters, flags)
        }
        var style = XMLStyle()
        style.isSecure = true
        style.isMigratable = true
        return DomainMigrateBegin3ParamsResult(cookieOut: cookie.data, xml: definition.xml(style: style))
    }

    public func domainMigratePrepare3Params(
        params: [TypedParameter], cookieIn: OpaqueData, flags: DomainMigrateFlags
    ) async throws -> DomainMigratePrepare3ParamsResult {
        try check(flags, "testDomainMigratePrepare3Params")
        let parameters = try TestMigrationParameters(params)
        let cookie = try TestMigrationCookie(cookieIn)
        guard let xml = parameters.xml else {
            throw VirtError.test(.internalError, "no domain XML passed")
        }
        var definition = try Self.definition(xml)
        definition.id = nil
        if let name = parameters.name { definition.name = name }
        let arriving = definition
        let reference = try host.update { state in try state.prepareMigration(arriving, flags) }
        if !flags.contains(.offline) { expected.withLock { _ = $0.insert(reference.uuid) } }
        return DomainMigratePrepare3ParamsResult(
            cookieOut: cookie.data, uriOut: parameters.uri ?? "test:\(TestSystem.hostname)")
    }

    public func domainMigratePerform3Params(
        _ dom: DomainRef, dconnuri: String?, params: [TypedParameter], cookieIn: OpaqueData, flags: DomainMigrateFlags
    ) async throws -> OpaqueData {
        try check(flags, "testDomainMigratePerform3Params")
        let parameters = try TestMigrationParameters(params)
        if flags.contains(.peer2peer) {
            guard let dconnuri else {
                throw VirtError.test(.operationInvalid, "peer-to-peer migration needs the URI of the other host")
            }
            try await migrate(dom, to: dconnuri, params, flags)
            return OpaqueData()
        }
        if dconnuri != nil {
            throw VirtError.test(.internalError, "Unexpected dconnuri parameter with non-peer2peer migration")
        }
        try await leave(dom, parameters, flags)
        return cookieIn
    }

    /// Moves the guest's memory.
    private func leave(
        _ dom: DomainRef, _ parameters: TestMigrationParameters, _ flags: DomainMigrateFlags
    ) async throws {
        if flags.contains(.offline) { return }
        let bandwidth = try Self.bytes(ofMiB: parameters.bandwidth)
        try await host.perform { state in
            let domain = try state.domain(dom)
            try domain.check(.migrate)
            let rate = bandwidth > 0 ? bandwidth : domain.activity.content.migration.rate ?? state.memoryRate
            let number = try state.moveMemory(of: domain, .migrationOut, rate: rate) { state in
                try state.endMigrationOut(of: dom)
            }
            try state.modify(dom) { $0.activity.content.migration.allowsPostcopy = flags.contains(.postcopy) }
            state.events.append(.domain(.migrationIteration(dom, iteration: 1)))
            return number
        }
    }

    static func bytes(ofMiB bandwidth: UInt64) throws -> UInt64 {
        let largest = UInt64(Int64.max) >> 20
        guard bandwidth <= largest else {
            throw VirtError.test(.overflow, "bandwidth must be less than \(largest)")
        }
        return bandwidth << 20
    }

    public func domainMigrateFinish3Params(
        params: [TypedParameter], cookieIn: OpaqueData, flags: DomainMigrateFlags, cancelled: Bool
    ) async throws -> DomainMigrateFinish3ParamsResult {
        try check(flags, "testDomainMigrateFinish3Params")
        let parameters = try TestMigrationParameters(params)
        guard let name = parameters.name else {
            throw VirtError.test(.internalError, "missing domain name")
        }
        let cookie = try TestMigrationCookie(cookieIn)
        let reference = try host.update { state in
            try state.finishMigration(named: name, cookie, flags, cancelled: cancelled)
        }
        expected.withLock { _ = $0.remove(reference.uuid) }
        // A result would say that the guest is here.
        if cancelled { throw VirtError.test(.operationFailed, "migration of domain '\(name)' was cancelled") }
        return DomainMigrateFinish3ParamsResult(dom: reference, cookieOut: cookie.data)
    }

    public func domainMigrateConfirm3Params(
        _ dom: DomainRef, params: [TypedParameter], cookieIn: OpaqueData, flags: DomainMigrateFlags, cancelled: Bool
    ) async throws {
        try check(flags, "testDomainMigrateConfirm3Params")
        let cookie = try TestMigrationCookie(cookieIn)
        try host.update { state in
            try state.confirmMigration(of: dom, cookie, flags, cancelled: cancelled)
        }
    }

    private func check(_ flags: DomainMigrateFlags, _ function: StaticString) throws {
        let unknown = flags.rawValue & ~0x1f_ffff
        guard unknown != 0 else { return }
        throw VirtError.unsupportedFlags(unknown, in: "\(function)", domain: .test)
    }

    // MARK: By itself

    /// Does what a client would do between the two hosts.
    private func migrate(
        _ dom: DomainRef, to uri: String, _ params: [TypedParameter], _ flags: DomainMigrateFlags
    ) async throws {
        guard let connector else {
            throw VirtError.test(.argumentUnsupported, "this process reaches no other hosts")
        }
        let target = try await connector.connect(to: uri)
        do {
            guard let other = target as? any DomainMigration else {
                throw VirtError.test(.argumentUnsupported, "the host \(uri) takes no guests")
            }
            _ = try await Migration(from: self, to: other).run(dom, params, flags: flags)
        } catch {
            await target.close()
            throw error
        }
        await target.close()
    }
}

/// The same steps as clients older than 1.1 ask for them.
extension TestConnection: DomainMigrationV3 {
    private func parameters(
        uri: String? = nil, name: String? = nil, xml: String? = nil, bandwidth: UInt64 = 0
    ) -> [TypedParameter] {
        [("migrate_uri", uri), ("destination_name", name), ("destination_xml", xml)].compactMap { field, text in
            text.map { TypedParameter(field, .string($0)) }
        } + (bandwidth > 0 ? [TypedParameter("bandwidth", .ullong(bandwidth))] : [])
    }

    public func domainMigrateBegin3(
        _ dom: DomainRef, xmlin: String?, flags: DomainMigrateFlags, dname: String?, resource: UInt64
    ) async throws -> DomainMigrateBegin3Result {
        let result = try await domainMigrateBegin3Params(dom, params: parameters(name: dname, xml: xmlin), flags: flags)
        return DomainMigrateBegin3Result(cookieOut: result.cookieOut, xml: result.xml)
    }

    public func domainMigratePrepare3(
        cookieIn: OpaqueData, uriIn: String?, flags: DomainMigrateFlags, dname: String?, resource: UInt64,
        domXML: String
    ) async throws -> DomainMigratePrepare3Result {
        let result = try await domainMigratePrepare3Params(
            params: parameters(uri: uriIn, name: dname, xml: domXML), cookieIn: cookieIn, flags: flags)
        return DomainMigratePrepare3Result(cookieOut: result.cookieOut, uriOut: result.uriOut)
    }

    public func domainMigratePerform3(
        _ dom: DomainRef, xmlin: String?, cookieIn: OpaqueData, dconnuri: String?, uri: String?,
        flags: DomainMigrateFlags, dname: String?, resource: UInt64
    ) async throws -> OpaqueData {
        try await domainMigratePerform3Params(
            dom, dconnuri: dconnuri, params: parameters(uri: uri, name: dname, xml: xmlin, bandwidth: resource),
            cookieIn: cookieIn, flags: flags)
    }

    public func domainMigrateFinish3(
        dname: String, cookieIn: OpaqueData, dconnuri: String?, uri: String?, flags: DomainMigrateFlags,
        cancelled: Bool
    ) async throws -> DomainMigrateFinish3Result {
        let result = try await domainMigrateFinish3Params(
            params: parameters(name: dname), cookieIn: cookieIn, flags: flags, cancelled: cancelled)
        return DomainMigrateFinish3Result(dom: result.dom, cookieOut: result.cookieOut)
    }

    public func domainMigrateConfirm3(
        _ dom: DomainRef, cookieIn: OpaqueData, flags: DomainMigrateFlags, cancelled: Bool
    ) async throws {
        try await domainMigrateConfirm3Params(dom, params: [], cookieIn: cookieIn, flags: flags, cancelled: cancelled)
    }
}
