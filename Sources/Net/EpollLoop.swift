#if os(Linux)
    internal import CVirtLinux
    internal import Synchronization
    package import VirtRPC
    #if canImport(Musl)
        internal import Musl
    #else
        internal import Glibc
    #endif

    /// Something with a descriptor that a loop watches.
    class EpollSource: @unchecked Sendable {
        // SAFETY: both fields are the loop thread's; subclasses say what else they hold.
        /// The loop's name for this source; 0 while it is not watched.
        final var token: UInt64 = 0
        /// Called on the loop with `VIRT_NET_…` bits.
        func ready(_ events: UInt32) {}
        /// The loop stops.
        func loopStops() {}
    }

    /// An ``EpollLoop`` as the executor that tasks prefer.
    final class LoopTaskExecutor: TaskExecutor {
        private let loop: EpollLoop

        init(_ loop: EpollLoop) { self.loop = loop }

        func enqueue(_ job: consuming ExecutorJob) { loop.enqueue(UnownedJob(job), of: self) }
    }

    /// One thread that waits for descriptors, timers and work from other threads.
    ///
    /// Level-triggered: a short read then says "nothing more" without a second call, and a link that stops reading in
    /// the middle needs no book-keeping. One pass is: events, timers, work, then the writes they left behind.
    package final class EpollLoop: SerialExecutor, @unchecked Sendable {
        // SAFETY: `shared` is locked; the other variables are touched by the loop's own thread only (`isCurrent`),
        // and `thread` is atomic.
        private enum Work {
            case closure(@Sendable () -> Void)
            case job(UnownedJob)
            case taskJob(UnownedJob, LoopTaskExecutor)
        }

        private struct Shared {
            var work: [Work] = []
            var signalled = false
            var stopped = false
        }

        private let epoll: Int32
        private let eventfd: Int32
        private let thread = Atomic<UInt64>(0)
        private let name: String
        private let shared = Mutex(Shared())

        private var sources: [EpollSource?] = []
        private var generations: [UInt32] = []
        private var freeSlots: [Int] = []
        private var timers = TimerHeap()
        private var polling = WaitPolling(processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        private var dirty: [SocketLink] = []
        private var spareDirty: [SocketLink] = []
        private var spareWork: [Work] = []

        /// Where links read to: large enough for all that a UNIX socket's buffer holds by default.
        static let scratchSize = 256 * 1024
        let scratch: UnsafeMutableRawPointer
        let scratchDescriptors: UnsafeMutablePointer<Int32>

        /// Starts the thread.
        package init(name: String = "virt-net") throws(NetError) {
            self.name = String(name.utf8.prefix(15)) ?? "virt-net"
            epoll = virt_net_epoll_create()
            guard epoll >= 0 else { throw .system(-epoll, "create an event loop") }
            eventfd = virt_net_eventfd()
            guard eventfd >= 0 else {
                close(epoll)
                throw .system(-eventfd, "create an event loop")
            }
            scratch = .allocate(byteCount: Self.scratchSize, alignment: 64)
            scratchDescriptors = .allocate(capacity: Int(VIRT_NET_DESCRIPTORS))
            // Edge-triggered, so that a wake-up needs no read.
            let failure = virt_net_epoll_add(epoll, eventfd, VIRT_NET_IN | VIRT_NET_EDGE, 0)
            guard failure == 0 else { throw .system(-failure, "create an event loop") }
            try startThread()
        }

        deinit {
            scratch.deallocate()
            scratchDescriptors.deallocate()
            close(epoll)
            close(eventfd)
        }

        private func startThread() throws(NetError) {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            pthread_attr_setstacksize(&attributes, 8 << 20)
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            // Signals are for threads that expect them.
            var all = sigset_t()
            var before = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, &before)
            var id = pthread_t()
            // SAFETY: the thread takes over this reference and releases it when it ends.
            let context = Unmanaged.passRetained(self).toOpaque()
            let failure = pthread_create(
                &id, &attributes,
                { context in
                    guard let context else { return nil }
                    Unmanaged<EpollLoop>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context)
            pthread_sigmask(SIG_SETMASK, &before, nil)
            pthread_attr_destroy(&attributes)
            guard failure == 0 else {
                Unmanaged<EpollLoop>.fromOpaque(context).release()
                throw .system(failure, "start the thread of an event loop")
            }
        }

        /// Whether the caller runs on this loop.
        package var isCurrent: Bool { thread.load(ordering: .relaxed) == virt_net_thread() }

        package func execute(_ work: @escaping @Sendable () -> Void) {
            if isCurrent { work() } else { submit(.closure(work)) }
        }

        /// Runs `work` in a later step even if called on the loop.
        func executeLater(_ work: @escaping @Sendable () -> Void) { submit(.closure(work)) }

        private func submit(_ work: Work) {
            let wake = shared.withLock { shared in
                shared.work.append(work)
                defer { shared.signalled = true }
                return !shared.signalled
            }
            if wake, !isCurrent { _ = virt_net_wake(eventfd) }
        }

        package func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
            let (deadline, overflow) = Self.now().addingReportingOverflow(delay.nanoseconds)
            let timer = LoopTimer(loop: self, deadline: overflow ? .max : deadline, work: work)
            execute {
                if !timer.cancelled.load(ordering: .acquiring) { self.timers.insert(timer) }
            }
            return timer
        }

        func remove(_ timer: LoopTimer) {
            timers.remove(timer)
            timer.work = nil
        }

        /// Closes all that lives on the loop and ends its thread, without waiting for it.
        package func stop() {
            executeLater {
                self.shared.withLock { $0.stopped = true }
                for source in self.sources { source?.loopStops() }
            }
        }

        // MARK: actors on the loop

        package func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

        /// Where tasks run that want to be on this loop without an actor.
        var taskExecutor: LoopTaskExecutor { LoopTaskExecutor(self) }

        func enqueue(_ job: UnownedJob, of executor: LoopTaskExecutor) { submit(.taskJob(job, executor)) }

        package func checkIsolated() {
            precondition(isCurrent, "not on the event loop")
        }

        package func isIsolatingCurrentContext() -> Bool? { isCurrent }

        // MARK: sources

        func add(_ source: EpollSource, descriptor: Int32, events: UInt32) -> Int32 {
            let slot: Int
            if let free = freeSlots.popLast() {
                slot = free
            } else {
                slot = sources.count
                sources.append(nil)
                generations.append(0)
            }
            generations[slot] &+= 1
            // Slot 0 is token 1: 0 is the eventfd.
            let token = UInt64(generations[slot]) << 32 | UInt64(slot + 1)
            let failure = virt_net_epoll_add(epoll, descriptor, events, token)
            guard failure == 0 else {
                freeSlots.append(slot)
                return failure
            }
            source.token = token
            sources[slot] = source
            return 0
        }

        /// Changes what `token`'s descriptor waits for; any thread, while the descriptor is open.
        func modify(descriptor: Int32, events: UInt32, token: UInt64) {
            _ = virt_net_epoll_modify(epoll, descriptor, events, token)
        }

        /// Takes a descriptor out of the wait; its source stays known.
        func park(descriptor: Int32) { _ = virt_net_epoll_remove(epoll, descriptor) }

        func unpark(descriptor: Int32, events: UInt32, token: UInt64) {
            _ = virt_net_epoll_add(epoll, descriptor, events, token)
        }

        /// Forgets a source whose descriptor is about to be closed.
        func remove(_ source: EpollSource) {
            guard source.token != 0 else { return }
            let slot = Int(source.token & 0xffff_ffff) - 1
            source.token = 0
            sources[slot] = nil
            freeSlots.append(slot)
        }

        /// Has `link` settled before the loop sleeps again.
        func markDirty(_ link: SocketLink) { dirty.append(link) }

        // MARK: the thread

        static func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }

        private func run() {
            thread.store(virt_net_thread(), ordering: .relaxed)
            virt_net_name_thread(name)
            let capacity = 256
            let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
            defer { events.deallocate() }
            while true {
                let next = finishPass()
                if next == .stop { break }
                let count = wait(events, Int32(capacity), mayBlock: next == .sleep)
                guard count > 0 else { continue }
                for index in 0..<Int(count) {
                    let token = events[index].data.u64
                    guard token != 0 else { continue }
                    // An earlier event of this pass may have closed the source and given its slot away.
                    guard let source = sources[Int(token & 0xffff_ffff) - 1], source.token == token else { continue }
                    source.ready(events[index].events)
                }
            }
            thread.store(0, ordering: .relaxed)
        }

        /// The number of events; it waits for the first one if `mayBlock`, until the next timer.
        private func wait(_ events: UnsafeMutablePointer<epoll_event>, _ capacity: Int32, mayBlock: Bool) -> Int32 {
            guard mayBlock else { return virt_net_epoll_wait(epoll, events, capacity, 0) }
            let began = Self.now()
            let timeout = timeout(now: began)
            var now = began
            var count: Int32 = 0
            while count == 0, now - began < polling.window {
                count = virt_net_epoll_wait(epoll, events, capacity, 0)
                now = Self.now()
            }
            if count == 0 {
                count = virt_net_epoll_wait(epoll, events, capacity, timeout)
                now = Self.now()
            }
            polling.waited(now - began)
            return count
        }

        private enum Next { case again, sleep, stop }

        /// Timers, work of others, unsent bytes; says whether more of these wait already.
        private func finishPass() -> Next {
            if let first = timers.first {
                let now = Self.now()
                // A timer set by a timer waits for the next pass, so that descriptors are not starved.
                var timer: LoopTimer? = first
                var budget = timers.count
                while budget > 0, let due = timer, due.deadline <= now {
                    timers.remove(due)
                    let work = due.work
                    due.work = nil
                    if !due.cancelled.load(ordering: .acquiring) { work?() }
                    timer = timers.first
                    budget -= 1
                }
            }
            var batch = spareWork
            spareWork = []
            shared.withLock { shared in
                swap(&batch, &shared.work)
                shared.signalled = false
            }
            for work in batch {
                switch work {
                case .closure(let closure): closure()
                case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
                case .taskJob(let job, let executor): job.runSynchronously(on: executor.asUnownedTaskExecutor())
                }
            }
            batch.removeAll(keepingCapacity: batch.capacity <= 1024)
            spareWork = batch
            if !dirty.isEmpty {
                var links = spareDirty
                spareDirty = []
                swap(&links, &dirty)
                for link in links { link.settleIfDirty() }
                links.removeAll(keepingCapacity: links.capacity <= 1024)
                spareDirty = links
            }
            guard dirty.isEmpty else { return .again }
            // From here on only other threads add work, and they wake the loop.
            return shared.withLock { shared in
                shared.work.isEmpty ? (shared.stopped ? .stop : .sleep) : .again
            }
        }

        /// Milliseconds until the next timer, -1 without one.
        private func timeout(now: UInt64) -> Int32 {
            guard let first = timers.first else { return -1 }
            guard first.deadline > now else { return 0 }
            return Int32(clamping: (first.deadline - now + 999_999) / 1_000_000)
        }
    }
#endif
