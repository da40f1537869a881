package import VirtUtil

/// `<domainsnapshot>`: the state of a domain's disks, and perhaps of its memory, at an instant.
package struct SnapshotDefinition: XMLMapped {
    package enum State: String, XMLKeyword {
        case nostate, running, blocked, paused, shutdown, shutoff, crashed, pmsuspended
        case diskSnapshot = "disk-snapshot"
    }
    /// Where what is kept lies.
    package enum Location: String, XMLKeyword { case no, `internal`, external, manual }

    package var name = ""
    package var description: String?
    package var state: State?
    package var parent: String?
    /// Seconds since 1970.
    package var creationTime: Int64?
    package var memory: Location?
    /// Where the memory goes if it is `external`.
    package var memoryFile: String?
    package var disks: [Disk] = []

    package init() {}

    /// Reads a snapshot.
    ///
    /// - Parameter isRedefined: whether it is the record of an older one, which has a name, a time and a state.
    /// - Parameter now: seconds since 1970; what has no name is called so.
    package init(document: XMLDocument, isRedefined: Bool, now: Int64) throws(ConfError) {
        let root = document.root
        try root.require("domainsnapshot")
        try self.init(element: root, isRedefined: isRedefined, now: now)
    }

    /// Reads an element of any name as a snapshot.
    package init(element: XMLNode, isRedefined: Bool, now: Int64) throws(ConfError) {
        let coder = XMLCoder(reading: element)
        self.init()
        map(coder)
        if isRedefined { readRecord(coder) }
        if let error = coder.error { throw error }
        if isRedefined { return }
        state = nil
        parent = nil
        creationTime = now
        if name.isEmpty { name = String(now) }
    }

    package mutating func map(_ x: XMLCoder) {
        var text: String? = name
        x.textElement("name", &text)
        if x.isReading { name = x.node?.child("name") == nil ? "" : text ?? "" }
        x.textElement("description", &description)
        text = state?.rawValue
        x.textElement("state", &text)
        x.element("parent") { x.textElement("name", &parent) }
        text = creationTime.map { String($0) }
        x.textElement("creationTime", &text)
        x.element("memory") {
            x.attribute("snapshot", &memory)
            x.attribute("file", &memoryFile)
        }
        if x.isReading { completeMemory(x) }
        x.element("disks") { x.elements("disk", &disks) }
    }

    private mutating func completeMemory(_ x: XMLCoder) {
        if let memoryFile {
            if memory == nil { memory = .external }
            if memory != .external {
                x.fail(
                    ConfError(
                        .xml, "memory filename '\(memoryFile)' requires external snapshot",
                        domain: ConfError.fromSnapshot))
            }
        } else if memory == .external {
            x.fail(
                ConfError(
                    .xml, "external memory snapshots require a filename", domain: ConfError.fromSnapshot))
        }
    }

    private mutating func readRecord(_ x: XMLCoder) {
        func refuse(_ message: String) { x.fail(ConfError(.internal, message, domain: ConfError.fromSnapshot)) }
        if name.isEmpty { refuse("a redefined snapshot must have a name") }
        creationTime = x.node?.child("creationTime").flatMap { Int64($0.text.trimmedBlanks) }
        if creationTime == nil { refuse("missing creationTime from existing snapshot") }
        guard let word = x.node?.child("state")?.text, !word.isEmpty else {
            return refuse("missing state from existing snapshot")
        }
        state = State(rawValue: word)
        if state == nil { refuse("Invalid state '\(word)' in domain snapshot XML") }
    }

    /// Prints the snapshot, and the domain in it if there is one.
    ///
    /// - Parameter style: of the domain.
    package func xml(domain: DomainDefinition?, style: XMLStyle) -> String {
        let coder = XMLCoder(writing: style)
        coder.write("domainsnapshot", Whole(snapshot: self, domain: domain))
        return coder.text
    }

    private struct Whole: XMLMapped {
        var snapshot = SnapshotDefinition()
        var domain: DomainDefinition?

        mutating func map(_ x: XMLCoder) {
            snapshot.map(x)
            x.element("domain", &domain)
        }
    }

    /// How one disk takes part.
    package struct Disk: XMLMapped {
        package var name = ""
        package var location: Location?
        package var kind: StorageSource.Kind?
        package var format: String?
        package var source = StorageSource()
        private var hasSource = false

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", name)
            if x.isReading { readName(x) }
            x.attribute("snapshot", &location)
            if x.isReading || isNew { x.attribute("type", &kind) }
            source.kind = kind ?? .file
            x.element("driver") {
                x.attribute("type", &format)
                if x.isReading, let format, VirtConf.Disk.Format(rawValue: format) == nil {
                    x.fail(
                        ConfError(
                            .unsupported, "unknown disk snapshot driver '\(format)'", domain: ConfError.fromSnapshot))
                }
            }
            if x.isReading || !source.isEmpty { x.element("source", present: &hasSource) { source.map(x) } }
            if x.isReading { complete() }
        }

        private mutating func readName(_ x: XMLCoder) {
            name = x.peek("name") ?? ""
            if name.isEmpty {
                x.fail(ConfError(.internal, "missing name from disk snapshot element", domain: ConfError.fromSnapshot))
            }
        }

        private mutating func complete() {
            if source.isEmpty { hasSource = false }
            if location == nil, source.path != nil { location = .external }
            if kind == nil { kind = .file }
        }

        /// Whether it says what the disk is to be from then on.
        private var isNew: Bool { !source.isEmpty || format != nil }

        /// Has the disk go on in a new file.
        package mutating func setFile(_ path: String) {
            kind = .file
            source.kind = .file
            source.path = path
            hasSource = true
        }
    }
}
