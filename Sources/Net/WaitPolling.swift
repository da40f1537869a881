/// How long a loop looks for events before it lets the kernel put its thread to sleep.
///
/// Waking a sleeping thread costs several times what a small call costs to serve, and a client that makes one call
/// after the other pays it for each. So a loop whose waits have been short lately looks on for a while first; a long
/// wait ends that at once, so that an idle daemon, or one that is asked now and then, uses no processor time for it.
/// (The rule is that of the kernel's own polling for halted virtual processors.)
struct WaitPolling {
    /// A wait longer than this, in nanoseconds, is not worth waking for early.
    static let longest: UInt64 = 50_000
    private static let shortest: UInt64 = 10_000

    /// How long the next wait is polled for, in nanoseconds; 0 is not at all.
    private(set) var window: UInt64 = 0
    private let enabled: Bool

    /// With one processor only, polling would keep the peer from running.
    init(processors: Int) { enabled = processors > 1 }

    /// Learns how long a wait took, from its begin to the first event.
    mutating func waited(_ nanoseconds: UInt64) {
        guard enabled else { return }
        if nanoseconds > Self.longest {
            window = 0
        } else if nanoseconds > window {
            window = min(max(window * 2, Self.shortest), Self.longest)
        }
    }
}
