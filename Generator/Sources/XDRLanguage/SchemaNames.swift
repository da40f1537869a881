/// Finds what an annotation names: by the name in the source or the Swift name, however each is capitalised.
public struct SchemaNames: Sendable {
    private var procedures: [String: ProcedureDefinition] = [:]
    private var enumerations: [String: Enumeration] = [:]

    public init(_ schema: Schema) {
        for file in schema.files {
            for procedure in file.programs.flatMap(\.versions).flatMap(\.procedures) {
                for key in Self.keys(procedure.name) where procedures[key] == nil { procedures[key] = procedure }
            }
            for case .enumeration(let type) in file.types {
                let swift = type.documentation.annotations.first { $0.name == "swift" }?.arguments.first
                for key in Self.keys(type.name) + (swift.map { [Self.key($0)] } ?? [])
                where enumerations[key] == nil {
                    enumerations[key] = type
                }
            }
        }
    }

    /// The procedure that `@newer`, `@legacyNames` and their like name.
    public func procedure(_ name: String) -> ProcedureDefinition? { procedures[Self.key(name)] }
    /// The enum that `@flags` names.
    public func enumeration(_ name: String) -> Enumeration? { enumerations[Self.key(name)] }

    func hasProcedure(_ name: String) -> Bool { procedure(name) != nil }
    func hasEnumeration(_ name: String) -> Bool { enumeration(name) != nil }

    /// Without underscores and case.
    private static func key(_ name: some StringProtocol) -> String {
        String(decoding: name.utf8.filter { $0 != 0x5f }, as: UTF8.self).lowercased()
    }

    /// The whole name, and the name without the program's prefix, `REMOTE_` or `REMOTE_PROC_`.
    private static func keys(_ name: String) -> [String] {
        var keys = [key(name)]
        guard let first = name.firstIndex(of: "_") else { return keys }
        let rest = name[name.index(after: first)...]
        keys.append(key(rest))
        if rest.lowercased().hasPrefix("proc_") { keys.append(key(rest.dropFirst(5))) }
        return keys
    }
}
