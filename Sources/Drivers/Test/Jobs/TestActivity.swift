internal import Libvirt
internal import VirtConf

/// What a domain is busy with, and what few domains have. Nearly always nothing, which then costs one word.
indirect enum TestActivity {
    struct Content {
        /// By the disk's target.
        var blockJobs: [String: TestBlockJob] = [:]
        var job: TestJob?
        /// What the job copies, if it is a backup.
        var backup: BackupDefinition?
        var migration = TestMigrationSettings()
        /// Who is at the guest's consoles and channels, by the device's alias.
        var terminals: [String: TestTerminal] = [:]
        /// Sizes of disks that were changed, in bytes, by the disk's target.
        var capacities: [String: UInt64] = [:]
        var agent = TestAgent()
        /// The last measuring of how fast the guest writes to its memory, in this run.
        var dirtyRate: TestDirtyRate?
        /// The definition in the managed save image.
        var saved: TestSavedDefinition?
        /// When the guest's own clock wakes it, in microseconds since 1970.
        var alarm: UInt64?
        /// The last job that came to an end, until somebody has asked for it.
        var completed: TestJob.Statistics?

        fileprivate var isEmpty: Bool {
            blockJobs.isEmpty && job == nil && alarm == nil && completed == nil && capacities.isEmpty
                && terminals.isEmpty
                && migration == TestMigrationSettings() && agent == TestAgent() && dirtyRate == nil
                && saved == nil
        }
        /// When something happens by itself.
        fileprivate var due: UInt64? {
            ([job?.due, alarm] + blockJobs.values.map(\.due)).compactMap { $0 }.min()
        }
    }

    case none
    case some(Content)

    init() { self = .none }

    var content: Content {
        get { if case .some(let content) = self { content } else { Content() } }
        set { self = newValue.isEmpty ? .none : .some(newValue) }
    }

    var due: UInt64? { if case .some(let content) = self { content.due } else { nil } }
    var isBusy: Bool {
        if case .some(let content) = self {
            content.due != nil || content.job != nil || !content.blockJobs.isEmpty
        } else {
            false
        }
    }
}
