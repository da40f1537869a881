import Synchronization
import VirtRPC
import XDR

@testable import VirtNet

/// A link without a socket, on the test's thread: the test says what arrives and when timers fire.
final class ScriptedLink: Link, @unchecked Sendable {
    // SAFETY: one test uses it on one thread.
    let peer = PeerIdentity(description: "peer")
    let transport = TransportKind.tcp
    private(set) var sent: [[UInt8]] = []
    private(set) var isReading = true
    private(set) var isClosed = false
    private var handler: (any LinkHandler)?
    private var timers: [Timer] = []

    final class Timer: LinkTimer {
        let work: Mutex<(@Sendable () -> Void)?>
        init(_ work: @escaping @Sendable () -> Void) { self.work = Mutex(work) }
        func cancel() { work.withLock { $0 = nil } }
    }

    func attach(_ handler: any LinkHandler) { self.handler = handler }

    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        guard !isClosed else { return false }
        sent.append(bytes.withUnsafeBytes(Array.init))
        return true
    }

    var pendingBytes: Int { 0 }
    func setReading(_ enabled: Bool) { isReading = enabled }
    func execute(_ work: @escaping @Sendable () -> Void) { work() }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        timers.append(Timer(work))
        return timers[timers.count - 1]
    }

    func close(flushing: Bool) {
        guard !isClosed else { return }
        isClosed = true
        handler?.linkDidClose(self, reason: .local)
        handler = nil
    }

    // MARK: the test's side

    /// What was sent since the last time.
    func takeSent() -> [[UInt8]] {
        defer { sent = [] }
        return sent
    }

    func receive(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { handler?.link(self, didReceive: $0, descriptors: []) }
    }

    func fireTimers() {
        for timer in timers { timer.work.withLock { $0.take() }?() }
    }
}
