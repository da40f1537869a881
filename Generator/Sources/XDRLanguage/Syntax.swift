// What the parser makes of a file: names are not resolved, expressions not evaluated.

struct Name {
    var text: String
    var position: Position
}

/// A doc comment, with the places of its annotations and their arguments.
struct DocComment {
    struct Word {
        var text: String
        var position: Position
    }

    struct Tag {
        /// Without the `@`; its place is that of the `@`.
        var name: Word
        var arguments: [Word]
        /// The line as written, for an unknown annotation that is accepted as text.
        var line: String
        /// The number of text lines before it.
        var index: Int
    }

    var lines: [String] = []
    var tags: [Tag] = []
}

enum Declaration {
    case constant(ConstantSyntax)
    case enumeration(EnumerationSyntax)
    case structure(StructureSyntax)
    case union(UnionSyntax)
    case alias(AliasSyntax)
    case program(ProgramSyntax)
}

struct ConstantSyntax {
    var name: Name
    var value: Expression
    /// From `#define`: not an error if it has no value, as long as nobody asks for it.
    var isMacro = false
    var documentation = DocComment()
}

struct EnumerationSyntax {
    struct Enumerator {
        var name: Name
        /// Nil: one more than the one before.
        var value: Expression?
        var documentation: DocComment
    }

    var name: Name
    var enumerators: [Enumerator]
    var documentation = DocComment()
}

struct StructureSyntax {
    var name: Name
    var fields: [FieldSyntax]
    var documentation = DocComment()
}

struct UnionSyntax {
    struct Arm {
        /// Empty for the default arm.
        var labels: [Expression]
        var position: Position
        /// Nil for `void`.
        var field: FieldSyntax?
    }

    var name: Name
    var discriminant: FieldSyntax
    var arms: [Arm]
    var documentation = DocComment()
}

struct AliasSyntax {
    var field: FieldSyntax
}

/// A type, a name, and what stands around the name.
struct FieldSyntax {
    enum Form {
        case plain
        case optional
        case fixed(Expression)
        case variable(Expression?)
    }

    var type: TypeSyntax
    var typePosition: Position
    /// Nil where a procedure's argument has none.
    var name: Name?
    var form: Form
    var documentation = DocComment()

    var position: Position { name?.position ?? typePosition }
}

indirect enum TypeSyntax {
    case void, string, opaque
    case primitive(Primitive)
    /// The keyword of `struct name`, if it was written.
    case named(Name, tag: Keyword?)
    // With a body; the name is empty if there is none.
    case enumeration(EnumerationSyntax)
    case structure(StructureSyntax)
    case union(UnionSyntax)
}

struct ProgramSyntax {
    struct Version {
        var name: Name
        var number: Expression
        var procedures: [Procedure]
    }

    struct Procedure {
        var name: Name
        var number: Expression
        var arguments: [FieldSyntax]
        var result: FieldSyntax
        var documentation: DocComment
    }

    var name: Name
    var number: Expression
    var versions: [Version]
    var documentation = DocComment()
}

/// A parsed file.
struct FileSyntax {
    var source: Int32
    /// Without folder and `.x`.
    var name: String
    var declarations: [Declaration] = []
}
