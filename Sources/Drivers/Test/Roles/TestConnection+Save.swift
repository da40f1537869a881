public import Libvirt
internal import VirtConf
internal import VirtUtil

/// A save image: a mark, the length of the definition (32 bits, little end first), the definition.
private enum SaveImage {
    static let mark = Array("TestGuestMagic\0".utf8)
    private static let longest = 8192

    static func write(_ definition: Definition, of name: String, to path: String) throws {
        var style = XMLStyle()
        style.isSecure = true
        let text = Array(definition.xml(style: style).utf8)
        let length = UInt32(clamping: text.count)
        let head = mark + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        do {
            try TestFile.write(head + text, to: path)
        } catch {
            throw VirtError.system("saving domain '\(name)' to '\(path)': open failed", error)
        }
    }

    static func writeCoreDump(of name: String, to path: String) throws {
        do {
            try TestFile.write(mark, to: path)
        } catch {
            throw VirtError.system("domain '\(name)' coredump: failed to open \(path)", error)
        }
    }

    static func read(_ path: String) throws -> Definition {
        let bytes: [UInt8]
        do {
            bytes = try TestFile.contents(of: path, limit: mark.count + 4 + longest)
        } catch {
            // More than an image can be: its mark or its length says so as well.
            if error.errno == TestFile.tooLarge {
                throw VirtError.test(.internalError, "length of metadata out of range")
            }
            throw VirtError.system("cannot read domain image '\(path)'", error)
        }
        let ended = TestFile.Failure(errno: 0)
        guard bytes.count >= mark.count else { throw VirtError.system("incomplete save header in '\(path)'", ended) }
        guard bytes.starts(with: mark) else { throw VirtError.test(.internalError, "mismatched header magic") }
        let rest = bytes[mark.count...]
        guard rest.count >= 4 else {
            throw VirtError.system("failed to read metadata length in '\(path)'", ended)
        }
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard (1...longest).contains(length) else {
            throw VirtError.test(.internalError, "length of metadata out of range")
        }
        let text = rest.dropFirst(4)
        guard text.count >= length else { throw VirtError.system("incomplete metadata in '\(path)'", ended) }
        return try TestConnection.definition(String(decoding: text.prefix(length), as: UTF8.self))
    }
}

extension TestConnection: DomainSave {
    public func domainSave(_ dom: DomainRef, to: String) async throws {
        try await domainSaveFlags(dom, to: to, dxml: nil, flags: [])
    }

    public func domainSaveFlags(
        _ dom: DomainRef, to: String, dxml: String?, flags: DomainSaveRestoreFlags
    ) async throws {
        try check(flags, 0, "testDomainSaveFlags")
        try Self.refuseModification(dxml)
        try await save(dom, to: to, with: nil)
    }

    /// - Parameter xml: of the definition that the image is to have, which the guest must not notice.
    private func save(_ dom: DomainRef, to: String, with xml: String?) async throws {
        try await host.perform { state in
            let domain = try state.domain(dom)
            try domain.check(.save)
            let other = try xml.map { try Self.definition($0, insteadOf: domain.definition) }
            return try state.moveMemory(of: domain, .save) { state in
                let domain = try state.domain(dom)
                try domain.check(.save)
                try SaveImage.write(other ?? domain.definition, of: domain.name, to: to)
                try state.stop(dom, .save, detail: .saved)
            }
        }
    }

    public func domainRestore(from: String) async throws {
        try await domainRestoreFlags(from: from, dxml: nil, flags: [])
    }

    public func domainRestoreFlags(from: String, dxml: String?, flags: DomainSaveRestoreFlags) async throws {
        try check(flags, 0, "testDomainRestoreFlags")
        try Self.refuseModification(dxml)
        try restore(from: from, with: nil)
    }

    private func restore(from: String, with xml: String?) throws {
        var definition = try SaveImage.read(from)
        if let xml { definition = try Self.definition(xml, insteadOf: definition) }
        try host.update { [definition] state in
            let (domain, _) = try state.take(definition, forRun: true)
            try state.start(domain, .restore, detail: .restored)
        }
    }

    /// Reads a definition that is to take the place of another without the guest's noticing.
    private static func definition(_ xml: String, insteadOf old: Definition) throws -> Definition {
        var new = try definition(xml)
        new.id = old.id
        if new.name != old.name {
            throw VirtError.domain(
                .configUnsupported, "Target domain name '\(new.name)' does not match source '\(old.name)'")
        }
        try conf { () throws(ConfError) in try old.checkStability(against: new) }
        return new
    }

    private static func refuseModification(_ xml: String?) throws {
        if xml != nil { throw VirtError.test(.argumentUnsupported, "xml modification unsupported") }
    }
}

extension TestConnection: DomainSaveImages {
    public func domainSaveImageGetXMLDesc(file: String, flags: DomainSaveImageXMLFlags) async throws -> String {
        try check(flags, 1, "testDomainSaveImageGetXMLDesc")
        var style = XMLStyle()
        style.isSecure = flags.rawValue & 1 != 0
        return try SaveImage.read(file).xml(style: style)
    }

    public func domainSaveImageDefineXML(file: String, dxml: String, flags: DomainSaveRestoreFlags) async throws {
        try check(flags, 6, "testDomainSaveImageDefineXML")
        _ = try SaveImage.read(file)
        let definition = try Self.definition(dxml)
        try SaveImage.write(definition, of: definition.name, to: file)
    }
}

extension TestConnection: DomainManagedSave {
    public func domainManagedSave(_ dom: DomainRef, flags: DomainSaveRestoreFlags) async throws {
        try check(flags, 7, "testDomainManagedSave")
        try await host.perform { state in
            let domain = try state.domain(dom)
            try domain.check(.save)
            if !domain.isPersistent {
                throw VirtError.test(.operationInvalid, "cannot do managed save for transient domain")
            }
            return try state.moveMemory(of: domain, .save) { state in
                var definition = try state.domain(dom).definition
                definition.id = nil
                try state.stop(dom, .save, detail: .saved)
                try state.modify(dom) { domain in
                    domain.hasManagedSave = true
                    domain.activity.content.saved = TestSavedDefinition(definition: definition)
                }
            }
        }
    }

    public func domainManagedSaveRemove(_ dom: DomainRef, flags: UInt32) async throws {
        try check(flags, 0, "testDomainManagedSaveRemove")
        try host.update { state in try state.modify(dom) { $0.hasManagedSave = false } }
    }
}

extension TestConnection: DomainSaveParameters {
    private static let parameters: [String: CheckedParameters.Kind] = ["file": .string, "dxml": .string]

    /// Without a file, into the managed save image.
    public func domainSaveParams(
        _ dom: DomainRef, params: [TypedParameter], flags: DomainSaveRestoreFlags
    ) async throws {
        try check(flags, 7, "testDomainSaveParams")
        let values = try CheckedParameters(params, Self.parameters)
        guard let file = values.string("file") else {
            try host.read { try $0.domain(dom).check(.save) }
            if let xml = values.string("dxml") {
                try await managedSave(dom, with: xml)
            } else {
                try await domainManagedSave(dom, flags: flags)
            }
            return
        }
        try await save(dom, to: file, with: values.string("dxml"))
    }

    public func domainRestoreParams(params: [TypedParameter], flags: DomainSaveRestoreFlags) async throws {
        try check(flags, 7, "testDomainRestoreParams")
        let values = try CheckedParameters(params, Self.parameters)
        guard let file = values.string("file") else {
            throw VirtError.test(.invalidArg, "missing path to restore from")
        }
        try restore(from: file, with: values.string("dxml"))
    }

    private func managedSave(_ dom: DomainRef, with xml: String) async throws {
        var definition = try host.read { try Self.definition(xml, insteadOf: $0.domain(dom).definition) }
        definition.id = nil
        try await domainManagedSave(dom, flags: [])
        try host.update { [definition] state in
            try state.modify(dom) { domain in
                // Somebody else may have used the image up by now.
                guard domain.hasManagedSave else { return }
                domain.activity.content.saved = TestSavedDefinition(definition: definition, isChanged: true)
            }
        }
    }
}

/// What is in a managed save image.
struct TestSavedDefinition {
    var definition: Definition
    /// A client wrote it there.
    var isChanged = false
}

extension TestConnection: DomainManagedSaveDefinitions {
    public func domainManagedSaveGetXMLDesc(_ dom: DomainRef, flags: DomainSaveImageXMLFlags) async throws -> String {
        try check(flags, 1, "testDomainManagedSaveGetXMLDesc")
        var style = XMLStyle()
        style.isSecure = flags.rawValue & 1 != 0
        return try host.read { try Self.savedDefinition(of: $0.domain(dom)) }.xml(style: style)
    }

    /// A text that is nil is none.
    public func domainManagedSaveDefineXML(_ dom: DomainRef, dxml: String?, flags: DomainSaveRestoreFlags) async throws
    {
        let (running, paused) = ("VIR_DOMAIN_SAVE_RUNNING", "VIR_DOMAIN_SAVE_PAUSED")
        if flags.rawValue & 6 == 6 {
            throw VirtError.argument(
                "flags", in: "virDomainManagedSaveDefineXML",
                "Flags '\(running)' and '\(paused)' are mutually exclusive")
        }
        try host.update { state in
            let old = try Self.savedDefinition(of: state.domain(dom))
            try check(flags, 6, "testDomainManagedSaveDefineXML")
            guard let dxml else { return }
            let new = try Self.definition(dxml, insteadOf: old)
            try state.modify(dom) { domain in
                domain.activity.content.saved = TestSavedDefinition(definition: new, isChanged: true)
            }
        }
    }

    private static func savedDefinition(of domain: TestDomain) throws -> Definition {
        guard domain.hasManagedSave else {
            throw VirtError.test(.operationInvalid, "domain does not have managed save image")
        }
        // One that a host's file speaks of has none.
        return domain.activity.content.saved?.definition ?? domain.persistentDefinition
    }
}

extension TestConnection: DomainCoreDump {
    public func domainCoreDump(_ dom: DomainRef, to: String, flags: DomainCoreDumpFlags) async throws {
        try await domainCoreDumpWithFormat(dom, to: to, dumpformat: 0, flags: flags)
    }

    /// Writes the mark of an image, and nothing else: there is no memory.
    public func domainCoreDumpWithFormat(
        _ dom: DomainRef, to: String, dumpformat: UInt32, flags: DomainCoreDumpFlags
    ) async throws {
        try check(flags, 1, "testDomainCoreDumpWithFormat")
        try await host.perform { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            return try state.moveMemory(of: domain, .dump) { state in
                try SaveImage.writeCoreDump(of: domain.name, to: to)
                if dumpformat != 0 {
                    throw VirtError.test(
                        .operationUnsupported, "kdump-compressed format is not supported here")
                }
                // As with QEMU: memory is read of a guest that stands still, and then it goes on.
                if try state.domain(dom).state.isAsleep { try state.wake(dom) }
                if flags.rawValue & 1 != 0 { try state.stop(dom, .crash, detail: .crashed) }
            }
        }
    }
}
