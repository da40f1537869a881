import Glibc
import Testing

@testable import VirtDaemon

/// One test: signals belong to the process.
@Suite struct SignalTests {
    @Test func signalsArriveInOrderAndBrokenPipesAreErrors() async throws {
        ServiceSignal.surviveBrokenPipes()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        #expect(write(ends[1], "x", 1) == -1)
        #expect(errno == EPIPE)
        close(ends[1])

        var signals = try ServiceSignal.all().makeAsyncIterator()
        for (number, expected) in [(SIGHUP, ServiceSignal.reload), (SIGTERM, .stop), (SIGINT, .stop)] {
            kill(getpid(), number)
            #expect(await signals.next() == expected)
        }
    }
}
