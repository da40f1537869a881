/// Constants, enumerators and the numbers of programs, versions and procedures, and what they evaluate to.
struct ConstantTable {
    private enum Definition {
        case expression(Expression)
        /// One more than the enumerator at that index.
        case successor(Int)
    }

    private struct Entry {
        var name: Name
        var definition: Definition
        var isMacro = false
        var range: ClosedRange<Int128>
        var state = State.untouched
    }

    private enum State {
        case untouched, entered
        case known(Int128)
        /// Something is wrong, and it has been said.
        case failed
    }

    private let session: Session
    private var entries: [Entry] = []
    private var index: [String: Int] = [:]
    /// Numbers that have a name; nil for a name that stands for several.
    private var numbers: [String: Int?] = [:]

    private static let constantRange = Int128(Int64.min)...Int128(Int64.max)
    private static let enumeratorRange = Int128(Int32.min)...Int128(Int32.max)

    /// RFC 4506's two values of `bool`, and limits that the RPC library's headers define; a file may define its own.
    private static let library: [String: Int128] = [
        "TRUE": 1, "FALSE": 0, "MAXNETNAMELEN": 255, "MAX_NETOBJ_SZ": 1024, "MAX_AUTH_BYTES": 400,
    ]

    init(_ session: Session) {
        self.session = session
    }

    // MARK: Definitions

    mutating func add(_ constant: ConstantSyntax) {
        _ = add(
            Entry(
                name: constant.name, definition: .expression(constant.value), isMacro: constant.isMacro,
                range: Self.constantRange))
    }

    mutating func add(_ enumeration: EnumerationSyntax) {
        var previous: Int?
        for enumerator in enumeration.enumerators {
            let definition: Definition
            if let value = enumerator.value {
                definition = .expression(value)
            } else if let previous {
                definition = .successor(previous)
            } else {
                definition = .expression(Expression(steps: [.number(0)], offsets: [0]))
            }
            previous = add(Entry(name: enumerator.name, definition: definition, range: Self.enumeratorRange))
        }
    }

    private mutating func add(_ entry: Entry) -> Int {
        if let earlier = index[entry.name.text] {
            session.error(
                entry.name.position, "constant '\(entry.name.text)' is defined twice",
                notes: [(entries[earlier].name.position, "first defined here")])
        } else {
            index[entry.name.text] = entries.count
        }
        entries.append(entry)
        return entries.count - 1
    }

    mutating func addNumber(_ name: Name, _ value: Expression) {
        if let known = numbers[name.text] {
            if let known, case .expression(value) = entries[known].definition { return }
            numbers[name.text] = .some(nil)
        } else {
            numbers[name.text] = entries.count
            entries.append(Entry(name: name, definition: .expression(value), range: Expression.range))
        }
    }

    func checkClash(with type: Name) {
        guard let earlier = index[type.text], !entries[earlier].isMacro else { return }
        session.error(
            type.position, "'\(type.text)' is both a type and a constant",
            notes: [(entries[earlier].name.position, "the constant is defined here")])
    }

    // MARK: Values

    /// Of constants, enumerators and macros that are constants.
    var visibleValues: [String: Int64] {
        index.compactMapValues { if case .known(let value) = entries[$0].state { Int64(exactly: value) } else { nil } }
    }

    /// Nil for a macro without a value, and for a second definition of the name.
    func visibleValue(_ name: String, at position: Position) -> Int64? {
        guard let index = index[name], entries[index].name.position == position,
            case .known(let value) = entries[index].state
        else { return nil }
        return Int64(exactly: value)
    }

    func isEnumerator(_ name: String) -> Bool {
        index[name].map { entries[$0].range == Self.enumeratorRange } ?? false
    }

    /// Evaluates an expression outside of the table; reports and returns nil if it has no value.
    ///
    /// - Parameter what: What the value is, for the message if it is not within `range`.
    func value(
        _ expression: Expression, source: Int32, range: ClosedRange<Int128>, what: String
    ) -> Int128? {
        let position = Position(source: source, offset: expression.offset)
        guard let value = rawValue(expression, source: source, isSilent: false) else { return nil }
        guard range.contains(value) else {
            session.error(
                position, "\(what) is \(value), which is not within \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return value
    }

    private func lookup(_ name: String) -> Int? {
        if let index = index[name] { return index }
        return numbers[name] ?? nil
    }

    private func rawValue(_ expression: Expression, source: Int32, isSilent: Bool) -> Int128? {
        var isPoisoned = false
        do {
            let value = try expression.evaluate { name in
                guard let index = lookup(name) else { return Self.library[name] ?? session.foreignConstant(name) }
                switch entries[index].state {
                case .known(let value): return value
                case .failed where entries[index].isMacro: return nil
                case .failed:
                    isPoisoned = true
                    return 1
                case .untouched, .entered: return nil
                }
            }
            return isPoisoned ? nil : value
        } catch {
            if !isSilent, !isPoisoned {
                session.error(Position(source: source, offset: error.offset), error.message)
            }
            return nil
        }
    }

    mutating func evaluateAll() {
        for index in entries.indices { evaluate(index) }
    }

    /// Depth first over what the entry needs, with a stack of our own.
    private mutating func evaluate(_ start: Int) {
        var stack = [start]
        while let top = stack.last {
            switch entries[top].state {
            case .known, .failed:
                stack.removeLast()
            case .entered:
                stack.removeLast()
                finish(top)
            case .untouched:
                entries[top].state = .entered
                for needed in needs(of: top) {
                    switch entries[needed].state {
                    case .untouched: stack.append(needed)
                    case .entered:
                        reportCycle(needed)
                    case .known, .failed: break
                    }
                }
            }
        }
    }

    private func needs(of index: Int) -> [Int] {
        switch entries[index].definition {
        case .successor(let previous): [previous]
        case .expression(let expression): expression.names.compactMap { lookup($0.name) }
        }
    }

    private mutating func reportCycle(_ index: Int) {
        if !entries[index].isMacro {
            session.error(entries[index].name.position, "the value of '\(entries[index].name.text)' depends on itself")
        }
        entries[index].state = .failed
    }

    private mutating func finish(_ index: Int) {
        let entry = entries[index]
        let value: Int128?
        switch entry.definition {
        case .successor(let previous):
            if case .known(let before) = entries[previous].state { value = before + 1 } else { value = nil }
        case .expression(let expression):
            value = rawValue(expression, source: entry.name.position.source, isSilent: entry.isMacro)
        }
        guard let value else {
            entries[index].state = .failed
            return
        }
        guard entry.range.contains(value) else {
            if !entry.isMacro {
                let bits = entry.range == Self.enumeratorRange ? 32 : 64
                session.error(
                    entry.name.position, "the value of '\(entry.name.text)' is \(value), which does not fit \(bits) bits")
            }
            entries[index].state = .failed
            return
        }
        entries[index].state = .known(value)
    }
}
