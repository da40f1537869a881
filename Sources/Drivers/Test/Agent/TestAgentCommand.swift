internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A command for the agent, as JSON has it: `{"execute": NAME, "arguments": {…}, "id": ANYTHING}`.
struct TestAgentCommand {
    enum Kind {
        case integer, boolean, string, array, object

        /// As the agent calls it.
        var word: String {
            switch self {
            case .integer: "integer"
            case .boolean: "boolean"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        }

        func holds(_ value: JSONValue) -> Bool {
            switch self {
            case .integer: value.integer != nil
            case .boolean: value.bool != nil
            case .string: value.string != nil
            case .array: value.array != nil
            case .object: value.object != nil
            }
        }
    }

    /// An argument that a command may have.
    struct Parameter {
        let name: String
        let kind: Kind
        var isOptional = false
    }

    let name: String
    private let arguments: JSONObject
    /// What is given back with the answer.
    private let id: JSONValue?

    /// - Throws: `.internalError` for what is no command, in the agent's words.
    init(_ value: JSONValue) throws {
        var members: (name: String?, arguments: JSONObject, id: JSONValue?) = (nil, JSONObject(), nil)
        func failure(_ text: String) -> VirtError {
            TestAgent.failure(value["execute"]?.string ?? "<unknown>", "QMP input \(text)")
        }
        guard let object = value.object else { throw failure("must be a JSON object") }
        for member in object.members {
            switch member.name {
            case "execute":
                guard let text = member.value.string else { throw failure("member 'execute' must be a string") }
                members.name = text
            case "arguments":
                guard let object = member.value.object else { throw failure("member 'arguments' must be an object") }
                members.arguments = object
            case "id": members.id = member.value
            default: throw failure("member '\(member.name)' is unexpected")
            }
        }
        guard let name = members.name else { throw failure("lacks member 'execute'") }
        self.name = name
        (arguments, id) = (members.arguments, members.id)
    }

    func failure(_ text: String) -> VirtError { TestAgent.failure(name, text) }

    /// Checks the arguments against those that the command has.
    func check(_ parameters: [Parameter]) throws {
        try check(arguments, parameters, prefix: "")
    }

    private func check(_ object: JSONObject, _ parameters: [Parameter], prefix: String) throws {
        for parameter in parameters {
            guard let value = object[parameter.name] else {
                if parameter.isOptional { continue }
                throw failure("Parameter '\(prefix)\(parameter.name)' is missing")
            }
            try check(value, parameter.kind, prefix + parameter.name)
        }
        if let extra = object.members.first(where: { member in !parameters.contains { $0.name == member.name } }) {
            throw failure("Parameter '\(prefix)\(extra.name)' is unexpected")
        }
    }

    private func check(_ value: JSONValue, _ kind: Kind, _ name: String) throws {
        if !kind.holds(value) { throw failure("Invalid parameter type for '\(name)', expected: \(kind.word)") }
    }

    func integer(_ name: String) -> Int64? { arguments[name]?.integer }
    func bool(_ name: String) -> Bool? { arguments[name]?.bool }
    func string(_ name: String) -> String? { arguments[name]?.string }

    /// An argument that is a list of texts; nil if it is not given.
    func strings(_ name: String) throws -> [String]? {
        guard let elements = arguments[name]?.array else { return nil }
        for (index, element) in elements.enumerated() { try check(element, .string, "\(name)[\(index)]") }
        return elements.compactMap(\.string)
    }

    /// An argument that is a list of objects, each with the same members.
    func objects(_ name: String, _ parameters: [Parameter]) throws -> [JSONObject] {
        try (arguments[name]?.array ?? []).enumerated().map { index, element in
            try check(element, .object, "\(name)[\(index)]")
            guard let object = element.object else { return JSONObject() }
            try check(object, parameters, prefix: "\(name)[\(index)].")
            return object
        }
    }

    /// The answer, as the agent sends it.
    func answer(_ value: JSONValue) -> JSONValue {
        var object = JSONObject([("return", value)])
        if let id { object["id"] = id }
        return .object(object)
    }
}
