internal import LibvirtRemote

extension CommandOption {
    fileprivate static let bypassCache = flag("bypass-cache", "Past the file cache.")
    fileprivate static let running = flag("running", "The guest runs when it is restored.")
    fileprivate static let paused = flag("paused", "The guest is paused when it is restored.")
    fileprivate static let verbose = flag("verbose", "Show how far it is.")
    fileprivate static let savedFile = file("File with the saved state.")
    fileprivate static let security = flag("security-info", "With passwords.")
}

extension Invocation {
    fileprivate func saveFlags() throws(ShellError) -> DomainSaveRestoreFlags {
        var flags: DomainSaveRestoreFlags = []
        for (option, flag) in [
            ("bypass-cache", DomainSaveRestoreFlags.bypassCache), ("running", .running), ("paused", .paused),
            ("reset-nvram", .resetNvram),
        ] where arguments.flags.contains(option) { flags.insert(flag) }
        return flags
    }
}

extension Command {
    static let save = Command(
        "save", "Stop a domain, and keep its state in a file.",
        [
            .domain, .file("File to write."), .bypassCache, .text("xml", "File with the XML to restore with.", .files),
            .running, .paused, .verbose,
        ]
    ) { call in
        let domain = try await call.domain()
        let file = try call.required("file")
        let flags = try call.saveFlags()
        let xml = try call.text("xml").map(TextFile.read)
        try await JobWatch.run(call, domain, "Save") {
            try await attempt("Failed to save domain '\(domain.name)' to \(file)") {
                flags.isEmpty && xml == nil
                    ? try await domain.save(to: file) : try await domain.save(to: file, xml: xml, flags: flags)
            }
        }
        call.remark("\nDomain '\(domain.name)' saved to \(file)")
    }

    static let restore = Command(
        "restore", "Start a domain from a file with its state.",
        [
            .savedFile, .bypassCache, .text("xml", "File with other XML for it.", .files), .running, .paused,
            .flag("reset-nvram", "Reset the firmware's variables."),
        ]
    ) { call in
        let file = try call.required("file")
        let flags = try call.saveFlags()
        let xml = try call.text("xml").map(TextFile.read)
        let connection = try await call.connection()
        try await attempt("Failed to restore domain from \(file)") {
            flags.isEmpty && xml == nil
                ? try await connection.domainRestore(from: file)
                : try await connection.restoreDomain(from: file, xml: xml, flags: flags)
        }
        call.remark("Domain restored from \(file)")
    }

    static let managedsave = Command(
        "managedsave", "Stop a domain, and let libvirt keep its state for the next start.",
        [.domain, .bypassCache, .running, .paused, .verbose]
    ) { call in
        let domain = try await call.domain()
        let flags = try call.saveFlags()
        try await JobWatch.run(call, domain, "Managedsave") {
            try await attempt("Failed to save domain '\(domain.name)' state") {
                try await domain.managedSave(flags: flags)
            }
        }
        call.remark("\nDomain '\(domain.name)' state saved by libvirt")
    }

    static let managedsaveRemove = Command(
        "managedsave-remove", "Remove the state that libvirt keeps of a domain.", [.domain]
    ) { call in
        let domain = try await call.domain()
        let hasImage = try await attempt("Failed to check for domain managed save image") {
            try await domain.hasManagedSaveImage()
        }
        guard hasImage else {
            return call.output.remarkUnended("Domain '\(domain.name)' has no manage save image; removal skipped")
        }
        try await attempt("Failed to remove managed save image for domain '\(domain.name)'") {
            try await domain.removeManagedSave()
        }
        call.output.remarkUnended("Removed managedsave image for domain '\(domain.name)'")
    }

    static let managedsaveDumpxml = Command(
        "managedsave-dumpxml", "Print the XML of the state that libvirt keeps.", [.domain, .security, .xpath, .wrap]
    ) { call in
        let flags: DomainSaveImageXMLFlags = call.has("security-info") ? .secure : []
        try call.printXML(try await call.domain().managedSaveXML(flags: flags))
    }

    static let managedsaveDefine = Command(
        "managedsave-define", "Change the XML of the state that libvirt keeps.",
        [.domain, .file("xml", "File with the XML."), .running, .paused]
    ) { call in
        try call.exclude("running", "paused")
        let flags = try call.saveFlags()
        let file = try call.required("xml")
        let domain = try await call.domain()
        let xml = try TextFile.read(file)
        try await attempt("Failed to update \(domain.name) XML configuration") {
            try await domain.defineManagedSaveXML(xml, flags: flags)
        }
        call.remark("Managed save state file of domain '\(domain.name)' updated.")
    }

    static let managedsaveEdit = Command(
        "managedsave-edit", "Change the XML of the state that libvirt keeps in an editor.",
        [.domain, .running, .paused]
    ) { call in
        try call.exclude("running", "paused")
        let flags = try call.saveFlags()
        let domain = try await call.domain()
        try await call.edit(
            read: { try await domain.managedSaveXML(flags: .secure) },
            unchanged: "Managed save image of domain '\(domain.name)' XML configuration not changed."
        ) { xml, _ in
            try await domain.defineManagedSaveXML(xml, flags: flags)
            return "Managed save image of Domain '\(domain.name)' XML configuration edited."
        }
    }

    static let saveImageDumpxml = Command(
        "save-image-dumpxml", "Print the XML of a file with a domain's state.", [.savedFile, .security, .xpath, .wrap]
    ) { call in
        let file = try call.required("file")
        let flags: DomainSaveImageXMLFlags = call.has("security-info") ? .secure : []
        let connection = try await call.connection()
        try call.printXML(try await connection.saveImageXML(file: file, flags: flags))
    }

    static let saveImageDefine = Command(
        "save-image-define", "Change the XML of a file with a domain's state.",
        [.savedFile, .file("xml", "File with the XML."), .running, .paused]
    ) { call in
        try call.exclude("running", "paused")
        let flags = try call.saveFlags()
        let file = try call.required("file")
        let xml = try TextFile.read(try call.required("xml"))
        let connection = try await call.connection()
        try await attempt("Failed to update \(file)") {
            try await connection.defineSaveImageXML(file: file, xml: xml, flags: flags)
        }
        call.remark("State file \(file) updated.")
    }

    static let saveImageEdit = Command(
        "save-image-edit", "Change the XML of a file with a domain's state in an editor.",
        [.savedFile, .running, .paused]
    ) { call in
        try call.exclude("running", "paused")
        let flags = try call.saveFlags()
        let file = try call.required("file")
        let connection = try await call.connection()
        try await call.edit(
            read: { try await connection.saveImageXML(file: file, flags: .secure) },
            unchanged: "Saved image \(file) XML configuration not changed."
        ) { xml, _ in
            try await connection.defineSaveImageXML(file: file, xml: xml, flags: flags)
            return "State file \(file) edited."
        }
    }

    private static let formats = ["kdump-zlib", "kdump-lzo", "kdump-snappy", "elf", "win-dmp"]

    static let dump = Command(
        "dump", "Write the memory of a guest into a file, to look at.",
        [
            .domain, .file("File to write."), .flag("live", "While the guest runs."),
            .flag("crash", "The guest stops."),
            .bypassCache, .flag("reset", "The guest is reset."), .verbose, .flag("memory-only", "Nothing but memory."),
            .text("format", "Format of the file.", .words(formats)),
        ]
    ) { call in
        let domain = try await call.domain()
        let file = try call.required("file")
        let flags: DomainCoreDumpFlags = call.flags([
            "live": .live, "crash": .crash, "bypass-cache": .bypassCache, "reset": .reset, "memory-only": .memoryOnly,
        ])
        var format: UInt32 = 0
        if let text = try call.text("format") {
            guard call.has("memory-only") else { throw ShellError("--format only works with --memory-only") }
            let numbers: [String: UInt32] = [
                "elf": 0, "kdump-zlib": 1, "kdump-lzo": 2, "kdump-snappy": 3, "win-dmp": 4,
            ]
            guard let number = numbers[text] else {
                throw ShellError(
                    "format '\(text)' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', "
                        + "'win-dmp' or 'elf'")
            }
            format = number
        }
        let dumpFormat = format
        try await JobWatch.run(call, domain, "Dump") {
            try await attempt("Failed to core dump domain '\(domain.name)' to \(file)") {
                dumpFormat == 0
                    ? try await domain.coreDump(to: file, flags: flags)
                    : try await domain.coreDump(to: file, format: dumpFormat, flags: flags)
            }
        }
        call.remark("\nDomain '\(domain.name)' dumped to \(file)")
    }
}

/// Running of a call that takes long: how far it is, and interrupts that end it.
enum JobWatch {
    static func run(
        _ call: Invocation, _ domain: Domain, _ label: String, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let isVerbose = call.arguments.flags.contains("verbose")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                // The job is the domain's: to end it is another call.
                for await _ in Interrupts([2]).sequence { try? await domain.abortJob() }
                return false
            }
            if isVerbose {
                group.addTask {
                    while !Task.isCancelled {
                        do { try await Task.sleep(for: .milliseconds(500)) } catch { return false }
                        guard let info = try? await domain.jobInfo() else { continue }
                        show(label, left: info.dataRemaining, of: info.dataTotal, call.output)
                    }
                    return false
                }
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next() {
                if isDone { break }
            }
        }
        if isVerbose { show(label, left: 0, of: 1, call.output) }
    }

    /// `Save: [ 45 %]`, over what stood there.
    static func show(_ label: String, left: UInt64, of total: UInt64, _ output: Output) {
        if output.isJSON { return }
        var percent = 0
        if left == 0 {
            percent = 100
        } else if total > 0 {
            percent = min(99, 100 - Int(Double(left) / Double(total) * 100))
        }
        output.standardError.write("\r\(label): [\(String(percent).leftPadded(to: 3)) %]")
    }
}
