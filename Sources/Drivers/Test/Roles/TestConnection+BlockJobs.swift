public import Libvirt
internal import VirtConf
internal import VirtUtil

extension TestConnection: DomainBlockJobs {
    // MARK: Beginning

    public func domainBlockPull(
        _ dom: DomainRef, path: String, bandwidth: UInt64, flags: DomainBlockPullFlags
    ) async throws {
        try check(flags, 1, "testDomainBlockPull")
        try pull(dom, path, base: nil, try Self.bandwidth(bandwidth, inBytes: flags.contains(.bandwidthBytes)))
    }

    /// Pulls down to an image, or, as it did before there was a call for that, copies.
    public func domainBlockRebase(
        _ dom: DomainRef, path: String, base: String?, bandwidth: UInt64, flags: DomainBlockRebaseFlags
    ) async throws {
        try check(flags, 0x7f, "testDomainBlockRebase")
        let rate = try Self.bandwidth(bandwidth, inBytes: flags.contains(.bandwidthBytes))
        guard flags.contains(.copy) else { return try pull(dom, path, base: base, rate) }
        var destination = DiskLayer(source: StorageSource())
        destination.source.kind = flags.contains(.copyDev) ? .block : .file
        destination.source.path = base
        if flags.contains(.copyRaw) { destination.format = .raw }
        try copy(dom, path, to: destination, rate, isShallow: flags.contains(.shallow))
    }

    private func pull(_ dom: DomainRef, _ path: String, base: String?, _ rate: UInt64) throws {
        try begin(dom, path, rate) { disk in
            let layer = try base.map { name in try conf { () throws(ConfError) in try disk.layer(name, beneath: 0) } }
            return (.pull(base: layer), nil)
        }
    }

    public func domainBlockCommit(
        _ dom: DomainRef, disk: String, base: String?, top: String?, bandwidth: UInt64, flags: DomainBlockCommitFlags
    ) async throws {
        try check(flags, 0x1f, "testDomainBlockCommit")
        let rate = try Self.bandwidth(bandwidth, inBytes: flags.contains(.bandwidthBytes))
        try begin(dom, disk, rate) { disk in
            let layers = disk.layers
            let name = disk.target.name ?? ""
            let upper = try top.map { name in try conf { () throws(ConfError) in try disk.layer(name) } } ?? 0
            guard upper + 1 < layers.count || base != nil else {
                throw VirtError(
                    .invalidArg, domain: .storage, "could not find base image in chain for '\(name)'")
            }
            let standard = flags.contains(.shallow) ? upper + 1 : layers.count - 1
            let lower =
                try base.map { name in try conf { () throws(ConfError) in try disk.layer(name, beneath: upper) } }
                ?? standard
            if upper == 0, !flags.contains(.active) {
                throw VirtError.test(.invalidArg, "commit of '\(name)' active layer requires active flag")
            }
            if upper != 0, flags.contains(.active) {
                throw VirtError.test(.invalidArg, "active commit requested but '\(top ?? "")' is not active")
            }
            if flags.contains(.shallow), lower != upper + 1 {
                throw VirtError.test(
                    .invalidArg, "base '\(base ?? "")' is not immediately below '\(top ?? "")' in chain for '\(name)'")
            }
            if upper > 0 { return (.commit(base: lower, top: upper), nil) }
            return (.activeCommit(base: lower), DiskMirror(job: .activeCommit, layer: layers[lower]))
        }
    }

    public func domainBlockCopy(
        _ dom: DomainRef, path: String, destxml: String, params: [TypedParameter], flags: DomainBlockCopyFlags
    ) async throws {
        try check(flags, 0xf, "testDomainBlockCopy")
        let isTransient = flags.contains(.transientJob)
        let values = try CheckedParameters(
            params, ["bandwidth": .ullong, "granularity": .uint, "buf-size": .ullong])
        if let granularity = values.uint("granularity"), granularity.nonzeroBitCount > 1 {
            throw VirtError.test(.invalidArg, "granularity must be power of 2")
        }
        let destination = try conf { () throws(ConfError) in try Disk.destination(xml: destxml) }
        try copy(
            dom, path, to: destination, values.ullong("bandwidth") ?? 0, isShallow: flags.contains(.shallow),
            isTransient: isTransient)
    }

    private func copy(
        _ dom: DomainRef, _ path: String, to destination: DiskLayer, _ rate: UInt64, isShallow: Bool,
        isTransient: Bool = false
    ) throws {
        // A run that is begun again would not know of the copy.
        if !isTransient, try host.read({ try $0.domain(dom).isKeptWhileActive }) {
            throw VirtError.test(.operationInvalid, "domain is not transient")
        }
        try begin(dom, path, rate) { disk in
            var layer = destination
            layer.format = layer.format ?? (isShallow ? .qcow2 : disk.driver?.format)
            return (.copy(layer, isShallow: isShallow), DiskMirror(job: .copy, layer: layer))
        }
    }

    /// Begins what `make` says about the disk, and shows where it copies to.
    private func begin(
        _ dom: DomainRef, _ path: String, _ rate: UInt64,
        _ make: (Disk) throws -> (TestBlockJob.Kind, DiskMirror?)
    ) throws {
        try host.update { state in
            let now = state.clock.now
            let domain = try state.domain(dom)
            let (index, target) = try domain.disk(path)
            let disk = domain.definition.devices.disks[index]
            let length = state.capacity(of: disk, in: domain)
            try state.modify(dom) { domain in
                guard disk.hasSource else {
                    throw VirtError.test(.operationUnsupported, "disk '\(target)' does not have a medium")
                }
                try domain.checkNoBlockJob(target)
                let (kind, mirror) = try make(disk)
                domain.activity.content.blockJobs[target] = TestBlockJob(
                    kind, length: length, bandwidth: rate, at: now)
                if let mirror { domain[.live].devices.disks[index].mirror = mirror }
            }
        }
    }

    /// In bytes per second.
    private static func bandwidth(_ value: UInt64, inBytes: Bool) throws -> UInt64 {
        if inBytes { return value }
        let largest = UInt64(Int64.max) >> 20
        guard value <= largest else {
            throw VirtError.test(.overflow, "bandwidth must be less than \(largest)")
        }
        return value << 20
    }

    // MARK: While it runs

    public func domainGetBlockJobInfo(
        _ dom: DomainRef, path: String, flags: DomainBlockJobInfoFlags
    ) async throws -> DomainBlockJobInfo {
        try check(flags, 1, "testDomainGetBlockJobInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            let target = try domain.disk(path).target
            if let job = domain.activity.content.blockJobs[target] {
                return job.information(at: state.clock.now, inBytes: flags.contains(.bandwidthBytes))
            }
            guard let job = domain.activity.content.job, domain.isBackedUp(target),
                let disk = domain.definition.disk(target).map({ domain.definition.devices.disks[$0] })
            else { return DomainBlockJobInfo(found: 0, type: .unknown, bandwidth: 0, cur: 0, end: 0) }
            let done = job.isEndless ? 0 : job.progress.done(at: state.clock.now)
            let end = state.capacity(of: disk, in: domain)
            return DomainBlockJobInfo(found: 1, type: .backup, bandwidth: 0, cur: min(done, end), end: end)
        }
    }

    public func domainBlockJobSetSpeed(
        _ dom: DomainRef, path: String, bandwidth: UInt64, flags: DomainBlockJobSetSpeedFlags
    ) async throws {
        try check(flags, 1, "testDomainBlockJobSetSpeed")
        let rate = try Self.bandwidth(bandwidth, inBytes: flags.contains(.bandwidthBytes))
        try host.update { state in
            let now = state.clock.now
            try state.modify(dom) { domain in
                let target = try domain.blockJob(path).target
                domain.activity.content.blockJobs[target]?.setBandwidth(rate, at: now)
            }
        }
    }

    public func domainBlockJobAbort(_ dom: DomainRef, path: String, flags: DomainBlockJobAbortFlags) async throws {
        try check(flags, 3, "testDomainBlockJobAbort")
        try host.update { state in
            let domain = try state.domain(dom)
            let (target, job) = try domain.blockJob(path)
            if flags.contains(.pivot), !job.isReady {
                throw VirtError.test(
                    .blockCopyActive, "block job '\(job.type)-\(target)' not ready for pivot yet")
            }
            state.end(job, of: dom, on: target, flags.contains(.pivot) ? .completed : .canceled)
        }
    }
}

extension TestDomain {
    fileprivate var isKeptWhileActive: Bool { isActive && isPersistent }

    /// The disk that a path or a target names.
    fileprivate func disk(_ path: String) throws -> (index: Int, target: String) {
        try check(.query)
        guard let index = definition.disk(path) else {
            throw VirtError.test(.invalidArg, "disk '\(path)' not found in domain")
        }
        return (index, definition.devices.disks[index].target.name ?? "")
    }

    fileprivate func blockJob(_ path: String) throws -> (target: String, job: TestBlockJob) {
        let target = try disk(path).target
        guard let job = activity.content.blockJobs[target] else {
            throw VirtError.test(.invalidArg, "disk \(target) does not have an active block job")
        }
        return (target, job)
    }

    /// Whether a backup copies the disk now.
    fileprivate func isBackedUp(_ target: String) -> Bool {
        activity.content.backup?.disks.contains { $0.name == target && $0.isBackedUp == .yes } ?? false
    }

    /// Refuses what cannot be done to a disk that a job works on.
    func checkNoBlockJob(_ target: String) throws {
        if activity.content.blockJobs[target] != nil || isBackedUp(target) {
            throw VirtError.test(.operationUnsupported, "disk '\(target)' already in active block job")
        }
    }
}
