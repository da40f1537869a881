internal import Libvirt

extension ClientIdentity {
    /// An attribute of `CONNECT_SET_IDENTITY`, and its type there.
    private static let attributes: [String: TypedParameterType] = [
        "user-name": .string, "unix-user-id": .ullong, "group-name": .string, "unix-group-id": .ullong,
        "process-id": .llong, "process-time": .ullong, "sasl-user-name": .string, "x509-distinguished-name": .string,
        "selinux-context": .string,
    ]

    /// The client for which this one speaks from now on; what is not given is not known.
    ///
    /// - Throws: ``VirtError`` for an attribute that there is not, or that has another type, as libvirt words it.
    func speaking(with attributes: [TypedParameter]) throws -> ClientIdentity {
        var other = self
        other.address = nil
        (other.userID, other.groupID, other.processID, other.processStartTime) = (nil, nil, nil, nil)
        (other.userName, other.groupName, other.saslUserName) = (nil, nil, nil)
        (other.distinguishedName, other.securityContext) = (nil, nil)
        var seen: Set<String> = []
        for parameter in attributes {
            guard let type = Self.attributes[parameter.field] else {
                throw VirtError(.argumentUnsupported, domain: .none, "parameter '\(parameter.field)' not supported")
            }
            guard seen.insert(parameter.field).inserted else {
                throw VirtError(.invalidArg, domain: .none, "parameter '\(parameter.field)' occurs multiple times")
            }
            switch (parameter.field, parameter.value) {
            case ("user-name", .string(let text)): other.userName = text
            case ("group-name", .string(let text)): other.groupName = text
            case ("sasl-user-name", .string(let text)): other.saslUserName = text
            case ("x509-distinguished-name", .string(let text)): other.distinguishedName = text
            case ("selinux-context", .string(let text)): other.securityContext = text
            case ("unix-user-id", .ullong(let number)): other.userID = UInt32(exactly: number)
            case ("unix-group-id", .ullong(let number)): other.groupID = UInt32(exactly: number)
            case ("process-id", .llong(let number)): other.processID = Int32(exactly: number)
            case ("process-time", .ullong(let number)): other.processStartTime = number
            default:
                throw VirtError(
                    .invalidArg, domain: .none,
                    "invalid type '\(parameter.value.typeName)' for parameter '\(parameter.field)', "
                        + "expected '\(type == .string ? "string" : type == .llong ? "llong" : "ullong")'")
            }
        }
        return other
    }
}

extension TypedParameterValue {
    /// As libvirt's messages name types.
    fileprivate var typeName: String {
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
