internal import XDRLanguage

/// What the printers need to know of one procedure: the definition, read together with its annotations.
struct ProcedurePlan {
    enum Kind: Equatable {
        /// A requirement of a role.
        case role(String)
        /// Answered by the RPC session.
        case session
        /// An older call, answered from a listing: names, ids or a count of its entries.
        case legacy(LegacyForm, listing: String, flags: [String])
        /// Registers or deregisters for events of an object.
        case registration(object: String, isRegister: Bool, byCallback: Bool)
        /// Sent by the server.
        case event(object: String, number: Int, byCallback: Bool)
    }

    enum LegacyForm: String { case names = "legacyNames", ids = "legacyIDs", count = "legacyCount" }
    enum Direction: String { case call, reply, both }

    var definition: ProcedureDefinition
    /// The group it stands in: its file.
    var file: String
    /// As in the source.
    var programName: String
    var programType: String
    /// Lower case, without the program's prefix: `domain_get_xml_desc`.
    var sourceName: String
    /// `domainGetXMLDesc`
    var swiftName: String
    /// Labels of the method's parameters, if `@swift` gives them.
    var labels: [String?]?
    var kind: Kind
    /// Types on the wire; nil is void. A type that is no structure, union or enumeration is wrapped in one.
    var arguments: StubType?
    var result: StubType?
    var flagsType: String?
    var stream: String?
    var descriptors: Direction?
    var isCounted: Bool
    /// The list comes whatever the count says.
    var isWhole: Bool
    var isListing: Bool
    var newer: String?
    var apiName: String

    /// The C name that follows from the source name, unless the annotation says another.
    static func apiName(_ sourceName: String, programPrefix: String) -> String {
        let words = Naming.words(sourceName)
        let capitals: Set<String> = [
            "xml", "uuid", "id", "os", "io", "fs", "uri", "nmi", "pm", "sev", "ssh", "fd", "cpu", "dhcp", "mac", "wwn",
            "scsi",
        ]
        return programPrefix
            + words.map { word in
                if capitals.contains(word) { return word.uppercased() }
                if word == "nwfilter" { return "NWFilter" }
                return word.prefix(1).uppercased() + word.dropFirst()
            }.joined()
    }

    /// The name of the procedure's descriptor, which stands beside the program's numbers and functions.
    var descriptorName: String {
        ["number", "version", "procedures", "table", "service", "arguments"].contains(swiftName)
            ? swiftName + "Procedure" : swiftName
    }

    var isOut: Bool { descriptors == .reply || descriptors == .both }
    var isIn: Bool { descriptors == .call || descriptors == .both }
}

/// The argument or result of a procedure as a Swift type.
struct StubType {
    var swiftName: String
    /// Fields, if the type is a structure made for this procedure alone, whose fields become parameters.
    var fields: [Field]?
    /// To be printed with the stubs, if the protocol has no type of that form.
    var wrapper: Structure?
}

/// A parameter of a role's method.
struct Parameter {
    var name: String
    var type: String
    /// The leading object has no label.
    var isUnlabelled: Bool
    /// Its label, if that is not its name.
    var label: String?
    var field: Field
    /// From the wire's value (`arguments.flags`) to the parameter.
    var fromWire: (String) -> String
    /// From the parameter to the wire's value.
    var toWire: (String) -> String
    var defaultValue: String?
}
