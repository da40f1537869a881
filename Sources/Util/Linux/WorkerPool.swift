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
/// Threads are made when there is work for them, up to the bound, and stay for the life of the process.
package final class WorkerPool: TaskExecutor, @unchecked Sendable {
    // SAFETY: `jobs`, `head`, `idle` and `threads` are touched only while `lock` is held; the pthread objects stay at
    // one place from `init` on and are never freed, since the threads that wait on them do not end.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    private var head = 0
    private var idle = 0
    private var threads = 0
    private let maximum: Int

    package init(threads: Int) {
        maximum = max(1, threads)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(hasWork, nil)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(lock)
        jobs.append(job)
        let needsThread = idle < jobs.count - head && threads < maximum
        if needsThread { threads += 1 }
        pthread_cond_signal(hasWork)
        pthread_mutex_unlock(lock)
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
            pthread_mutex_lock(lock)
            threads -= 1
            let isAlone = threads == 0
            pthread_mutex_unlock(lock)
            if isAlone { runOne() }
        }
    }

    private func next() -> UnownedJob {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        idle += 1
        while head == jobs.count { pthread_cond_wait(hasWork, lock) }
        idle -= 1
        let job = jobs[head]
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return job
    }

    private func work() {
        while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func runOne() { next().runSynchronously(on: asUnownedTaskExecutor()) }
}
