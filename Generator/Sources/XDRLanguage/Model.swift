/// A place in a source file, 1-based.
public struct SourceLocation: Sendable, Hashable {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// Checked definitions: names are resolved and unique, sizes are numbers, nested types have names of their own.
public struct Schema: Sendable {
    /// The files in the order they were given.
    public var files: [SchemaFile]
    /// Every type by its name in the source; a nested one by `Outer_field`.
    public var types: [String: TypeDefinition]
    /// Every constant and enumerator by name.
    public var constants: [String: Int64]
    /// Names of types that contain themselves, directly or through others.
    public var recursiveTypes: Set<String>

    public init(
        files: [SchemaFile], types: [String: TypeDefinition], constants: [String: Int64], recursiveTypes: Set<String>
    ) {
        self.files = files
        self.types = types
        self.constants = constants
        self.recursiveTypes = recursiveTypes
    }
}

public struct SchemaFile: Sendable {
    /// The file's name without folder and `.x`.
    public var name: String
    public var constants: [Constant]
    /// In source order; types that were nested stand before the type that holds them.
    public var types: [TypeDefinition]
    public var programs: [Program]

    public init(name: String, constants: [Constant], types: [TypeDefinition], programs: [Program]) {
        self.name = name
        self.constants = constants
        self.types = types
        self.programs = programs
    }
}

public enum TypeDefinition: Sendable {
    case enumeration(Enumeration)
    case structure(Structure)
    case union(Union)
    case alias(Alias)
}

/// The text of a doc comment and its annotations.
public struct Documentation: Sendable {
    /// Lines without comment marks, leading and trailing blank lines and annotations.
    public var lines: [String]
    public var annotations: [Annotation]

    public init(lines: [String] = [], annotations: [Annotation] = []) {
        self.lines = lines
        self.annotations = annotations
    }
}

/// `@name argument argument …`
public struct Annotation: Sendable {
    public var name: String
    public var arguments: [String]
    public var location: SourceLocation

    public init(name: String, arguments: [String], location: SourceLocation) {
        self.name = name
        self.arguments = arguments
        self.location = location
    }
}

public struct Constant: Sendable {
    public var name: String
    public var value: Int64
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct Enumeration: Sendable {
    public var name: String
    public var enumerators: [Enumerator]
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct Enumerator: Sendable {
    public var name: String
    public var value: Int32
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct Structure: Sendable {
    public var name: String
    public var fields: [Field]
    public var documentation: Documentation
    public var location: SourceLocation

    public init(name: String, fields: [Field], documentation: Documentation, location: SourceLocation) {
        self.name = name
        self.fields = fields
        self.documentation = documentation
        self.location = location
    }
}

public struct Union: Sendable {
    public var name: String
    /// Of an integer, boolean or enumeration type.
    public var discriminant: Field
    public var arms: [UnionArm]
    public var defaultArm: DefaultArm?
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct UnionArm: Sendable {
    /// One or more labels that share the arm.
    public var labels: [CaseLabel]
    /// Nil for `void`.
    public var field: Field?
}

public struct DefaultArm: Sendable {
    /// Nil for `void`.
    public var field: Field?
}

public struct CaseLabel: Sendable {
    public var value: Int64
    /// The enumerator or constant that was written, if not a number.
    public var name: String?
}

public struct Alias: Sendable {
    public var name: String
    public var type: TypeReference
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct Field: Sendable {
    public var name: String
    public var type: TypeReference
    public var documentation: Documentation
    public var location: SourceLocation

    public init(name: String, type: TypeReference, documentation: Documentation, location: SourceLocation) {
        self.name = name
        self.type = type
        self.documentation = documentation
        self.location = location
    }
}

public indirect enum TypeReference: Sendable, Hashable {
    case primitive(Primitive)
    /// Text; nil: no limit was written (2^32 - 1).
    case string(limit: UInt32?)
    case opaque(ArrayLength)
    case array(TypeReference, ArrayLength)
    case optional(TypeReference)
    case named(String)
}

public enum ArrayLength: Sendable, Hashable {
    case fixed(UInt32)
    /// Nil: no limit was written (2^32 - 1).
    case variable(limit: UInt32?)
}

/// Types of one XDR unit or two. `char` and `short` are rpcgen's: a whole unit (4 bytes) each on the wire.
public enum Primitive: String, Sendable, Hashable, CaseIterable {
    case bool, int, unsignedInt, hyper, unsignedHyper, float, double
    case char, unsignedChar, short, unsignedShort, long, unsignedLong
}

/// One block `program NAME { … } = number`.
public struct Program: Sendable {
    public var name: String
    public var number: UInt32
    public var versions: [ProgramVersion]
    public var documentation: Documentation
    public var location: SourceLocation
}

public struct ProgramVersion: Sendable {
    public var name: String
    public var number: UInt32
    public var procedures: [ProcedureDefinition]
    public var location: SourceLocation
}

public struct ProcedureDefinition: Sendable {
    public var name: String
    public var number: UInt32
    /// Empty for `void`; RFC 5531 allows several.
    public var arguments: [TypeReference]
    /// Nil for `void`.
    public var result: TypeReference?
    public var documentation: Documentation
    public var location: SourceLocation
}
