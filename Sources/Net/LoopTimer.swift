#if os(Linux)
    internal import Synchronization
    internal import VirtRPC

    /// One shot of a loop's clock.
    final class LoopTimer: LinkTimer, @unchecked Sendable {
        // SAFETY: everything but `cancelled` is used by the loop's thread only.
        let loop: EpollLoop
        let deadline: UInt64
        var work: (@Sendable () -> Void)?
        /// Place in the loop's heap; -1 when it is in none.
        var place = -1
        let cancelled = Atomic(false)

        init(loop: EpollLoop, deadline: UInt64, work: @escaping @Sendable () -> Void) {
            self.loop = loop
            self.deadline = deadline
            self.work = work
        }

        /// On the loop, the work is gone when this returns; elsewhere it may just have begun.
        func cancel() {
            cancelled.store(true, ordering: .releasing)
            loop.execute { self.loop.remove(self) }
        }
    }

    /// A binary heap by deadline; every timer knows its place, so that a cancelled one leaves at once.
    struct TimerHeap {
        private var timers: [LoopTimer] = []

        var first: LoopTimer? { timers.first }
        var count: Int { timers.count }

        mutating func insert(_ timer: LoopTimer) {
            timer.place = timers.count
            timers.append(timer)
            siftUp(timer.place)
        }

        mutating func remove(_ timer: LoopTimer) {
            let place = timer.place
            guard place >= 0 else { return }
            timer.place = -1
            let last = timers.removeLast()
            guard last !== timer else { return }
            timers[place] = last
            last.place = place
            siftUp(place)
            siftDown(last.place)
        }

        private mutating func swap(_ a: Int, _ b: Int) {
            timers.swapAt(a, b)
            timers[a].place = a
            timers[b].place = b
        }

        private mutating func siftUp(_ start: Int) {
            var child = start
            while child > 0 {
                let parent = (child - 1) / 2
                guard timers[child].deadline < timers[parent].deadline else { return }
                swap(child, parent)
                child = parent
            }
        }

        private mutating func siftDown(_ start: Int) {
            var parent = start
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < timers.count && timers[child].deadline < timers[least].deadline {
                    least = child
                }
                guard least != parent else { return }
                swap(parent, least)
                parent = least
            }
        }
    }

    extension Duration {
        /// Whole nanoseconds, at least zero, saturating.
        var nanoseconds: UInt64 {
            let (seconds, attoseconds) = components
            guard seconds >= 0, attoseconds >= 0 else { return 0 }
            let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
            return overflow ? .max / 2 : min(product, .max / 2) + UInt64(attoseconds) / 1_000_000_000
        }
    }
#endif
