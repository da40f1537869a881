/// A value of JSON (RFC 8259), as monitors and agents of guests speak it.
///
/// Members of an object keep their order, numbers what they are: nothing is lost between reading and printing.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The number, if it is a whole one that fits.
    package var integer: Int64? { if case .number(let value) = self { value.integer } else { nil } }
    package var unsigned: UInt64? { if case .number(let value) = self { value.unsigned } else { nil } }
    package var double: Double? { if case .number(let value) = self { value.double } else { nil } }

    /// A member of an object; nil if there is none of that name, or this is no object.
    package subscript(_ name: String) -> JSONValue? { object?[name] }

    /// An object with members that have different names.
    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(JSONObject(members.map { ($0.key, $0.value) }))
    }

    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(JSONNumber(value)) }
}

/// Members of an object, in their order. No two have the same name.
package struct JSONObject: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package let name: String
        package var value: JSONValue
    }

    package private(set) var members: [Member]

    package init() { members = [] }

    /// - Precondition: The names differ.
    package init(_ members: [(String, JSONValue)]) {
        self.members = members.map { Member(name: $0.0, value: $0.1) }
        precondition(Set(self.members.map(\.name)).count == members.count, "two members of an object have one name")
    }

    /// What a parser has checked.
    init(checked members: [Member]) { self.members = members }

    package var isEmpty: Bool { members.isEmpty }

    /// Set to nil, the member is taken away; a new one is the last.
    package subscript(_ name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

/// A number of JSON, without loss: 64-bit counters of a hypervisor do not fit a floating point number.
package struct JSONNumber: Equatable, Sendable, CustomStringConvertible {
    private enum Storage: Equatable, Sendable {
        case integer(Int64)
        /// As it stands in the document: larger, or with a fraction or an exponent, or -0.
        case text(String)
    }

    private let storage: Storage

    package init(_ value: some BinaryInteger) {
        storage = Int64(exactly: value).map(Storage.integer) ?? .text(String(value))
    }

    /// - Returns: nil if it is not finite: JSON has no such number.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        storage = .text("\(value)")
    }

    /// A text that follows the grammar.
    init(checked text: String) {
        storage = .text(text)
    }

    package var integer: Int64? {
        switch storage {
        case .integer(let value): value
        case .text(let text): Int64(text)
        }
    }

    package var unsigned: UInt64? {
        switch storage {
        case .integer(let value): UInt64(exactly: value)
        case .text(let text): UInt64(text)
        }
    }

    /// The nearest; infinite if there is none.
    package var double: Double {
        switch storage {
        case .integer(let value): Double(value)
        case .text(let text): Double(text) ?? .nan
        }
    }

    package var description: String {
        switch storage {
        case .integer(let value): String(value)
        case .text(let text): text
        }
    }
}
