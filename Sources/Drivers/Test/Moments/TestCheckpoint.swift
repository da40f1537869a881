internal import Libvirt
internal import VirtConf

/// A checkpoint: its definition, and the domain as it was then.
struct TestCheckpoint: TestMoment {
    var definition: CheckpointDefinition
    var domain: Definition

    var name: String { definition.name }
    var parent: String? {
        get { definition.parent }
        set { definition.parent = newValue }
    }

    static func missing(_ name: String) -> VirtError {
        .test(.noDomainCheckpoint, "no domain checkpoint with matching name '\(name)'")
    }
}

typealias TestCheckpoints = TestMoments<TestCheckpoint>
