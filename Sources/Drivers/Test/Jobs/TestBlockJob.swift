internal import Libvirt
internal import VirtConf

/// A job that moves the bytes of one disk, under a guest that runs.
struct TestBlockJob {
    /// What happens to the disk's images when everything has been moved, or when the guest is told to go over.
    enum Kind {
        /// The images up to `base` (or all) are drawn into the top.
        case pull(base: Int?)
        /// Images `base+1 … top` go down into `base`.
        case commit(base: Int, top: Int)
        /// The top itself goes down into `base`, when the guest goes over to it.
        case activeCommit(base: Int)
        /// The guest goes over to another image.
        case copy(DiskLayer, isShallow: Bool)
    }

    let kind: Kind
    /// As it was asked for, in bytes per second; 0: no limit.
    private(set) var bandwidth: UInt64
    private(set) var progress: TestProgress
    private(set) var isReady = false

    /// What is moved in a second if nobody asks for less: the driver's disk of 1 TiB takes 8 s.
    static let standardRate: UInt64 = 128 << 30

    init(_ kind: Kind, length: UInt64, bandwidth: UInt64, at now: UInt64) {
        self.kind = kind
        self.bandwidth = bandwidth
        let rate = bandwidth == 0 ? Self.standardRate : bandwidth
        progress = TestProgress(total: length, rate: rate, from: now)
    }

    var type: DomainBlockJobType {
        switch kind {
        case .pull: .pull
        case .commit: .commit
        case .activeCommit: .activeCommit
        case .copy: .copy
        }
    }

    /// Whether it waits for the guest to be told to go over, once everything has been moved.
    var staysReady: Bool {
        switch kind {
        case .pull, .commit: false
        case .activeCommit, .copy: true
        }
    }

    /// When something happens to it; nil if nothing does.
    var due: UInt64? { isReady ? nil : progress.end }

    mutating func becomeReady() { isReady = true }

    mutating func setBandwidth(_ new: UInt64, at now: UInt64) {
        bandwidth = new
        progress.setRate(new == 0 ? Self.standardRate : new, at: now)
    }

    func information(at now: UInt64, inBytes: Bool) -> DomainBlockJobInfo {
        let done = isReady ? progress.total : progress.done(at: now)
        return DomainBlockJobInfo(
            found: 1, type: type, bandwidth: inBytes ? bandwidth : (bandwidth + (1 << 20) - 1) >> 20, cur: done,
            end: progress.total)
    }

    /// The disk's images when the job has done all it was to do.
    func result(_ layers: [DiskLayer]) -> [DiskLayer] {
        switch kind {
        case .pull(let base):
            guard let first = layers.first else { return layers }
            return [first] + (base.map { Array(layers.dropFirst($0)) } ?? [])
        case .commit(let base, let top):
            return Array(layers.prefix(top)) + Array(layers.dropFirst(base))
        case .activeCommit(let base): return Array(layers.dropFirst(base))
        case .copy(let layer, let isShallow): return [layer] + (isShallow ? Array(layers.dropFirst()) : [])
        }
    }
}
