import Testing

@testable import VirtNet

@Suite struct WaitPollingTests {
    @Test func growsWithShortWaitsAndEndsWithALongOne() {
        var polling = WaitPolling(processors: 2)
        #expect(polling.window == 0)
        var windows: [UInt64] = []
        for _ in 0..<5 {
            polling.waited(30_000)
            windows.append(polling.window)
        }
        // Long enough for such waits, no longer.
        #expect(windows == [10_000, 20_000, 40_000, 40_000, 40_000])
        polling.waited(45_000)
        #expect(polling.window == WaitPolling.longest)
        polling.waited(WaitPolling.longest + 1)
        #expect(polling.window == 0)
    }

    @Test func oneProcessorIsLeftToThePeer() {
        var polling = WaitPolling(processors: 1)
        polling.waited(1_000)
        #expect(polling.window == 0)
    }
}
