internal import LibvirtRemote

extension CommandOption {
    fileprivate static let console = flag("console", "Attach to the console.")
    fileprivate static let paused = flag("paused", "Leave the guest paused.")
    fileprivate static let autodestroy = flag("autodestroy", "Destroy the guest when this connection ends.")
    fileprivate static let passFds = text("pass-fds", "Numbers of file descriptors for the guest: N,M,...")
    fileprivate static let resetNvram = flag("reset-nvram", "Reset the firmware's variables.")
}

extension Command {
    static let define = Command(
        "define", "Define a domain from an XML file, without starting it.",
        [.file("File with the domain's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let domain = try await attempt("Failed to define domain from \(file)") {
            call.has("validate")
                ? try await connection.defineDomain(xml: xml, flags: .validate)
                : try await connection.domainDefineXML(xml: xml)
        }
        call.output.report("Domain '\(domain.name)' defined from \(file)", domain)
    }

    static let create = Command(
        "create", "Create and start a domain from an XML file.",
        [.file("File with the domain's XML."), .console, .paused, .autodestroy, .passFds, .validate, .resetNvram]
    ) { call in
        let flags: DomainCreateFlags = call.flags([
            "paused": .paused, "autodestroy": .autodestroy, "validate": .validate, "reset-nvram": .resetNvram,
        ])
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let descriptors = try PassedDescriptors.parse(try call.text("pass-fds"))
        let connection = try await call.connection()
        let domain = try await attempt("Failed to create domain from \(file)") {
            descriptors.isEmpty
                ? try await connection.createDomain(xml: xml, flags: flags)
                : try await connection.createDomain(xml: xml, passingFilesWith: flags, descriptors: descriptors)
        }
        call.output.report("Domain '\(domain.name)' created from \(file)", domain)
        if call.has("console") {
            // The domain is there, whatever becomes of its console.
            do { try await Console.attach(domain, in: call.shell) } catch {
                call.output.errors(ShellError.lines(of: error))
            }
        }
    }

    static let start = Command(
        "start", "Start a domain that is defined.",
        [
            .required("domain", "Name or UUID of the domain.", .domains), .console, .paused, .autodestroy,
            .flag("bypass-cache", "Load a saved state past the file cache."),
            .flag("force-boot", "Boot even if there is a saved state, and drop that."), .passFds, .resetNvram,
        ]
    ) { call in
        // A domain that has an id runs already.
        let domain = try await call.domain(by: [.name, .uuid])
        if domain.id >= 0 { throw ShellError("Domain is already active") }
        var flags: DomainCreateFlags = call.flags([
            "paused": .paused, "autodestroy": .autodestroy, "bypass-cache": .bypassCache, "force-boot": .forceBoot,
            "reset-nvram": .resetNvram,
        ])
        let descriptors = try PassedDescriptors.parse(try call.text("pass-fds"))
        let failure = "Failed to start domain '\(domain.name)'"
        if flags.contains(.forceBoot), descriptors.isEmpty {
            do {
                let started = try await domain.start(flags: flags)
                return try await report(started, call)
            } catch let error as VirtError where error.code == .noSupport || error.code == .invalidArg {
                // Older daemons do not know the flag; what it means can be done by hand.
                if (try? await domain.hasManagedSaveImage()) == true {
                    try await attempt(failure) { try await domain.removeManagedSave() }
                }
                flags.remove(.forceBoot)
            } catch {
                throw ShellError(failure, error)
            }
        }
        let creation = flags
        let started = try await attempt(failure) {
            if !descriptors.isEmpty {
                return try await domain.start(passingFilesWith: creation, descriptors: descriptors)
            }
            if !creation.isEmpty { return try await domain.start(flags: creation) }
            // The older call, which every daemon has.
            try await domain.create()
            return domain
        }
        try await report(started, call)
    }

    private static func report(_ domain: Domain, _ call: Invocation) async throws {
        call.output.report("Domain '\(domain.name)' started", domain)
        if call.has("console") { try await Console.attach(domain, in: call.shell) }
    }
}

extension Output {
    /// Says what became of a domain; in JSON, which domain it is.
    func report(_ text: String, _ domain: Domain) {
        if isJSON {
            print(
                .object([
                    "id": domain.id < 0 ? .null : .integer(Int64(domain.id)), "name": .string(domain.name),
                    "uuid": .string(domain.uuid.description),
                ]))
        } else {
            remark(text)
        }
    }
}
