internal import Libvirt
internal import VirtUtil

extension AccessObject {
    /// The object that a definition would make or change: its name and UUID, with no more of the text read than that.
    ///
    /// What the definition leaves open has no attribute, so only rules about any object match.
    ///
    /// - Parameters:
    ///   - parent: the pool of a volume, the network of a port.
    ///   - givenName: takes the place of the definition's name: a guest that migrates may get another one.
    /// - Throws: ``VirtError`` as libvirt has it for what is no XML, or another object's.
    static func defined(
        _ kind: Kind, by text: String, in parent: (any ObjectReference)? = nil, name givenName: String? = nil
    ) throws -> AccessObject {
        let form = Form.of(kind)
        let found: XMLScan
        do {
            found = try XMLScan(text, name: form.title, paths: form.paths)
        } catch {
            throw VirtError(error)
        }
        guard found.root == form.root else {
            throw VirtError(
                ConfError(
                    .xml, "expecting root element of '\(form.root)', not '\(found.root)'", domain: ConfError.fromXML))
        }
        let values = found.values.map { $0?.isEmpty == true ? nil : $0 }
        func value(_ index: Int) -> String? { index < values.count ? values[index] : nil }
        /// As libvirt prints it, however it was written.
        func uuid(_ text: String?) -> String? { text.flatMap { DomainUUID($0)?.description } }

        switch kind {
        case .domain: return .domain(name: givenName ?? value(0), uuid: uuid(value(1) ?? value(2)))
        case .network: return .network(name: value(0), uuid: uuid(value(1)))
        case .nwfilter: return .nwfilter(name: value(0), uuid: uuid(value(1)))
        case .interface: return .interface(name: value(0), mac: value(1))
        case .storagePool: return .storagePool(name: value(0) ?? value(2), uuid: uuid(value(1)))
        case .storageVolume:
            guard let pool = parent as? StoragePoolRef else { return AccessObject(.storageVolume) }
            return .storageVolume(of: pool, name: value(0), key: nil)
        case .networkPort:
            guard let network = parent as? NetworkRef else { return AccessObject(.networkPort) }
            return .networkPort(of: network, uuid: uuid(value(0)))
        // The host names it, not the client: this is what libvirt asks about meanwhile.
        case .nodeDevice: return .nodeDevice(name: "new device")
        case .nwfilterBinding: return .nwfilterBinding(port: value(0), link: value(1), filter: value(2))
        case .secret:
            let usages: [String: (SecretUsageType, Int)] = [
                "volume": (.volume, 2), "ceph": (.ceph, 3), "iscsi": (.iscsi, 4), "tls": (.tls, 3), "vtpm": (.vtpm, 3),
            ]
            let usage = value(1).flatMap { usages[$0] }
            return .secret(uuid: uuid(value(0)), usage: usage?.0 ?? .none, id: usage.flatMap { value($0.1) })
        case .connect: return .connection
        }
    }

    /// Where the definition of a kind says what it is about.
    private struct Form {
        /// What errors call the text.
        let title: String
        let root: String
        let paths: [XMLScan.Path]

        static func of(_ kind: Kind) -> Form {
            switch kind {
            case .domain:
                Form(
                    title: "(domain_definition)", root: "domain",
                    paths: [
                        XMLScan.Path("name"), XMLScan.Path("uuid"),
                        XMLScan.Path(
                            ["sysinfo", "system", "entry"], condition: ("name", "uuid"), followsAll: true,
                            isFallback: true),
                    ])
            case .network: Form(title: "(network_definition)", root: "network", paths: paths("name", "uuid"))
            case .nwfilter: Form(title: "(nwfilter_definition)", root: "filter", paths: paths("@name", "uuid"))
            case .interface:
                Form(title: "(interface_definition)", root: "interface", paths: paths("@name", "mac/@address"))
            case .storagePool:
                Form(
                    title: "(storage_pool_definition)", root: "pool",
                    paths: paths("name", "uuid") + [XMLScan.Path("source/name", isFallback: true)])
            case .storageVolume: Form(title: "(storage_volume_definition)", root: "volume", paths: paths("name"))
            case .networkPort: Form(title: "(networkport_definition)", root: "networkport", paths: paths("uuid"))
            case .nodeDevice: Form(title: "(node_device_definition)", root: "device", paths: [])
            case .nwfilterBinding:
                Form(
                    title: "(nwfilterbinding_definition)", root: "filterbinding",
                    paths: paths("portdev/@name", "linkdev/@name", "filterref/@filter"))
            case .secret:
                Form(
                    title: "(definition_of_secret)", root: "secret",
                    paths: paths("uuid", "usage/@type", "usage/volume", "usage/name", "usage/target"))
            case .connect: Form(title: "(definition)", root: "", paths: [])
            }
        }

        private static func paths(_ list: String...) -> [XMLScan.Path] { list.map { XMLScan.Path($0) } }
    }
}

extension VirtError {
    /// The seam at which what a definition's text is refused for becomes libvirt's error.
    init(_ error: ConfError) {
        self.init(ErrorCode(rawValue: error.code), domain: ErrorDomain(rawValue: error.domain), error.detail)
        message = error.message
        cause = error
    }
}
