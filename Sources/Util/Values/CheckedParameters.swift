package import Libvirt

/// Parameters of a setter, checked as libvirt checks them: known names of the right type, each once.
package struct CheckedParameters {
    package enum Kind: Int32 {
        case int = 1
        case uint, llong, ullong, double, boolean, string

        var name: String {
            switch self {
            case .int: "int"
            case .uint: "uint"
            case .llong: "llong"
            case .ullong: "ullong"
            case .double: "double"
            case .boolean: "boolean"
            case .string: "string"
            }
        }
    }

    private var values: [String: TypedParameterValue] = [:]
    /// In the order of the call.
    package private(set) var names: [String] = []

    /// - Throws: ``VirtError`` that names the parameter.
    package init(_ parameters: [TypedParameter], _ known: [String: Kind]) throws {
        for parameter in parameters {
            let name = parameter.field
            guard let kind = known[name] else {
                throw VirtError(.argumentUnsupported, domain: .none, "parameter '\(name)' not supported")
            }
            let given = Kind(parameter.value)
            guard given == kind else {
                throw VirtError(
                    .invalidArg, domain: .none,
                    "invalid type '\(given.name)' for parameter '\(name)', expected '\(kind.name)'")
            }
            guard values.updateValue(parameter.value, forKey: name) == nil else {
                throw VirtError(.invalidArg, domain: .none, "parameter '\(name)' occurs multiple times")
            }
            names.append(name)
        }
    }

    package func ullong(_ name: String) -> UInt64? {
        if case .ullong(let value)? = values[name] { value } else { nil }
    }

    package func llong(_ name: String) -> Int64? {
        if case .llong(let value)? = values[name] { value } else { nil }
    }

    package func uint(_ name: String) -> UInt32? {
        if case .uint(let value)? = values[name] { value } else { nil }
    }

    package func int(_ name: String) -> Int32? {
        if case .int(let value)? = values[name] { value } else { nil }
    }

    package func bool(_ name: String) -> Bool? {
        if case .boolean(let value)? = values[name] { value != 0 } else { nil }
    }

    package func string(_ name: String) -> String? {
        if case .string(let value)? = values[name] { value } else { nil }
    }
}

extension CheckedParameters.Kind {
    init(_ value: TypedParameterValue) {
        self =
            switch value {
            case .int: .int
            case .uint: .uint
            case .llong: .llong
            case .ullong: .ullong
            case .double: .double
            case .boolean: .boolean
            case .string: .string
            }
    }
}
