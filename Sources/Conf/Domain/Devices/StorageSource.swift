import VirtUtil

/// `<source>` of a disk, and of an image below it.
package struct StorageSource: Sendable {
    package enum Kind: String, XMLKeyword { case file, block, dir, network, volume, nvme, vhostuser, vhostvdpa }
    package enum NetworkProtocol: String, XMLKeyword {
        case nbd, rbd, sheepdog, gluster, iscsi, http, https, ftp, ftps, tftp, ssh, vxhs, nfs
    }

    package var kind = Kind.file
    /// File, device or directory.
    package var path: String?
    package var networkProtocol: NetworkProtocol?
    /// Attributes of the kinds that are not one path, in order of printing.
    package var attributes: [(name: String, value: String)] = []
    package var startupPolicy: String?
    package var parts: [GenericElement] = []
    package var auth: GenericElement?
    package var encryption: GenericElement?
    /// Names the source in one run: of the node in the emulator.
    package var index: UInt32?
    /// What the driver knows of the source in one run.
    package var privateData: GenericElement?

    package init() {}

    package var isEmpty: Bool {
        switch kind {
        case .file, .block, .dir: path == nil
        case .network: networkProtocol == nil
        case .volume, .nvme, .vhostuser, .vhostvdpa: false
        }
    }

    /// What messages call the source.
    var summary: String? {
        guard kind == .volume, !attributes.isEmpty else { return path }
        func value(_ name: String) -> String { attributes.first { $0.name == name }?.value ?? "" }
        return "pool = '\(value("pool"))', volume = '\(value("volume"))'"
    }

    mutating func map(_ x: XMLCoder) {
        switch kind {
        case .file: x.attribute("file", &path)
        case .block: x.attribute("dev", &path)
        case .dir: x.attribute("dir", &path)
        case .network:
            x.attribute("protocol", &networkProtocol, required: true)
            mapAttributes(x, ["name", "query", "tls", "tlsHostname"])
        case .volume: mapAttributes(x, ["pool", "volume", "mode"])
        case .nvme: mapAttributes(x, ["type", "managed", "namespace"])
        case .vhostuser: mapAttributes(x, ["type", "path"])
        case .vhostvdpa: mapAttributes(x, ["dev"])
        }
        if x.isReading, path?.isEmpty == true { path = nil }
        if x.isReading, kind == .network, let networkProtocol, networkProtocol != .nbd,
            !attributes.contains(where: { $0.name == "name" })
        {
            x.failXML("missing name for disk source")
        }
        if x.isReading, networkProtocol == .rbd || networkProtocol == .gluster,
            let name = attributes.first(where: { $0.name == "name" })?.value, name.hasPrefix("/") || !name.contains("/")
        {
            x.failXML("can't split path '\(name)' into pool name and image name")
        }
        if x.isReading, kind == .volume,
            attributes.contains(where: { $0.name == "pool" })
                != attributes.contains(where: { $0.name == "volume" })
        {
            x.failXML("'pool' and 'volume' must be specified together for 'pool' type source")
        }
        x.attribute("startupPolicy", &startupPolicy)
        if x.style.isStatus { x.attribute("index", &index) }
        if x.isReading {
            readParts(x)
            if x.style.isInactive, networkProtocol == .iscsi,
                let name = attributes.firstIndex(where: { $0.name == "name" }),
                !attributes[name].value.utf8.contains(0x2F)
            {
                attributes[name].value += "/0"
            }
        } else {
            // Cookies are secrets.
            x.putElements(x.style.isSecure ? parts : parts.filter { $0.name != "cookies" })
        }
        mapAuthentication(x)
        x.shaped("encryption", StorageShapes.encryption, &encryption)
        if x.style.isStatus { x.verbatim("privateData", &privateData) }
    }

    private mutating func readParts(_ x: XMLCoder) {
        for part in StorageShapes.parts where part.isOf(kind) {
            x.forEachElement { node in
                guard node.name == part.name else { return }
                if !part.isRepeated, parts.contains(where: { $0.name == part.name }) { return }
                parts.append(part.shape.read(node, x))
            }
        }
        for index in parts.indices where parts[index].name == "seclabel" { parts[index].completeDeviceLabel() }
        completeHosts(x)
    }

    private mutating func mapAuthentication(_ x: XMLCoder) {
        x.shaped("auth", StorageShapes.authentication, &auth)
        if x.isReading, let auth { checkAuthentication(auth, x) }
    }

    /// Hosts are reached at the protocol's port unless they say otherwise.
    private mutating func completeHosts(_ x: XMLCoder) {
        for index in parts.indices where parts[index].name == "host" {
            let transport = parts[index].attribute("transport") ?? "tcp"
            if transport == "tcp" { parts[index].set("transport", nil) }
            if transport == "unix" {
                if parts[index].attribute("socket") == nil { x.failXML("missing socket for unix transport") }
                parts[index].order(["transport", "socket"])
                continue
            }
            if parts[index].attribute("socket") != nil {
                x.failXML("transport '\(transport)' does not support socket attribute")
            }
            if parts[index].attribute("name") == nil { x.failXML("missing name for host") }
            if let port = parts[index].attribute("port"), UInt32(port) == nil {
                x.fail(ConfError(.invalidArgument, "failed to parse port number '\(port)'", domain: ConfError.fromNone))
            }
            if transport == "tcp", parts[index].attribute("port") == nil {
                parts[index].set("port", networkProtocol?.port.map { String($0) })
            }
        }
    }

    private mutating func mapAttributes(_ x: XMLCoder, _ names: [StaticString]) {
        for name in names {
            if x.isReading {
                if let value = x.peek(name) { attributes.append(("\(name)", value)) }
            } else {
                x.put(name, attributes.first { $0.name == "\(name)" }?.value)
            }
        }
    }
}

/// `<backingStore>`: the image below, and so on down the chain. Empty: there is none below.
package struct BackingStore: XMLMapped {
    package var kind: StorageSource.Kind?
    /// Names the image in one run.
    package var index: UInt32?
    package var format: Disk.Format?
    package var metadataCache: GenericElement?
    package var source = StorageSource()
    package var hasSource = false
    /// At most one; an array because a value cannot contain itself.
    package var below: [BackingStore] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isReading, let text = x.peek("type"), StorageSource.Kind(rawValue: text) == nil {
            x.failXML("unknown storage source type '\(text)'")
        }
        x.attribute("type", &kind)
        if x.style.isStatus { x.attribute("index", &index) }
        if let kind { source.kind = kind }
        if x.isReading, kind != nil, x.node?.child("format") == nil { x.failXML("missing disk backing store format") }
        x.element("format") {
            if x.isReading, x.peek("type") == nil { x.failMissing("type") }
            x.attribute("type", &format)
            x.shaped("metadata_cache", DeviceShapes.metadataCache, &metadataCache)
        }
        if x.isReading, kind != nil, x.node?.child("source") == nil { x.failXML("missing disk backing store source") }
        x.element("source", present: &hasSource) { source.map(x) }
        var next = below.first
        x.element("backingStore", &next)
        if x.isReading { below = next.map { [$0] } ?? [] }
    }
}

extension StorageSource.NetworkProtocol {
    /// The port that servers listen at by convention.
    var port: Int? {
        switch self {
        case .http: 80
        case .https: 443
        case .ftp: 21
        case .ftps: 990
        case .tftp: 69
        case .sheepdog: 7000
        case .nbd: 10809
        case .ssh: 22
        case .iscsi: 3260
        case .gluster: 24007
        case .vxhs: 9999
        case .nfs: 2049
        case .rbd: nil
        }
    }
}
