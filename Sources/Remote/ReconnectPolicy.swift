public import Libvirt

/// When a lost connection is opened again; see ``ConnectOptions/reconnect``.
///
/// The delays double, from the first to the longest, and each is shortened by up to a half at random, so that the
/// clients of a daemon that comes back do not all come at once.
public struct ReconnectPolicy: Sendable {
    /// Before the first attempt.
    public var firstDelay: Duration = .milliseconds(100)
    public var longestDelay: Duration = .seconds(30)
    /// How long one attempt may take, from name lookup to the last registration of events.
    public var attemptTimeout: Duration = .seconds(60)
    /// After how many failed attempts in a row the connection is given up; nil: never.
    public var maximumAttempts: Int?

    public init() {}

    /// The delay before an attempt, which are counted from 1.
    ///
    /// - Parameter jitter: 0: the whole of it, 1: half.
    func delay(before attempt: Int, jitter: Double) -> Duration {
        var delay = max(firstDelay, .zero)
        for _ in 1..<max(min(attempt, 64), 1) where delay < longestDelay { delay = delay * 2 }
        return min(delay, longestDelay) * (1 - min(max(jitter, 0), 1) / 2)
    }
}

/// Whether a connection can be used.
public enum ConnectionState: Sendable {
    case connected
    /// The link is lost, for this reason. Calls fail with it, until one of the attempts succeeds.
    case reconnecting(ConnectionClosure, attempts: Int)
    /// It is closed, or was given up.
    case closed(ConnectionClosure)
}
