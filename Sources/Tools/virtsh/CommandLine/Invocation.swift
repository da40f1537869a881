internal import LibvirtRemote

/// One run of a command: the values of its options, where it prints, and the connection.
///
/// Asking for an option that the command does not declare is an error of the command, and stops the program.
struct Invocation: Sendable {
    var shell: Shell
    let arguments: Arguments

    var output: Output { shell.output }

    func connection() async throws -> Connection { try await shell.connection() }

    private func declared(_ name: String) {
        precondition(arguments.command.option(name) != nil, "\(arguments.command.name) has no option \(name)")
    }

    /// Whether the option stands in the line.
    func has(_ name: String) -> Bool {
        declared(name)
        return arguments.flags.contains(name) || arguments.values[name] != nil
    }

    var rest: [String] { arguments.rest }

    // MARK: Values

    /// The text of an option; refused if it is empty and the option does not allow that.
    func text(_ name: String) throws(ShellError) -> String? {
        declared(name)
        guard let value = arguments.values[name] else { return nil }
        if value.isEmpty, arguments.command.option(name)?.allowsEmpty == false {
            throw ShellError("Failed to get option '\(name)': Option argument is empty")
        }
        return value
    }

    /// The text of an option that is always there.
    func required(_ name: String) throws(ShellError) -> String {
        guard let value = try text(name) else {
            throw ShellError("command '\(arguments.command.name)' requires <\(name)> option")
        }
        return value
    }

    func integer<Value: FixedWidthInteger>(
        _ name: String, as type: Value.Type = Value.self, in range: ClosedRange<Value> = Value.min...Value.max
    ) throws(ShellError) -> Value? {
        declared(name)
        guard let text = arguments.values[name] else { return nil }
        guard let value = Value(text.drop { $0 == " " }), range.contains(value) else {
            throw ShellError("Numeric value '\(text)' for <\(name)> option is malformed or out of range")
        }
        return value
    }

    func requiredInteger<Value: FixedWidthInteger>(
        _ name: String, as type: Value.Type = Value.self, in range: ClosedRange<Value> = Value.min...Value.max
    ) throws(ShellError) -> Value {
        guard let value = try integer(name, as: type, in: range) else {
            throw ShellError("command '\(arguments.command.name)' requires --\(name) option")
        }
        return value
    }

    /// A size with a unit, in bytes; `unit` is how many bytes a number without one counts.
    func size(_ name: String, unit: UInt64, limit: UInt64 = .max) throws(ShellError) -> UInt64? {
        declared(name)
        guard let text = arguments.values[name] else { return nil }
        do {
            return try ScaledNumber.bytes(text, unit: unit, limit: limit)
        } catch {
            throw ShellError(
                lines: ["Scaled numeric value '\(text)' for <\(name)> option is malformed or out of range"]
                    + error.lines)
        }
    }

    // MARK: Options together

    /// Refuses options together.
    func exclude(_ first: String, _ second: String) throws(ShellError) {
        if has(first) && has(second) {
            throw ShellError("Options --\(first) and --\(second) are mutually exclusive")
        }
    }

    /// Refuses the first of each pair with the second, in this order.
    func excludePairs(_ pairs: KeyValuePairs<String, String>) throws(ShellError) {
        for pair in pairs { try exclude(pair.key, pair.value) }
    }

    /// Refuses `name` without `other`.
    func require(_ other: String, by name: String) throws(ShellError) {
        if has(name) && !has(other) {
            throw ShellError("Option --\(other) is required by option --\(name)")
        }
    }

    /// The flags whose options stand in the line.
    func flags<Flags: OptionSet>(_ map: KeyValuePairs<String, Flags>) -> Flags where Flags.Element == Flags {
        var flags: Flags = []
        for pair in map where has(pair.key) { flags.formUnion(pair.value) }
        return flags
    }

    /// `--live`, `--config` and `--current`, of which the last excludes the others.
    func impact() throws(ShellError) -> DomainModificationImpact {
        try exclude("current", "live")
        try exclude("current", "config")
        return flags(["live": .live, "config": .config])
    }

    // MARK: Results

    /// Prints a line that `--quiet` leaves out, and JSON too.
    func remark(_ text: String) { output.remark(text) }

    /// Prints one value: as a line, or as a member of an object.
    func print(_ value: String, as member: String) { print(value, as: member, .string(value)) }

    func print(_ value: String, as member: String, _ json: JSON) {
        output.isJSON ? output.print(.object([JSON.Member(name: member, value: json)])) : output.print(value)
    }

    /// Prints one value whose line the end of the command ends.
    func printUnended(_ value: String, as member: String) {
        output.isJSON ? print(value, as: member) : output.printRaw(value)
    }

    func print(_ table: Table, withHeader: Bool = true) { output.print(table, withHeader: withHeader) }

    func print(_ facts: [Fact], labelWidth: Int) { output.print(facts, labelWidth: labelWidth) }

    /// Prints a document, or what `--xpath` selects in it.
    func printXML(_ xml: String) throws {
        try output.printXML(
            xml, xpath: arguments.command.option("xpath") == nil ? nil : try text("xpath"),
            wrap: arguments.flags.contains("wrap"))
    }
}
