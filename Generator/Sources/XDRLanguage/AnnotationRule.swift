/// What an annotated declaration is.
enum AnnotationPlace {
    case procedure, structure
    /// An enum, union or typedef.
    case type
    case constant, enumerator, field, program
}

/// One row of the tables in docs/annotations.md.
struct AnnotationRule {
    /// What an argument has to look like.
    enum Argument {
        /// A name as Swift and C have them.
        case identifier
        case oneOf([String])
        /// `object:permission`, with a condition on flags if allowed.
        case permission(allowsFlags: Bool)
        /// The enum of a procedure's flags.
        case flagsType
        /// A Swift function name, with or without labels.
        case method
        /// `1.2.3`
        case release
        case procedure
        case constant
        case objectName
        /// `object:NUMBER`
        case event
        /// An argument of the procedure, or a typed parameter in one: `field`, `field.parameter`.
        case argumentPath
    }

    var places: Set<AnnotationPlace> = [.procedure]
    var arguments: [Argument] = []
    /// May follow the arguments, once.
    var optional: Argument?
    /// May follow the arguments, any number of times.
    var rest: Argument?
    var isRepeatable = false

    /// The rule, by the annotation's name and place: `@swift` means different things on procedures and types.
    static func rule(_ name: String, on place: AnnotationPlace) -> AnnotationRule? {
        byName[name]?.first { $0.places.contains(place) }
    }

    static let byName: [String: [AnnotationRule]] = [
        "role": [AnnotationRule(arguments: [.identifier])],
        "priority": [AnnotationRule(arguments: [.oneOf(["high"])])],
        "acl": [AnnotationRule(arguments: [.permission(allowsFlags: true)], isRepeatable: true)],
        "filter": [AnnotationRule(arguments: [.permission(allowsFlags: false)])],
        "counts": [AnnotationRule(arguments: [.procedure])],
        "identity": [
            AnnotationRule(
                arguments: [.oneOf(["result", "definition", "name", "image", "none"])], rest: .argumentPath)
        ],
        "readonly": [AnnotationRule(arguments: [.oneOf(["refused", "allowed"])])],
        "stream": [AnnotationRule(arguments: [.oneOf(["toClient", "toServer", "twoWay"])])],
        "fds": [AnnotationRule(arguments: [.oneOf(["call", "reply", "both"])])],
        "flags": [AnnotationRule(arguments: [.flagsType])],
        "api": [AnnotationRule(arguments: [.identifier])],
        "swift": [
            AnnotationRule(arguments: [.method]),
            AnnotationRule(
                places: [.structure, .type, .enumerator, .field, .constant], arguments: [.identifier]),
        ],
        "since": [AnnotationRule(arguments: [.release])],
        "counted": [AnnotationRule(optional: .oneOf(["whole"]))],
        "listing": [AnnotationRule()],
        "legacyNames": [AnnotationRule(arguments: [.procedure], rest: .constant)],
        "legacyIDs": [AnnotationRule(arguments: [.procedure], rest: .constant)],
        "legacyCount": [AnnotationRule(arguments: [.procedure], rest: .constant)],
        "newer": [AnnotationRule(arguments: [.procedure], rest: .constant)],
        "registers": [AnnotationRule(arguments: [.objectName], optional: .oneOf(["callback"]))],
        "deregisters": [AnnotationRule(arguments: [.objectName], optional: .oneOf(["callback"]))],
        "event": [AnnotationRule(arguments: [.event], optional: .oneOf(["callback"]))],
        "session": [AnnotationRule()],
        "boolean": [AnnotationRule(places: [.field])],
        "object": [AnnotationRule(places: [.structure], arguments: [.identifier], optional: .objectName)],
    ]
}
