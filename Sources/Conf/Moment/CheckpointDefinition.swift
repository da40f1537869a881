package import VirtUtil

/// `<domaincheckpoint>`: an instant from which on changed blocks of disks are tracked.
package struct CheckpointDefinition: XMLMapped {
    package var name = ""
    package var description: String?
    package var parent: String?
    /// Seconds since 1970.
    package var creationTime: Int64?
    package var disks: [Disk] = []

    package init() {}

    /// Reads a checkpoint.
    ///
    /// - Parameter isRedefined: whether it is the record of an older one, which has a name and a time.
    /// - Parameter now: seconds since 1970; what has no name is called so.
    package init(document: XMLDocument, isRedefined: Bool, now: Int64) throws(ConfError) {
        let root = document.root
        try root.require("domaincheckpoint")
        let coder = XMLCoder(reading: root)
        self.init()
        map(coder)
        if let error = coder.error { throw error }
        if isRedefined {
            if name.isEmpty {
                throw ConfError(
                    .internal, "a redefined checkpoint must have a name", domain: ConfError.fromCheckpoint)
            }
            if creationTime == nil {
                throw ConfError(
                    .internal, "missing creationTime from existing checkpoint", domain: ConfError.fromCheckpoint)
            }
        } else {
            creationTime = now
            if name.isEmpty { name = String(now) }
        }
    }

    package mutating func map(_ x: XMLCoder) {
        var text: String? = name
        x.textElement("name", &text)
        if x.isReading { name = x.node?.child("name") == nil ? "" : text ?? "" }
        x.textElement("description", &description)
        x.element("parent") { x.textElement("name", &parent) }
        text = creationTime.map { String($0) }
        x.textElement("creationTime", &text)
        if x.isReading { creationTime = x.node?.child("creationTime").flatMap { Int64($0.text.trimmedBlanks) } }
        x.element("disks") { x.elements("disk", &disks) }
    }

    /// Prints the checkpoint, and the domain in it if there is one.
    ///
    /// - Parameter style: of the domain.
    package func xml(domain: DomainDefinition?, style: XMLStyle) -> String {
        let coder = XMLCoder(writing: style)
        coder.write("domaincheckpoint", Whole(checkpoint: self, domain: domain))
        return coder.text
    }

    private struct Whole: XMLMapped {
        var checkpoint = CheckpointDefinition()
        var domain: DomainDefinition?

        mutating func map(_ x: XMLCoder) {
            checkpoint.map(x)
            x.element("domain", &domain)
        }
    }

    /// Gives every disk of the domain its place: those that are not named are tracked if none is named.
    package mutating func align(with domain: DomainDefinition) throws(ConfError) {
        func unsupported(_ message: String) -> ConfError {
            ConfError(.unsupported, message, domain: ConfError.fromCheckpoint)
        }
        let standard: Disk.Mode = disks.isEmpty ? .bitmap : .no
        var given: [String: Disk] = [:]
        for disk in disks {
            guard let target = domain.devices.disks.first(where: { $0.target.name == disk.name || $0.source.path == disk.name })
            else { throw unsupported("no disk named '\(disk.name)'") }
            let name = target.target.name ?? ""
            var disk = disk
            disk.name = name
            disk.mode = disk.mode ?? .bitmap
            if disk.mode == .bitmap, target.source.isEmpty || target.isReadOnly {
                throw unsupported("disk '\(name)' is empty or readonly")
            }
            if given.updateValue(disk, forKey: name) != nil { throw unsupported("disk '\(name)' specified twice") }
        }
        disks = domain.devices.disks.map { target in
            if let disk = given[target.target.name ?? ""] { return disk }
            var disk = Disk()
            disk.name = target.target.name ?? ""
            disk.mode = target.source.isEmpty || target.isReadOnly ? .no : standard
            return disk
        }
        for index in disks.indices where disks[index].mode == .bitmap && disks[index].bitmap == nil {
            disks[index].bitmap = name
        }
    }

    /// How one disk takes part.
    package struct Disk: XMLMapped {
        package enum Mode: String, XMLKeyword { case no, bitmap }

        package var name = ""
        package var mode: Mode?
        package var bitmap: String?
        /// Bytes that have changed since, while that is asked for.
        package var size: UInt64?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", name)
            if x.isReading {
                name = x.peek("name") ?? ""
                if name.isEmpty {
                    x.fail(
                        ConfError(
                            .xml, "missing name from disk checkpoint element", domain: ConfError.fromCheckpoint))
                }
            }
            x.attribute("checkpoint", &mode)
            x.attribute("bitmap", &bitmap)
            x.attribute("size", &size)
            if x.isReading {
                size = nil
                if bitmap != nil, mode == .no {
                    x.fail(
                        ConfError(
                            .xml, "disk checkpoint bitmap '\(bitmap ?? "")' requires type='bitmap'",
                            domain: ConfError.fromCheckpoint))
                }
            }
        }
    }
}
