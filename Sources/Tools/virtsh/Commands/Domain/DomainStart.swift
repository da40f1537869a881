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
            try await connection.defineDomain(xml: xml, flags: call.has("validate") ? .validate : [])
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
        if call.has("console") { try await Console.attach(domain, in: call.shell) }
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
        let flags: DomainCreateFlags = call.flags([
            "paused": .paused, "autodestroy": .autodestroy, "bypass-cache": .bypassCache, "force-boot": .forceBoot,
            "reset-nvram": .resetNvram,
        ])
        let descriptors = try PassedDescriptors.parse(try call.text("pass-fds"))
        let started = try await attempt("Failed to start domain '\(domain.name)'") {
            if !descriptors.isEmpty {
                return try await domain.start(passingFilesWith: flags, descriptors: descriptors)
            }
            if !flags.isEmpty { return try await domain.start(flags: flags) }
            // The older call, which every daemon has.
            try await domain.create()
            return domain
        }
        call.output.report("Domain '\(domain.name)' started", started)
        if call.has("console") { try await Console.attach(started, in: call.shell) }
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
