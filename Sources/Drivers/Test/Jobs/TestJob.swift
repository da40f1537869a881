internal import Libvirt

/// The one job of a domain that moves its memory, or for a backup its disks.
struct TestJob {
    /// Numbers of `virDomainJobOperation`.
    enum Operation: Int32 {
        case save = 2
        case migrationOut = 5
        case dump = 8
        case backup = 9
    }

    let operation: Operation
    /// Tells it from later jobs, of whatever domain.
    let number: UInt64
    var progress: TestProgress
    /// What is done when all of it has been moved; throws what the job then fails with.
    let finish: @Sendable (inout TestHostState) throws -> Void

    /// What libvirt calls it in messages.
    var name: String {
        switch operation {
        case .save: "domain save job"
        case .migrationOut: "migration out job"
        case .dump: "domain core dump job"
        case .backup: "backup job"
        }
    }

    /// What there is to say of it at a time.
    struct Statistics {
        var type: DomainJobType
        var operation: Operation
        var elapsed: UInt64
        var remaining: UInt64
        var done: UInt64
        var total: UInt64
        var rate: UInt64
    }

    func statistics(at now: UInt64, as type: DomainJobType) -> Statistics {
        let (end, done) = (progress.end, progress.done(at: now))
        return Statistics(
            type: type, operation: operation, elapsed: now > progress.start ? (now - progress.start) / 1000 : 0,
            remaining: end > now ? (end - now) / 1000 : 0, done: done, total: progress.total, rate: progress.rate)
    }
}

extension TestJob.Statistics {
    private var isOfDisks: Bool { operation == .backup }

    /// As `virDomainGetJobInfo` has it; of memory or of files.
    var information: DomainJobInfo {
        let left = total - done
        return DomainJobInfo(
            type: type, timeElapsed: elapsed, timeRemaining: remaining, dataTotal: total, dataProcessed: done,
            dataRemaining: left, memTotal: isOfDisks ? 0 : total, memProcessed: isOfDisks ? 0 : done,
            memRemaining: isOfDisks ? 0 : left, fileTotal: isOfDisks ? total : 0, fileProcessed: isOfDisks ? done : 0,
            fileRemaining: isOfDisks ? left : 0)
    }

    /// As `virDomainGetJobStats` and the event of the end have it, in libvirt's order.
    var parameters: [TypedParameter] {
        var list = [TypedParameter("operation", .int(operation.rawValue)), TypedParameter("time_elapsed", .ullong(elapsed))]
        func add(_ name: String, _ value: UInt64) { list.append(TypedParameter(name, .ullong(value))) }
        if type == .unbounded || type == .bounded { add("time_remaining", remaining) }
        if !isOfDisks, type == .completed { add("downtime", 0) }
        add("data_total", total)
        add("data_processed", done)
        add("data_remaining", total - done)
        if isOfDisks {
            add("disk_total", total)
            add("disk_processed", done)
            add("disk_remaining", total - done)
            list.append(TypedParameter("success", .boolean(type == .completed ? 1 : 0)))
            return list
        }
        add("memory_total", total)
        add("memory_processed", done)
        add("memory_remaining", total - done)
        add("memory_bps", rate)
        add("memory_constant", 0)
        add("memory_normal", done / 4096)
        add("memory_normal_bytes", done)
        add("memory_dirty_rate", 0)
        add("memory_iteration", 1)
        add("memory_page_size", 4096)
        return list
    }
}
