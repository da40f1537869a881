import Libvirt
import XDR
import XDRLanguage

/// Arguments of any procedure, from the schema: names of objects that are there, empty lists, no flags.
struct ArgumentMaker {
    let schema: Schema
    /// Encodings of objects by the names of their types: `remote_domain`.
    var objects: [String: [UInt8]]
    /// Text by the name of a field, in front of which the procedure's name may stand: `network_define_xml.xml`.
    var texts: [String: String]
    /// Text parameters of procedures that cannot do without.
    var parameters: [String: [(name: String, value: String)]]

    /// The encoding of a procedure's argument.
    func arguments(of procedure: ProcedureDefinition) -> RawBytes {
        var bytes: [UInt8] = []
        let name = procedure.name.lowercased().replacing("remote_proc_", with: "")
        for type in procedure.arguments { append(type, field: "", procedure: name, &bytes) }
        return RawBytes(bytes)
    }

    private func append(_ type: TypeReference, field: String, procedure: String, _ bytes: inout [UInt8]) {
        switch type {
        case .primitive(let primitive):
            switch primitive {
            case .hyper, .unsignedHyper, .double:
                word(0, &bytes)
                word(number(field), &bytes)
            default: word(number(field), &bytes)
            }
        case .string: text(texts["\(procedure).\(field)"] ?? texts[field] ?? "absent", &bytes)
        case .opaque(.fixed(16)): bytes += Fixture.uuid
        case .opaque(.fixed(let count)): bytes += [UInt8](repeating: 0, count: (Int(count) + 3) & ~3)
        case .opaque(.variable):
            // One octet: a processor's bit, a secret's value.
            word(1, &bytes)
            bytes += [1, 0, 0, 0]
        case .array(.named("remote_typed_param"), .variable):
            let given = parameters[procedure] ?? []
            word(UInt32(given.count), &bytes)
            for parameter in given {
                text(parameter.name, &bytes)
                // VIR_TYPED_PARAM_STRING
                word(7, &bytes)
                text(parameter.value, &bytes)
            }
        case .array(let element, .variable):
            guard field == "xmlCPUs" || field == "keycodes" else { return word(0, &bytes) }
            word(1, &bytes)
            append(element, field: field, procedure: procedure, &bytes)
        case .array(let element, .fixed(let count)):
            for _ in 0..<count { append(element, field: field, procedure: procedure, &bytes) }
        case .optional(let wrapped):
            // Those that a procedure cannot do without are given by name.
            guard case .string = resolved(wrapped), let given = texts["\(procedure).\(field)"] ?? texts["?\(field)"]
            else { return word(0, &bytes) }
            word(1, &bytes)
            text(given, &bytes)
        case .named(let name):
            if let object = objects[name] {
                bytes += object
                return
            }
            switch schema.types[name] {
            case .alias(let alias): append(alias.type, field: field, procedure: procedure, &bytes)
            case .enumeration: word(0, &bytes)
            case .structure(let structure):
                for field in structure.fields { append(field.type, field: field.name, procedure: procedure, &bytes) }
            case .union(let union):
                word(UInt32(truncatingIfNeeded: union.arms[0].labels[0].value), &bytes)
                if let field = union.arms[0].field {
                    append(field.type, field: field.name, procedure: procedure, &bytes)
                }
            case nil: preconditionFailure("the checker resolves \(name)")
            }
        }
    }

    private func resolved(_ type: TypeReference) -> TypeReference {
        guard case .named(let name) = type, case .alias(let alias) = schema.types[name] else { return type }
        return resolved(alias.type)
    }

    /// Counts and sizes have to be of some use; anything else is nothing.
    private func number(_ field: String) -> UInt32 {
        if field == "need_results" { return 1 }
        if field == "memory" || field == "capacity" { return 65536 }
        let countable = ["nparams", "nvcpus", "ncpumaps", "maplen", "ncpus", "iothread_id", "keycodes", "id", "size"]
        return countable.contains(field) || field.hasPrefix("max") ? 1 : 0
    }

    private func word(_ value: UInt32, _ bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    private func text(_ text: String, _ bytes: inout [UInt8]) {
        word(UInt32(text.utf8.count), &bytes)
        bytes += Array(text.utf8) + [UInt8](repeating: 0, count: (4 - text.utf8.count % 4) % 4)
    }
}

/// Bytes that are sent, or were received, as they are.
struct RawBytes: XDRCodable {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(encoding value: some XDRCodable) throws {
        bytes = try MessageBuffer(encoding: value).withUnsafeBytes { Array($0) }
    }

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
}
