internal import Libvirt
internal import VirtConf

/// A snapshot: its definition, and the domain as it was then. There is no memory and no disk to keep.
struct TestSnapshot: TestMoment {
    var definition: SnapshotDefinition
    var domain: Definition

    var name: String { definition.name }
    var parent: String? {
        get { definition.parent }
        set { definition.parent = newValue }
    }
    var isActive: Bool { definition.state != .shutoff }

    static func missing(_ name: String) -> VirtError {
        .test(.noDomainSnapshot, "no domain snapshot with matching name '\(name)'")
    }
}

extension TestDomainState.Kind {
    /// What snapshots call it.
    var ofSnapshot: SnapshotDefinition.State {
        switch self {
        case .running: .running
        case .paused: .paused
        case .shutoff: .shutoff
        case .crashed: .crashed
        case .asleep: .pmsuspended
        }
    }
}

typealias TestSnapshots = TestMoments<TestSnapshot>
