extension Checker {
    static let maximumAliasDepth = 64
    /// No message of any RPC protocol comes near; sums of sizes stay far from overflow.
    private static let maximumMinimalSize: Int64 = 1 << 31

    /// One type and the types it names.
    private struct Node {
        /// Part of each value: fields, arms, fixed arrays.
        var direct: [Int] = []
        /// These, and what is behind pointers and in variable arrays.
        var all: [Int] = []
    }

    /// Refuses types without an end and types larger than any message; returns the names of recursive ones.
    func checkContainment(order: [String]) -> Set<String> {
        var indices: [String: Int] = [:]
        for name in order where indices[name] == nil { indices[name] = indices.count }
        let names = indices.sorted { $0.value < $1.value }.map(\.key)
        var nodes = Array(repeating: Node(), count: names.count)
        for (index, name) in names.enumerated() {
            guard let definition = definitions[name] else { continue }
            for type in definition.references {
                type.visitNames { name, isDirect in
                    guard let target = indices[name] else { return }
                    nodes[index].all.append(target)
                    if isDirect { nodes[index].direct.append(target) }
                }
            }
        }
        checkDirect(names, nodes)
        checkAliases(names, nodes)
        return Set(Self.recursive(nodes.map(\.all)).map { names[$0] })
    }

    private func position(_ name: String) -> Position? {
        entryByName[name].map { entries[$0].name.position }
    }

    // MARK: Direct containment

    private func checkDirect(_ names: [String], _ nodes: [Node]) {
        var sizes: [String: Int64] = [:]
        Self.walk(nodes.map(\.direct)) { index in
            let size = minimalSize(names[index], sizes)
            sizes[names[index]] = size
            if size >= Self.maximumMinimalSize, let position = position(names[index]) {
                // Said once, not again of everything that holds it.
                sizes[names[index]] = 4
                session.error(position, "a value of '\(names[index])' takes more than 2 GiB")
            }
        } cycle: { index in
            guard let position = position(names[index]) else { return }
            session.error(position, "'\(names[index])' contains itself without '*' or '<>' in between")
        }
    }

    /// Bytes of the smallest value, or the bound above if that is less.
    private func minimalSize(_ name: String, _ sizes: [String: Int64]) -> Int64 {
        func size(_ type: TypeReference) -> Int64 {
            switch type {
            case .primitive(.hyper), .primitive(.unsignedHyper), .primitive(.double): 8
            case .opaque(.fixed(let count)): (Int64(count) + 3) & ~3
            case .array(let element, .fixed(let count)):
                min(size(element).multipliedSaturating(by: Int64(count)), Self.maximumMinimalSize)
            case .named(let name): sizes[name] ?? 4
            default: 4
            }
        }
        switch definitions[name] {
        case .structure(let structure):
            return structure.fields.reduce(0) { min($0 + size($1.type), Self.maximumMinimalSize) }
        case .alias(let alias):
            return size(alias.type)
        default:
            return 4
        }
    }

    // MARK: Typedefs

    /// A chain of typedefs must end, and soon, for others follow it by recursion.
    private func checkAliases(_ names: [String], _ nodes: [Node]) {
        let edges = names.indices.map { index -> [Int] in
            guard case .alias? = definitions[names[index]] else { return [] }
            return nodes[index].all
        }
        var depths = Array(repeating: 0, count: names.count)
        Self.walk(edges) { index in
            depths[index] = 1 + (edges[index].map { depths[$0] }.max() ?? 0)
            if depths[index] == Self.maximumAliasDepth + 1, let position = position(names[index]) {
                session.error(position, "more than \(Self.maximumAliasDepth) typedefs follow each other")
            }
        } cycle: { index in
            guard let position = position(names[index]) else { return }
            session.error(position, "typedef '\(names[index])' leads back to itself")
        }
    }

    // MARK: Graphs

    /// Depth first: `leave` after everything that a node leads to; `cycle` for a node that leads back to itself.
    private static func walk(_ edges: [[Int]], leave: (Int) -> Void, cycle: (Int) -> Void) {
        enum State { case untouched, entered, left }
        var states = Array(repeating: State.untouched, count: edges.count)
        for start in edges.indices where states[start] == .untouched {
            var stack = [(node: start, next: 0)]
            states[start] = .entered
            while let (node, next) = stack.last {
                guard next < edges[node].count else {
                    stack.removeLast()
                    states[node] = .left
                    leave(node)
                    continue
                }
                stack[stack.count - 1].next += 1
                let target = edges[node][next]
                switch states[target] {
                case .untouched:
                    states[target] = .entered
                    stack.append((target, 0))
                case .entered: cycle(target)
                case .left: break
                }
            }
        }
    }

    /// Nodes on a cycle: Tarjan's strongly connected components, without recursion.
    private static func recursive(_ edges: [[Int]]) -> [Int] {
        var result: [Int] = []
        var numbers = Array(repeating: 0, count: edges.count)
        var lowest = numbers
        var isOpen = Array(repeating: false, count: edges.count)
        var open: [Int] = []
        var counter = 0
        for start in edges.indices where numbers[start] == 0 {
            var stack = [(node: start, next: 0)]
            while let (node, next) = stack.last {
                if next == 0 {
                    counter += 1
                    numbers[node] = counter
                    lowest[node] = counter
                    open.append(node)
                    isOpen[node] = true
                }
                if next < edges[node].count {
                    stack[stack.count - 1].next += 1
                    let target = edges[node][next]
                    if numbers[target] == 0 {
                        stack.append((target, 0))
                    } else if isOpen[target] {
                        lowest[node] = min(lowest[node], numbers[target])
                    }
                    continue
                }
                stack.removeLast()
                if let parent = stack.last?.node { lowest[parent] = min(lowest[parent], lowest[node]) }
                guard lowest[node] == numbers[node] else { continue }
                var component: [Int] = []
                repeat {
                    component.append(open.removeLast())
                    isOpen[component[component.count - 1]] = false
                } while component.last != node
                if component.count > 1 || edges[node].contains(node) { result += component }
            }
        }
        return result
    }
}

extension Int64 {
    fileprivate func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

extension TypeDefinition {
    /// The types that it is made of.
    var references: [TypeReference] {
        switch self {
        case .enumeration: []
        case .structure(let type): type.fields.map(\.type)
        case .union(let type):
            [type.discriminant.type] + type.arms.compactMap(\.field?.type)
                + (type.defaultArm?.field.map { [$0.type] } ?? [])
        case .alias(let type): [type.type]
        }
    }
}

extension TypeReference {
    /// Calls `body` with each name, and whether each value holds one of that type.
    func visitNames(isDirect: Bool = true, _ body: (String, Bool) -> Void) {
        switch self {
        case .primitive, .string, .opaque: break
        case .array(let element, .fixed): element.visitNames(isDirect: isDirect, body)
        case .array(let element, .variable), .optional(let element): element.visitNames(isDirect: false, body)
        case .named(let name): body(name, isDirect)
        }
    }
}
