import Foundation
import Libvirt
import Testing
import VirtConf
import VirtUtil

@testable import VirtDaemon

/// Access is asked about what a definition's beginning says, and the driver then reads the whole: both have to find the
/// same object, whatever is done to the text.
@Suite struct DefinitionIdentityTests {
    private static let cases = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conf/Cases")

    struct Kind: Sendable, CustomTestStringConvertible {
        let object: AccessObject.Kind
        let folders: [String]
        /// What the full reader finds; an attribute that is made up when nothing is given is nil.
        let read: @Sendable (String) throws -> [String: String]
        var testDescription: String { object.rawValue }
    }

    static let kinds = [
        Kind(object: .domain, folders: ["Domain", "DomainQEMU"]) { xml in
            let read = try DomainDefinition(xml: xml, defaults: .test)
            return ["domain_name": read.name, "domain_uuid": "\(read.uuid)"]
        },
        Kind(object: .network, folders: ["Network"]) { xml in
            let read = try VirtConf.NetworkDefinition(xml: xml)
            return ["network_name": read.name, "network_uuid": "\(read.uuid)"]
        },
        Kind(object: .nwfilter, folders: ["NWFilter"]) { xml in
            let read = try NWFilterDefinition(xml: xml)
            return ["nwfilter_name": read.name, "nwfilter_uuid": "\(read.uuid)"]
        },
        Kind(object: .nwfilterBinding, folders: ["NWFilterBinding"]) { xml in
            let read = try NWFilterBindingDefinition(xml: xml)
            return ["nwfilter_binding_portdev": read.portDevice, "nwfilter_binding_linkdev": read.linkDevice ?? ""]
        },
        Kind(object: .storagePool, folders: ["StoragePool"]) { xml in
            let read = try VirtConf.StoragePoolDefinition(xml: xml)
            return ["pool_name": read.name, "pool_uuid": "\(read.uuid)"]
        },
        Kind(object: .storageVolume, folders: ["StorageVolume"]) { xml in
            ["vol_name": try StorageVolumeDefinition(xml: xml, in: .dir).name]
        },
        Kind(object: .networkPort, folders: ["NetworkPort"]) { xml in
            ["port_uuid": "\(try NetworkPortDefinition(xml: xml).uuid)"]
        },
        Kind(object: .interface, folders: []) { xml in
            let read = try InterfaceDefinition(xml: xml)
            return ["interface_name": read.name, "interface_macaddr": read.mac ?? ""]
        },
        Kind(object: .secret, folders: ["Secret"]) { xml in
            let read = try SecretDefinition(xml: xml)
            let usage = ["volume": "volume", "ceph": "ceph", "iscsi": "target", "tls": "name", "vtpm": "name"]
            var found = ["secret_uuid": "\(read.uuid)"]
            usage[read.usage.rawValue].map { found["secret_usage_\($0)"] = read.usageID }
            return found
        },
    ]

    /// What somebody could put in so that two readers see two objects.
    private static let tricks = [
        "", "<name>evil</name>", "<name/>", "<uuid/>", "<uuid>00000000-1111-2222-3333-444444444444</uuid>",
        "<uuid> 00000000111122223333444444444444 </uuid>", "<uuid>none</uuid>",
        "<name>e<!-- -->vil</name>", "<name>e<![CDATA[vil]]></name>", "<name>e<b>vi</b>l</name>",
        "<name>&#101;vil</name>",
        "<name> </name>", "<name>evil </name>", "<x:name xmlns:x='urn:x'>evil</x:name>",
        "<name xmlns='urn:x'>evil</name>",
        "<sysinfo type='smbios'><system><entry name='uuid'>00000000-1111-2222-3333-444444444444</entry></system></sysinfo>",
        "<sysinfo type='smbios'><system/><system><entry name='uuid'>00000000-1111-2222-3333-444444444444</entry></system></sysinfo>",
        "<source><name>evil</name></source>", "<source/>", "<usage type='volume'><volume>/evil</volume></usage>",
        "<usage/>", "<mac address='52:54:00:00:00:66'/>", "<mac/>", "<portdev name='evil'/>", "<portdev/>",
        "<linkdev name='evil'/>", "<!-- <name>evil</name> -->", "<?name evil?>",
        "<metadata><name>evil</name></metadata>",
    ]

    @Test(arguments: kinds) func theWholeTextSaysTheSame(_ kind: Kind) throws {
        var texts: [String] = kind.object == .interface ? [Present.definition("interface")] : []
        for folder in kind.folders {
            let path = Self.cases.appending(path: folder)
            for file in try FileManager.default.contentsOfDirectory(atPath: path.path).sorted()
            where file.hasSuffix(".xml") {
                texts.append(try String(contentsOf: path.appending(path: file), encoding: .utf8))
            }
        }
        #expect(!texts.isEmpty)
        var agreed = 0
        var refused = 0
        // The tricks are on the text's head and end; some texts are enough for those.
        for (index, text) in texts.enumerated() {
            for trick in index % 10 == 0 ? Self.tricks : [""] {
                for place in [Self.head(text), text.range(of: "</", options: .backwards)?.lowerBound] {
                    guard let place else { continue }
                    var text = text
                    text.insert(contentsOf: trick, at: place)
                    guard let read = try? kind.read(text) else { continue }
                    let asked: AccessObject
                    do {
                        asked = try AccessObject.defined(
                            kind.object, by: text,
                            in: kind.object == .networkPort
                                ? Present.network("probe") : Present.pool("probe"))
                    } catch {
                        // It is not sure, and says so; a few of libvirt's own cases are such texts.
                        refused += 1
                        continue
                    }
                    for (name, value) in read {
                        let given = asked.value(of: name)
                        // What is not given, the full reader makes up.
                        var isMadeUp = given == nil && value.isEmpty
                        if given == nil, name.hasSuffix("uuid") { isMadeUp = try isRandom(kind, text, name) }
                        #expect(given == value || isMadeUp, "\(name): \(given ?? "nil"), then \(value) of \(text)")
                    }
                    agreed += 1
                }
            }
        }
        #expect(agreed >= texts.count)
        #expect(refused * 10 < agreed)
    }

    /// Behind the start tag of the root.
    private static func head(_ text: String) -> String.Index? {
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            let next = rest.index(after: open)
            guard next < rest.endIndex else { return nil }
            if rest[next].isLetter {
                guard let close = rest[open...].firstIndex(of: ">") else { return nil }
                return rest[rest.index(before: close)] == "/" ? nil : rest.index(after: close)
            }
            let end =
                rest[open...].hasPrefix("<!--")
                ? rest[open...].range(of: "-->")?.upperBound
                : rest[open...].firstIndex(of: ">").map { rest.index(after: $0) }
            guard let end else { return nil }
            rest = rest[end...]
        }
        return nil
    }

    private func isRandom(_ kind: Kind, _ text: String, _ name: String) throws -> Bool {
        try kind.read(text)[name] != (try kind.read(text)[name])
    }
}
