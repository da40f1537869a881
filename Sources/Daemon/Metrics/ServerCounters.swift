internal import Synchronization

/// What a server counts of its clients, always.
final class ServerCounters: Sendable {
    let accepted = Atomic<UInt64>(0)
    /// Turned away, since there were too many.
    let refused = Atomic<UInt64>(0)
    /// Messages of events.
    let events = Atomic<UInt64>(0)
    let streamBytesToClients = Atomic<UInt64>(0)
    let streamBytesFromClients = Atomic<UInt64>(0)
    /// Connections that we ended, by reason.
    let brokenFrames = Atomic<UInt64>(0)
    let unreadEvents = Atomic<UInt64>(0)
    let silence = Atomic<UInt64>(0)

    static func add(_ count: Int, to counter: borrowing Atomic<UInt64>) {
        counter.add(UInt64(clamping: count), ordering: .relaxed)
    }
}
