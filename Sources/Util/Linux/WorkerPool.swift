internal import DequeModule
#if canImport(Glibc)
    internal import CVirtLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A bounded set of threads on which calls run that may block.
///
/// Threads are made when there is work for them, up to the maximum. One that has nothing to do for ten seconds ends, while
/// there are more than the minimum.
package final class WorkerPool: TaskExecutor, @unchecked Sendable {
    package struct Statistics: Sendable, Equatable {
        package var minimum: Int
        package var maximum: Int
        package var threads: Int
        /// Threads without work.
        package var idle: Int
        /// Calls that no thread has taken up yet.
        package var queued: Int
    }

    // SAFETY: everything that changes is touched only while `lock` is held; the pthread objects stay at one place from
    // `init` on and are never freed, since threads may wait on them at any time.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs = Deque<UnownedJob>()
    private var idle = 0
    private var threads = 0
    private var minimum: Int
    private var maximum: Int

    private static let idleSeconds = 10

    package init(minimum: Int = 0, maximum: Int) {
        self.maximum = max(1, maximum)
        self.minimum = min(max(0, minimum), self.maximum)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(hasWork, nil)
    }

    /// Changes the bounds; threads beyond the maximum end when they have done what they do.
    package func setThreads(minimum: Int, maximum: Int) {
        withLock {
            self.maximum = max(1, maximum)
            self.minimum = min(max(0, minimum), self.maximum)
            pthread_cond_broadcast(hasWork)
        }
    }

    package var statistics: Statistics {
        withLock {
            Statistics(
                minimum: minimum, maximum: maximum, threads: threads, idle: idle, queued: jobs.count)
        }
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let needsThread = withLock {
            jobs.append(job)
            let needsThread = idle < jobs.count && threads < maximum
            if needsThread { threads += 1 }
            pthread_cond_signal(hasWork)
            return needsThread
        }
        if needsThread { startThread() }
    }

    private func startThread() {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let argument = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&thread, &attributes, { argument in
            #if canImport(Darwin)
                let pool = Unmanaged<WorkerPool>.fromOpaque(argument).takeRetainedValue()
            #else
                guard let argument else { return nil }
                let pool = Unmanaged<WorkerPool>.fromOpaque(argument).takeRetainedValue()
            #endif
            pool.work()
            return nil
        }, argument)
        pthread_attr_destroy(&attributes)
        if result != 0 {
            // No thread to be had now: the ones there are will do the work; with none at all it must not be lost.
            Unmanaged<WorkerPool>.fromOpaque(argument).release()
            let isAlone = withLock {
                threads -= 1
                return threads == 0
            }
            if isAlone, let job = withLock({ jobs.popFirst() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    private func work() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Waits for work; nil when the thread is one too many, and it is counted out then.
    private func next() -> UnownedJob? {
        withLock {
            while true {
                if threads > maximum {
                    threads -= 1
                    // Another must take what this one was woken for.
                    pthread_cond_signal(hasWork)
                    return nil
                }
                if let job = jobs.popFirst() { return job }
                idle += 1
                defer { idle -= 1 }
                guard threads > minimum else {
                    pthread_cond_wait(hasWork, lock)
                    continue
                }
                var end = timespec()
                clock_gettime(CLOCK_REALTIME, &end)
                end.tv_sec += Self.idleSeconds
                if pthread_cond_timedwait(hasWork, lock, &end) == ETIMEDOUT, jobs.isEmpty, threads > minimum {
                    threads -= 1
                    return nil
                }
            }
        }
    }
}
