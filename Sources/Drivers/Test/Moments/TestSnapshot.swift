internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// A snapshot: a definition and the state it was in. There is no memory and no disk to keep.
struct TestSnapshot: TestMoment {
    var name: String
    var description: String?
    var parent: String?
    /// Seconds since 1970.
    var creationTime: Int64
    var state: TestDomainState.Kind
    var definition: Definition

    var isActive: Bool { state != .shutoff }

    static func missing(_ name: String) -> VirtError {
        .test(.noDomainSnapshot, "no domain snapshot with matching name '\(name)'")
    }

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

typealias TestSnapshots = TestMoments<TestSnapshot>
