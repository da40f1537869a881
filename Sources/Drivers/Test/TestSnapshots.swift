internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A snapshot: a definition and the state it was in. There is no memory and no disk to keep.
struct TestSnapshot {
    var name: String
    var description: String?
    var parent: String?
    /// Seconds since 1970.
    var creationTime: Int64
    var state: TestDomainState.Kind
    var definition: Definition

    var isActive: Bool { state != .shutoff }

    func xml(isSecure: Bool) -> String {
        var writer = XMLWriter()
        writer.openElement("domainsnapshot")
        func line(_ name: StaticString, _ text: String) {
            writer.openElement(name)
            writer.characters(text)
            writer.closeElement()
        }
        line("name", name)
        if let description { line("description", description) }
        line("state", state.word)
        if let parent {
            writer.openElement("parent")
            line("name", parent)
            writer.closeElement()
        }
        line("creationTime", String(creationTime))
        writer.openElement("memory")
        writer.attribute("snapshot", isActive ? "internal" : "no")
        writer.closeElement()
        if !definition.devices.disks.isEmpty {
            writer.openElement("disks")
            for disk in definition.devices.disks {
                writer.openElement("disk")
                writer.attribute("name", disk.target.name ?? "")
                writer.attribute("snapshot", disk.source.isEmpty ? "no" : disk.snapshot?.rawValue ?? "internal")
                writer.closeElement()
            }
            writer.closeElement()
        }
        var style = XMLStyle()
        style.isSecure = isSecure
        style.isInactive = true
        let inside = definition.xml(style: style).split(separator: "\n").map { "  \($0)\n" }.joined()
        writer.closeElement()
        // The domain's own lines, one level deeper, before the end tag.
        let text = writer.text
        let end = "</domainsnapshot>\n"
        return text.dropLast(end.count) + inside + end
    }
}

extension TestDomainState.Kind {
    /// What snapshots call it.
    var word: String {
        switch self {
        case .running: "running"
        case .paused: "paused"
        case .shutoff: "shutoff"
        case .crashed: "crashed"
        }
    }

    init?(word: String) {
        switch word {
        case "running": self = .running
        case "paused": self = .paused
        case "shutoff": self = .shutoff
        case "crashed": self = .crashed
        default: return nil
        }
    }
}

/// The snapshots of a domain, in their order of creation: a forest by parents' names.
struct TestSnapshots {
    private(set) var all: [TestSnapshot] = []
    /// The one that the next will have as parent.
    private(set) var current: String?

    var count: Int { all.count }
    var isEmpty: Bool { all.isEmpty }

    subscript(name: String) -> TestSnapshot? { all.first { $0.name == name } }

    func find(_ name: String) throws -> TestSnapshot {
        guard let found = self[name] else {
            throw VirtError.test(.noDomainSnapshot, "no domain snapshot with matching name '\(name)'")
        }
        return found
    }

    func hasChildren(_ name: String) -> Bool { all.contains { $0.parent == name } }

    /// All below one, parents before children.
    func descendants(_ name: String) -> [TestSnapshot] {
        var found: [TestSnapshot] = []
        var open: Set = [name]
        // Parents stand before their children, unless records were put back in another order.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for snapshot in all where !open.contains(snapshot.name) && snapshot.parent.map(open.contains) ?? false {
                open.insert(snapshot.name)
                found.append(snapshot)
                isGrowing = true
            }
        }
        return found
    }

    mutating func add(_ snapshot: TestSnapshot, makeCurrent: Bool) {
        if let index = all.firstIndex(where: { $0.name == snapshot.name }) {
            all[index] = snapshot
        } else {
            all.append(snapshot)
        }
        if makeCurrent { current = snapshot.name }
    }

    mutating func setCurrent(_ name: String) { current = name }

    /// Removes one; its children go to its parent.
    mutating func remove(_ snapshot: TestSnapshot) {
        for index in all.indices where all[index].parent == snapshot.name { all[index].parent = snapshot.parent }
        all.removeAll { $0.name == snapshot.name }
        if current == snapshot.name { current = snapshot.parent }
    }

    /// Removes all below one, and itself if `including`.
    mutating func removeTree(_ snapshot: TestSnapshot, including: Bool) {
        var names = Set(descendants(snapshot.name).map(\.name))
        if including { names.insert(snapshot.name) }
        all.removeAll { names.contains($0.name) }
        if let current, names.contains(current) { self.current = including ? snapshot.parent : snapshot.name }
    }
}
