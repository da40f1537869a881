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
    /// It ends only when it is told to: somebody fetches what it offers.
    let isEndless: Bool
    /// What is done when all of it has been moved; throws what the job then fails with.
    let finish: @Sendable (inout TestHostState) throws -> Void

    /// How it is told of while it runs: a guest goes on writing to the disks that are copied.
    var runningType: DomainJobType { operation == .backup ? .unbounded : .bounded }
    /// How it is told of when it is aborted: one that somebody fetched from has done its work.
    var cancelledType: DomainJobType { isEndless ? .completed : .cancelled }

    /// When it ends by itself; nil if it does not.
    var due: UInt64? { isEndless ? nil : progress.end }

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
        /// What is fetched from it is not moved by it.
        var isEndless: Bool
    }

    func statistics(at now: UInt64, as type: DomainJobType) -> Statistics {
        let (end, done) = (isEndless ? now : progress.end, isEndless ? 0 : progress.done(at: now))
        return Statistics(
            type: type, operation: operation, elapsed: now > progress.start ? (now - progress.start) / 1000 : 0,
            remaining: end > now ? (end - now) / 1000 : 0, done: done, total: progress.total, rate: progress.rate, isEndless: isEndless)
    }
}

extension TestJob.Statistics {
    private var isOfDisks: Bool { operation == .backup }

    /// What is known of a backup.
    private var disks: [TypedParameter] {
        func number(_ name: String, _ value: UInt64) -> TypedParameter { TypedParameter(name, .ullong(value)) }
        var list = [TypedParameter("operation", .int(operation.rawValue)), number("time_elapsed", elapsed)]
        list +=
            isEndless
            ? [number("disk_temp_used", 0), number("disk_temp_total", total)]
            : [number("disk_total", total), number("disk_processed", done), number("disk_remaining", total - done)]
        guard type != .bounded, type != .unbounded else { return list }
        // Also of one that was aborted, as libvirt says it.
        list.append(TypedParameter("success", .boolean(1)))
        if type == .cancelled || isEndless { list.append(TypedParameter("errmsg", .string("Operation canceled"))) }
        return list
    }

    /// As `virDomainGetJobInfo` has it; of memory or of files.
    var information: DomainJobInfo {
        let total = isEndless ? 0 : total
        let left = total - done
        return DomainJobInfo(
            type: type, timeElapsed: elapsed, timeRemaining: isOfDisks ? 0 : remaining, dataTotal: total,
            dataProcessed: done, dataRemaining: left, memTotal: isOfDisks ? 0 : total,
            memProcessed: isOfDisks ? 0 : done, memRemaining: isOfDisks ? 0 : left, fileTotal: isOfDisks ? total : 0,
            fileProcessed: isOfDisks ? done : 0, fileRemaining: isOfDisks ? left : 0)
    }

    /// As `virDomainGetJobStats` and the event of the end have it, in libvirt's order.
    var parameters: [TypedParameter] {
        if isOfDisks { return disks }
        var list = [TypedParameter("operation", .int(operation.rawValue)), TypedParameter("time_elapsed", .ullong(elapsed))]
        func add(_ name: String, _ value: UInt64) { list.append(TypedParameter(name, .ullong(value))) }
        if type == .unbounded || type == .bounded { add("time_remaining", remaining) }
        if !isOfDisks, type == .completed { add("downtime", 0) }
        add("data_total", total)
        add("data_processed", done)
        add("data_remaining", total - done)
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
