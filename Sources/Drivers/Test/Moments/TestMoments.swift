internal import Libvirt

/// What snapshots and checkpoints have in common: a name, and one that came before.
protocol TestMoment: Sendable {
    var name: String { get }
    var parent: String? { get set }
    /// When there is none of a name.
    static func missing(_ name: String) -> VirtError
}

/// The snapshots or the checkpoints of a domain, in their order of creation: a forest by parents' names.
struct TestMoments<Moment: TestMoment>: Sendable {
    private(set) var all: [Moment] = []
    /// The one that the next will have as parent.
    private(set) var current: String?

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }

    subscript(name: String) -> Moment? { all.first { $0.name == name } }

    func find(_ name: String) throws -> Moment {
        guard let found = self[name] else { throw Moment.missing(name) }
        return found
    }

    func hasChildren(_ name: String) -> Bool { all.contains { $0.parent == name } }

    /// All below one, parents before children.
    func descendants(_ name: String) -> [Moment] {
        var found: [Moment] = []
        var open: Set = [name]
        // Parents stand before their children, unless records were put back in another order.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for moment in all where !open.contains(moment.name) && moment.parent.map(open.contains) ?? false {
                open.insert(moment.name)
                found.append(moment)
                isGrowing = true
            }
        }
        return found
    }

    /// Refuses the record of an older one whose parent is not there, or comes after it.
    func checkParent(of moment: Moment) throws {
        guard let parent = moment.parent else { return }
        if parent == moment.name {
            throw VirtError.domain(.invalidArg, "cannot set moment \(parent) as its own parent")
        }
        var next = self[parent]
        if next == nil { throw VirtError.domain(.invalidArg, "parent \(parent) for moment \(moment.name) not found") }
        while let current = next {
            if current.name == moment.name {
                throw VirtError.domain(.invalidArg, "parent \(parent) would create cycle to \(moment.name)")
            }
            next = current.parent.flatMap { self[$0] }
        }
    }

    mutating func add(_ moment: Moment, makeCurrent: Bool) {
        if let index = all.firstIndex(where: { $0.name == moment.name }) {
            all[index] = moment
        } else {
            all.append(moment)
        }
        if makeCurrent { current = moment.name }
    }

    mutating func setCurrent(_ name: String) { current = name }

    /// Removes one; its children go to its parent.
    mutating func remove(_ moment: Moment) {
        for index in all.indices where all[index].parent == moment.name { all[index].parent = moment.parent }
        all.removeAll { $0.name == moment.name }
        if current == moment.name { current = moment.parent }
    }

    /// Removes all below one, and itself if `including`.
    mutating func removeTree(_ moment: Moment, including: Bool) {
        var names = Set(descendants(moment.name).map(\.name))
        if including { names.insert(moment.name) }
        all.removeAll { names.contains($0.name) }
        if let current, names.contains(current) { self.current = including ? moment.parent : moment.name }
    }
}
