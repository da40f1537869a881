import Synchronization
import Testing
import VirtRPC

@testable import VirtNet

@Suite struct EpollLoopTests {
    @Test func timersFireInOrderUnlessCancelled() async throws {
        let loop = try EpollLoop(name: "test")
        let fired = Mutex<[Int]>([])
        let note: @Sendable (Int) -> Void = { number in fired.withLock { $0.append(number) } }
        _ = loop.schedule(after: .milliseconds(60)) { note(60) }
        _ = loop.schedule(after: .milliseconds(20)) { note(20) }
        let cancelled = loop.schedule(after: .milliseconds(40)) { note(40) }
        cancelled.cancel()
        _ = loop.schedule(after: .zero) { note(0) }
        #expect(await eventually { fired.withLock { $0.count } == 3 })
        #expect(fired.withLock { $0 } == [0, 20, 60])
        loop.stop()
    }

    @Test func heapKeepsOrderUnderRandomUse() throws {
        let loop = try EpollLoop(name: "test")
        var heap = TimerHeap()
        var generator = SystemRandomNumberGenerator()
        var live: [LoopTimer] = []
        for _ in 0..<500 {
            if live.isEmpty || Int.random(in: 0..<3, using: &generator) > 0 {
                let timer = LoopTimer(loop: loop, deadline: .random(in: 0..<1000, using: &generator)) {}
                heap.insert(timer)
                live.append(timer)
            } else {
                heap.remove(live.remove(at: .random(in: 0..<live.count, using: &generator)))
            }
            #expect(heap.first?.deadline == live.map(\.deadline).min())
        }
        var last: UInt64 = 0
        while let first = heap.first {
            #expect(first.deadline >= last)
            last = first.deadline
            heap.remove(first)
        }
        loop.stop()
    }

    @Test func executesAtOnceOnTheLoopAndSoonElsewhere() async throws {
        let loop = try EpollLoop(name: "test")
        let seen = Mutex<[String]>([])
        loop.execute {
            loop.execute { seen.withLock { $0.append("inner") } }
            seen.withLock { $0.append(loop.isCurrent ? "outer" : "elsewhere") }
        }
        #expect(await eventually { seen.withLock { $0 } == ["inner", "outer"] })
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test func runsActors() async throws {
        actor Pinned {
            let loop: EpollLoop
            init(_ loop: EpollLoop) { self.loop = loop }
            nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
            func isOnLoop() -> Bool { loop.isCurrent }
        }
        let loop = try EpollLoop(name: "test")
        #expect(await Pinned(loop).isOnLoop())
        loop.stop()
    }
}
