internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// The machine that a host pretends to be. Sizes are in KiB.
struct TestNode {
    struct Cell {
        var memory: UInt64
        var freeMemory: UInt64
    }

    var model = "i686"
    var memory: UInt64 = 3_145_728
    var activeCPUs: Int32 = 16
    var megahertz: Int32 = 1400
    var nodes: Int32 = 2
    var sockets: Int32 = 2
    var cores: Int32 = 2
    var threads: Int32 = 2
    var sharing = TestMemorySharing()
    /// A host of a file has none.
    var cells = [
        Cell(memory: 2_097_152, freeMemory: 2_097_152), Cell(memory: 4_194_304, freeMemory: 4_194_304),
    ]

    /// CPUs of the host, for maps of what may run where.
    static let hostCPUs = 16
    /// The most virtual CPUs of a domain.
    static let maximumVCPUs: UInt32 = 32
}

extension TestHostState {
    /// The host of `test:///default`.
    static func standard() -> TestHostState {
        var state = TestHostState()
        do {
            let definition = try Definition(xml: TestDocuments.domain, defaults: .test)
            _ = try state.load(definition, .running, isPersistent: true)
            try state.load(NetDefinition(xml: TestDocuments.network))
            _ = try state.load(PoolDefinition(xml: TestDocuments.storagePool))
            state.interfaces.define(try InterfaceDefinition(xml: TestDocuments.interface), isActive: true)
            for xml in TestDocuments.nodeDevices { state.devices.add(try DeviceDefinition(xml: xml, isNew: false)) }
        } catch {
            preconditionFailure("an object of the default host is refused: \(error)")
        }
        return state
    }

    /// A host of a file: `<node>` with `<cpu>`, `<memory>`, domains, networks, storage pools, interfaces and devices.
    ///
    /// Objects are inside the file or in files that `file` attributes name. Elements of domains in the namespace
    /// `http://libvirt.org/schemas/domain/test/1.0` say how a domain begins: `runstate`, `transient`,
    /// `hasmanagedsave`. Everything else in the file is not read yet.
    init(file path: String) throws {
        self.init()
        node.cells = []
        let document = try Self.document(path, domain: .test)
        guard document.root.isNamed("node") else {
            throw VirtError(
                .xmlError, domain: .xml, "expecting root element of 'node', not '\(document.root.name)'")
        }
        try readCPU(document.root.child("cpu"))
        if let text = document.root.child("memory")?.text {
            guard let number = UInt64(text.trimmed) else {
                throw VirtError.test(.xmlError, "invalid node memory value")
            }
            node.memory = number
        }
        // An object may be in a file of its own, beside this one unless said.
        func following(_ element: XMLNode) throws -> XMLNode {
            guard let file = element.attribute("file") else { return element }
            let folder = path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]
            return try Self.document(file.hasPrefix("/") ? file : String(folder) + file, domain: .test).root
        }
        for element in document.root.children("domain") { try readDomain(try following(element)) }
        try readNetworks(document.root, following: following)
        try readPools(document.root, following: following)
        for element in document.root.children("interface") {
            let node = try following(element)
            interfaces.define(
                try conf { () throws(ConfError) in try InterfaceDefinition(element: node) }, isActive: true)
        }
        for element in document.root.children("device") {
            let node = try following(element)
            devices.add(try conf { () throws(ConfError) in try DeviceDefinition(element: node, isNew: false) })
        }
    }

    private static func document(_ path: String, domain: ErrorDomain) throws -> XMLDocument {
        let bytes: [UInt8]
        do {
            bytes = try TestFile.contents(of: path, limit: XMLLimits.standard.bytes)
        } catch {
            throw VirtError.test(.xmlError, "failed to parse xml document '\(path)'")
        }
        do {
            return try XMLDocument(bytes: bytes, name: path)
        } catch {
            var error = VirtError(error)
            error.domain = domain
            throw error
        }
    }

    private mutating func readCPU(_ element: XMLNode?) throws {
        guard let element else { return }
        func number(_ name: StaticString, _ value: inout Int32) throws {
            guard let text = element.child(name)?.text else { return }
            guard let number = Int32(text.trimmed) else {
                throw VirtError.test(.xmlError, "invalid node cpu \(name) value")
            }
            value = number
        }
        try number("nodes", &node.nodes)
        try number("sockets", &node.sockets)
        try number("cores", &node.cores)
        try number("threads", &node.threads)
        if let text = element.child("active")?.text {
            guard let count = Int32(text.trimmed) else {
                throw VirtError.test(.xmlError, "invalid node cpu active value")
            }
            node.activeCPUs = min(count, node.nodes &* node.sockets &* node.cores &* node.threads)
        } else {
            node.activeCPUs = node.nodes &* node.sockets &* node.cores &* node.threads
        }
        try number("mhz", &node.megahertz)
        if let text = element.child("model")?.text { node.model = text }
    }

    private mutating func readDomain(_ element: XMLNode) throws {
        let definition = try conf { () throws(ConfError) in
            try Definition(
                document: XMLDocument(element.serialized(level: 0), name: "(domain_definition)"), defaults: .test)
        }
        var kind = TestDomainState.Kind.running
        var isTransient = false
        var hasManagedSave = false
        var snapshots: [XMLNode] = []
        var child = element.firstElement
        while let current = child {
            child = current.nextElement
            guard current.namespaceURI == "http://libvirt.org/schemas/domain/test/1.0" else { continue }
            switch current.name {
            case "runstate":
                guard let number = UInt32(current.text.trimmed), number < 8 else {
                    throw VirtError.test(.xmlError, "runstate '\(current.text)' out of range'")
                }
                kind = TestDomainState.Kind(rawValue: Int32(number)) ?? .running
            case "transient": isTransient = true
            case "hasmanagedsave": hasManagedSave = true
            case "domainsnapshot": snapshots.append(current)
            default: break
            }
        }
        if isTransient, kind == .shutoff {
            throw VirtError.test(.xmlError, "transient domain cannot have runstate 'shutoff'")
        }
        if hasManagedSave, kind != .shutoff {
            throw VirtError.test(.xmlError, "domain with managedsave data can only have runstate 'shutoff'")
        }
        let reference = try load(definition, kind, isPersistent: !isTransient)
        try modify(reference) { domain in
            domain.hasManagedSave = hasManagedSave
            for element in snapshots { try domain.readSnapshot(element) }
        }
    }
}

extension TestDomain {
    /// Takes over the record of a snapshot; `<active>` says whether it is the current one.
    fileprivate mutating func readSnapshot(_ element: XMLNode) throws {
        let snapshot = try conf { () throws(ConfError) in
            try SnapshotDefinition(element: element, isRedefined: true, now: 0)
        }
        let isCurrent = element.child("active")?.text.trimmed == "1"
        if isCurrent, snapshots.current != nil {
            throw VirtError.test(.internalError, "more than one snapshot claims to be active")
        }
        var inside = definition
        inside.id = nil
        if let domain = element.child("domain") {
            inside = try conf { () throws(ConfError) in
                try Definition(
                    document: XMLDocument(domain.serialized(level: 0), name: "(domain_definition)"), defaults: .test)
            }
        }
        snapshots.add(TestSnapshot(definition: snapshot, domain: inside), makeCurrent: isCurrent)
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
