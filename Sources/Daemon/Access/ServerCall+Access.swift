package import Libvirt
internal import Logging
internal import XDR

/// The checks that generated code makes, where access is controlled: identify the object, ask, and only then go on.
extension ServerCall {
    /// Whether access is controlled at all; everything below is called only if it is.
    package var isChecked: Bool { session.access != nil }

    /// The most entries that a driver is asked for, before those are left out that the client may not see.
    package var longestList: Int32 { 65536 }

    // MARK: Before the driver is asked

    /// Asks about the connection alone.
    package func check(flags: UInt64 = 0) async throws {
        try await require(nil, flags: flags)
    }

    /// Asks about the object of a call.
    ///
    /// - Returns: the reference with name and UUID as the driver has them, to be used instead of the client's: the two
    ///   could be of different objects there.
    package func check<Reference: ObjectReference>(
        _ reference: Reference, flags: UInt64 = 0
    ) async throws -> Reference {
        let (found, object) = try await identify(reference)
        try await require(object, flags: flags)
        return found
    }

    /// Asks about what a definition would make or change.
    ///
    /// - Parameter name: what it will be called, if not as the definition says.
    package func check(definition: String?, name: String? = nil, flags: UInt64 = 0) async throws {
        try await require(try defined(definition, name: name), flags: flags)
    }

    /// Asks about what a definition would make in a pool or a network.
    ///
    /// - Returns: the pool or network as the driver has it.
    package func check<Reference: ObjectReference>(
        definition: String?, in parent: Reference, flags: UInt64 = 0
    ) async throws -> Reference {
        let (found, _) = try await identify(parent)
        try await require(try defined(definition, in: found), flags: flags)
        return found
    }

    /// Asks about the domain of a name.
    package func check(name: String?, flags: UInt64 = 0) async throws {
        let listing = try role(try roles.domainListing, info.api)
        let found = try await listing.domainLookupByName(name: name ?? "")
        try await require(.domain(name: found.name, uuid: found.uuid.description), flags: flags)
    }

    /// Asks about a domain of which nothing, or only what it will be called, is known beforehand.
    package func check(nameless name: String?, flags: UInt64 = 0) async throws {
        try await require(.domain(name: name, uuid: nil), flags: flags)
    }

    /// Asks about the guest in a file of `virDomainSave`, and about what it is to become.
    package func check(image: String?, definition: String? = nil, flags: UInt64 = 0) async throws {
        let images = try role(try roles.domainSaveImages, info.api)
        let xml = try await images.domainSaveImageGetXMLDesc(file: image ?? "", flags: [])
        let saved = try AccessObject.defined(.domain, by: xml)
        try await require(saved, flags: flags)
        guard let definition else { return }
        let wanted = try AccessObject.defined(.domain, by: definition)
        if wanted != saved { try await require(wanted, flags: flags) }
    }

    // MARK: After the driver was asked

    /// Asks about what a lookup has found.
    package func check(found reference: some ObjectReference, flags: UInt64 = 0) async throws {
        let (_, object) = try await describe(reference)
        try await require(object, flags: flags)
    }

    /// A list without what the client may not see.
    package func filter<Reference: ObjectReference>(_ list: [Reference]) async throws -> [Reference] {
        guard let kind = AccessObject.Kind(rawValue: Reference.accessObject) else { return [] }
        switch kind {
        case .storageVolume: return await filter(list, try await describe(volumes: list))
        case .nwfilterBinding:
            var objects: [AccessObject] = []
            for entry in list { objects.append(try await describe(entry).1) }
            return await filter(list, objects)
        default: return await filter(list, try list.map { try AccessObject.plain($0) })
        }
    }

    package func filter(_ list: [DomainStatsRecord]) async throws -> [DomainStatsRecord] {
        await filter(list, list.map { .domain(name: $0.dom.name, uuid: $0.dom.uuid.description) })
    }

    /// Names of objects that have nothing else.
    package func filter(names: [String], of object: String) async throws -> [String] {
        guard object == AccessObject.Kind.nodeDevice.rawValue else { return [] }
        return await filter(names, names.map { .nodeDevice(name: $0) })
    }

    private func filter<Entry>(_ list: [Entry], _ objects: [AccessObject]) async -> [Entry] {
        guard let rule = info.filter, let access = session.access, !list.isEmpty else { return list }
        guard let driver = try? session.opened(for: info).driverName else { return [] }
        let answers = await access.decide(rule, on: objects, in: session, driver: driver)
        return zip(list, answers).filter(\.1).map(\.0)
    }

    // MARK: Asking

    /// Asks for all permissions that the call needs with these flags.
    ///
    /// - Throws: ``VirtError`` `.accessDenied` at the first that is missing.
    private func require(_ object: AccessObject?, flags: UInt64) async throws {
        guard let access = session.access else { return }
        let driver = try session.opened(for: info).driverName
        for rule in info.access where rule.applies(to: flags) {
            let asked = rule.object == AccessObject.Kind.connect.rawValue ? AccessObject.connection : object
            // The generator lets no such rule pass; it would be one that nobody was asked about.
            guard let asked, asked.kind.rawValue == rule.object,
                await access.decide(rule, on: [asked], in: session, driver: driver) == [true]
            else {
                let which = object?.name ?? object?.uuid
                session.logger.info(
                    "\(info.api) is denied: \(rule.object):\(rule.permission)\(which.map { " on '\($0)'" } ?? "")")
                throw AccessControl.denied(driver)
            }
        }
    }

    /// The object that the rules beside those of the connection are about.
    private func defined(
        _ text: String?, in parent: (any ObjectReference)? = nil, name: String? = nil
    ) throws -> AccessObject {
        let ruled = info.access.lazy.compactMap { AccessObject.Kind(rawValue: $0.object) }.first { $0 != .connect }
        guard let kind = ruled else { return .connection }
        // The driver says what is wrong with a call that lacks its definition.
        guard let text else { return AccessObject(kind) }
        return try .defined(kind, by: text, in: parent, name: name)
    }

    // MARK: Typed parameters

    /// The value of a text among typed parameters; nil if there is none.
    package func text(_ name: String, in parameters: [TypedParameter]) -> String? {
        for parameter in parameters where parameter.field == name {
            if case .string(let text) = parameter.value { return text }
        }
        return nil
    }
}
