internal import Libvirt
internal import VirtConf

/// What happens by itself, once its time has come.
extension TestHostState {
    /// Lets happen what is due: one thing after the other, in the order of time.
    mutating func catchUp() {
        guard !busyDomains.isEmpty || !alarms.isEmpty else { return }
        let now = clock.now
        while true {
            let (end, alarm) = (nextEnd, nextAlarm)
            if let alarm, alarm.due <= min(now, end?.due ?? .max) {
                alarms[alarm.number] = nil
                self.end(alarm.number, .success(()))
            } else if let end, end.due <= now {
                finish(end.uuid, at: end.due)
            } else {
                return
            }
        }
    }

    /// When something happens next; nil if nothing does.
    var nextDue: UInt64? {
        if busyDomains.isEmpty, alarms.isEmpty { return nil }
        return [nextEnd?.due, nextAlarm?.due].compactMap { $0 }.min()
    }

    private var nextAlarm: (number: UInt64, due: UInt64)? {
        alarms.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// Sets an alarm so many microseconds from now; nil: it never rings.
    mutating func setAlarm(after delay: UInt64?) -> UInt64 {
        lastJob += 1
        if let delay {
            let (due, overflow) = clock.now.addingReportingOverflow(delay)
            if !overflow { alarms[lastJob] = due }
        }
        return lastJob
    }

    private var nextEnd: (uuid: UUID, due: UInt64)? {
        var next: (uuid: UUID, due: UInt64)?
        for uuid in busyDomains {
            guard let domain = domains[uuid], let due = domain.activity.due else { continue }
            // Of two at the same time, the older domain's.
            if let other = next, (other.due, domains[other.uuid]?.sequence ?? 0) < (due, domain.sequence) { continue }
            next = (uuid, due)
        }
        return next
    }

    private mutating func finish(_ uuid: UUID, at due: UInt64) {
        guard let domain = domains[uuid] else { return }
        let content = domain.activity.content
        if let job = content.job, (job.due ?? .max) <= due { return finish(job, of: domain.reference) }
        for (target, job) in content.blockJobs.sorted(by: { $0.key < $1.key }) where (job.due ?? .max) <= due {
            return finish(job, of: domain.reference, on: target)
        }
        if let alarm = content.alarm, alarm <= due { ringAlarm(of: domain.reference) }
    }

    // MARK: The job of a domain

    /// Begins a domain's job.
    ///
    /// - Parameters:
    ///   - total: What it has to move, in bytes.
    ///   - rate: In bytes per second; 0: in no time.
    /// - Returns: Its number, to wait for its end with.
    /// - Throws: `.operationTimeout` if the domain has a job already.
    mutating func begin(
        _ operation: TestJob.Operation, of reference: DomainRef, total: UInt64, rate: UInt64, isEndless: Bool = false,
        finish: @escaping @Sendable (inout TestHostState) throws -> Void
    ) throws -> UInt64 {
        lastJob += 1
        let (number, now) = (lastJob, clock.now)
        try modify(reference) { domain in
            if let holder = domain.activity.content.job {
                throw VirtError(
                    .operationTimeout, domain: .test, "cannot acquire state change lock (held by \(holder.name))")
            }
            domain.activity.content.job = TestJob(
                operation: operation, number: number, progress: TestProgress(total: total, rate: rate, from: now),
                isEndless: isEndless, finish: finish)
        }
        return number
    }

    /// Begins a job that moves the memory of a guest, at the host's rate unless another is given.
    mutating func moveMemory(
        of domain: TestDomain, _ operation: TestJob.Operation, rate: UInt64? = nil,
        finish: @escaping @Sendable (inout TestHostState) throws -> Void
    ) throws -> UInt64 {
        let total = domain.definition.currentMemoryKiB.multipliedReportingOverflow(by: 1024)
        return try begin(
            operation, of: domain.reference, total: total.overflow ? .max : total.partialValue,
            rate: rate ?? memoryRate,
            finish: finish)
    }

    private mutating func finish(_ job: TestJob, of reference: DomainRef) {
        let statistics = job.statistics(at: job.progress.end, as: .completed)
        // It is over before what it leads to is done: that may be the end of the run, or of the domain.
        let backup = try? modify(reference) { domain in
            domain.activity.content.job = nil
            defer { domain.activity.content.backup = nil }
            return domain.activity.content.backup
        }
        if let backup { report(backup, of: reference, .completed) }
        do {
            try job.finish(&self)
            try? modify(reference) { $0.activity.content.completed = statistics }
            end(job.number, .success(()))
            if job.operation == .backup { report(statistics, of: reference) }
        } catch {
            end(job.number, .failure(error))
        }
    }

    /// Ends a domain's job before its time.
    mutating func cancelJob(of reference: DomainRef) throws {
        let now = clock.now
        let (job, backup) = try modify(reference) { domain -> (TestJob, BackupDefinition?) in
            guard let job = domain.activity.content.job else {
                throw VirtError.test(.operationInvalid, "no job is active on the domain")
            }
            domain.activity.content.job = nil
            // A backup that is fetched has done its work when it is ended.
            domain.activity.content.completed = job.statistics(at: now, as: job.cancelledType)
            defer { domain.activity.content.backup = nil }
            return (job, domain.activity.content.backup)
        }
        if let backup { report(backup, of: reference, .canceled) }
        end(job.number, .failure(VirtError.test(.operationAborted, "\(job.name): canceled by client")))
        if job.operation == .backup { report(job.statistics(at: now, as: job.cancelledType), of: reference) }
    }

    /// Says that the copying of each disk is over.
    private mutating func report(_ backup: BackupDefinition, of reference: DomainRef, _ status: DomainBlockJobStatus) {
        guard let domain = domains[reference.uuid] else { return }
        for disk in backup.disks where disk.isBackedUp == .yes {
            let path = domain.definition.devices.disks.first { $0.target.name == disk.name }?.source.path ?? ""
            events.append(.domain(.blockJob(reference, path: path, type: .backup, status: status)))
            events.append(.domain(.blockJob2(reference, dst: disk.name, type: .backup, status: status)))
        }
    }

    /// Says how a job ended, to everyone who listens.
    mutating func report(_ statistics: TestJob.Statistics, of reference: DomainRef) {
        events.append(.domain(.jobCompleted(reference, params: statistics.parameters)))
    }

    // MARK: Who waits

    private mutating func end(_ job: UInt64, _ result: Result<Void, any Error>) {
        guard let waiter = waiters.removeValue(forKey: job) else { return }
        ended.append(TestOutcome(waiter: waiter, result: result))
    }

    /// A run is over, and with it whatever was going on in it.
    mutating func dropJob(_ job: TestJob) {
        end(job.number, .failure(VirtError.test(.operationFailed, "\(job.name): domain is not running")))
    }

    // MARK: Block jobs

    private mutating func finish(_ job: TestBlockJob, of reference: DomainRef, on target: String) {
        if job.staysReady {
            let path = try? modify(reference) { domain -> String in
                domain.activity.content.blockJobs[target]?.becomeReady()
                return domain.changeDisk(target) { $0.mirror?.isReady = true }
            }
            report(job, of: reference, on: target, path: path ?? "", .ready)
        } else {
            end(job, of: reference, on: target, .completed)
        }
    }

    /// Ends a disk's job; if it is completed, the disk gets the images that it leads to.
    mutating func end(
        _ job: TestBlockJob, of reference: DomainRef, on target: String, _ status: DomainBlockJobStatus
    ) {
        let path = try? modify(reference) { domain -> String in
            domain.activity.content.blockJobs[target] = nil
            return domain.changeDisk(target) { disk in
                disk.mirror = nil
                if status == .completed { disk.layers = job.result(disk.layers) }
            }
        }
        report(job, of: reference, on: target, path: path ?? "", status)
    }

    private mutating func report(
        _ job: TestBlockJob, of reference: DomainRef, on target: String, path: String, _ status: DomainBlockJobStatus
    ) {
        events.append(.domain(.blockJob(reference, path: path, type: job.type, status: status)))
        events.append(.domain(.blockJob2(reference, dst: target, type: job.type, status: status)))
    }
}

extension TestDomain {
    /// Changes a disk of the run, and of the definition that is kept if that has the same images.
    ///
    /// - Returns: The path of the disk's source afterwards.
    fileprivate mutating func changeDisk(_ target: String, _ change: (inout Disk) -> Void) -> String {
        var path = ""
        let old = definition.devices.disks.first { $0.target.name == target }?.source.path
        for which in isPersistent ? [Target.config, .live] : [.live] {
            guard let index = self[which].devices.disks.firstIndex(where: { $0.target.name == target }) else {
                continue
            }
            if which == .config, self[which].devices.disks[index].source.path != old { continue }
            change(&self[which].devices.disks[index])
            if which == .live { path = self[which].devices.disks[index].source.path ?? "" }
        }
        return path
    }
}

/// Somebody who is to be told how a job ended.
struct TestOutcome {
    let waiter: CheckedContinuation<Void, any Error>
    let result: Result<Void, any Error>

    func tell() { waiter.resume(with: result) }
}
