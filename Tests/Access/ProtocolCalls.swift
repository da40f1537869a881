import Foundation
import Libvirt
import Testing
import XDR
import XDRLanguage

/// Every procedure of the protocol, with arguments from the schema.
struct ProtocolCalls {
    struct Call {
        let program: UInt32
        let info: ProcedureInfo
        let definition: ProcedureDefinition
    }

    let schema: Schema
    let all: [Call]

    init() throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appending(path: "Protocol")
        var sources: [SourceFile] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where file.hasSuffix(".x")
        {
            sources.append(SourceFile(path: file, text: Array(try Data(contentsOf: folder.appending(path: file)))))
        }
        let schema = try #require(Compiler().compile(sources).schema)
        self.schema = schema
        var all: [Call] = []
        for (program, infos) in [
            (RemoteProgram.number, RemoteProgram.procedures), (QEMUProgram.number, QEMUProgram.procedures),
            (LXCProgram.number, LXCProgram.procedures),
        ] {
            let definitions = Dictionary(
                uniqueKeysWithValues: schema.files.flatMap(\.programs).filter { $0.number == program }
                    .flatMap(\.versions).flatMap(\.procedures).map { ($0.number, $0) })
            for info in infos where info.kind != .event && info.kind != .session {
                all.append(Call(program: program, info: info, definition: try #require(definitions[info.number])))
            }
        }
        self.all = all
    }

    /// The encoding of a call's arguments: every object in them is `probe`.
    func arguments(_ call: Call, flags: UInt64 = 0) throws -> RawBytes {
        let ruled = call.info.access.map(\.object).first { $0 != "connect" } ?? "domain"
        var writer = ArgumentWriter(schema: schema, definition: Present.definition(ruled), flags: flags)
        for type in call.definition.arguments { try writer.append(type, field: "") }
        return RawBytes(writer.bytes)
    }
}

private struct ArgumentWriter {
    let schema: Schema
    let definition: String
    let flags: UInt64
    var bytes: [UInt8] = []

    init(schema: Schema, definition: String, flags: UInt64) {
        self.schema = schema
        self.definition = definition
        self.flags = flags
    }

    mutating func append(_ type: TypeReference, field: String) throws {
        let number: UInt64 = field == "flags" ? flags : field == "need_results" || field.hasPrefix("max") ? 1 : 0
        switch type {
        case .primitive(.hyper), .primitive(.unsignedHyper), .primitive(.double):
            word(UInt32(number >> 32))
            word(UInt32(truncatingIfNeeded: number))
        case .primitive: word(UInt32(truncatingIfNeeded: number))
        case .string: text(["xml", "xml_desc", "dom_xml", "dxml"].contains(field) ? definition : "probe")
        case .opaque(.fixed(16)): try append(Present.probe)
        case .opaque(.fixed(let count)): bytes += [UInt8](repeating: 0, count: (Int(count) + 3) & ~3)
        case .array(.named("remote_typed_param"), .variable):
            let parameters = [
                ("destination_xml", definition), ("destination_name", "probe"), ("file", "probe"), ("dxml", definition),
            ]
            word(UInt32(parameters.count))
            for (name, value) in parameters {
                text(name)
                word(UInt32(bitPattern: TypedParameterType.string.rawValue))
                text(value)
            }
        case .opaque(.variable), .array(_, .variable), .optional: word(0)
        case .array(let element, .fixed(let count)):
            for _ in 0..<count { try append(element, field: field) }
        case .named(let name):
            if let object = try object(name) { return try append(object) }
            switch try #require(schema.types[name]) {
            case .alias(let alias): try append(alias.type, field: field)
            case .enumeration: word(0)
            case .structure(let structure): for field in structure.fields { try append(field.type, field: field.name) }
            case .union(let union):
                word(UInt32(truncatingIfNeeded: union.arms[0].labels[0].value))
                if let field = union.arms[0].field { try append(field.type, field: field.name) }
            }
        }
    }

    private func object(_ type: String) throws -> (any XDRCodable)? {
        switch type {
        case "remote_domain": Present.domain("probe")
        case "remote_domain_snapshot": Present.snapshot("probe")
        case "remote_domain_checkpoint": Present.checkpoint("probe")
        case "remote_network": Present.network("probe")
        case "remote_network_port": Present.port("probe")
        case "remote_interface": Present.interface("probe")
        case "remote_storage_pool": Present.pool("probe")
        case "remote_storage_vol": Present.volume("probe")
        case "remote_node_device": Present.device("probe")
        case "remote_nwfilter": Present.filter("probe")
        case "remote_nwfilter_binding": Present.binding("probe")
        case "remote_secret": Present.secret("probe")
        default: nil
        }
    }

    private mutating func append(_ value: any XDRCodable) throws {
        func encode(_ value: some XDRCodable) throws -> [UInt8] {
            try MessageBuffer(encoding: value).withUnsafeBytes { Array($0) }
        }
        bytes += try encode(value)
    }

    private mutating func word(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }

    private mutating func text(_ text: String) {
        word(UInt32(text.utf8.count))
        bytes += Array(text.utf8) + [UInt8](repeating: 0, count: (4 - text.utf8.count % 4) % 4)
    }
}

/// Bytes that are sent, or were received, as they are.
struct RawBytes: XDRCodable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static var minimumWireSize: Int { 0 }
    func wireSize() throws(XDRError) -> Int { bytes.count }

    func encode(to writer: inout XDRWriter) {
        for start in stride(from: 0, to: bytes.count, by: 4) {
            writer.put(bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }

    init(from reader: inout XDRReader) throws(XDRError) {
        let count = reader.remaining
        bytes = Array(try reader.rawBytes(count))
    }

    /// The first word: a count.
    var first: UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

    func holds(_ part: some Collection<UInt8>) -> Bool {
        guard !part.isEmpty, bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
