internal import Libvirt
package import XDR

/// When to ping a silent peer, and when to give it up.
///
/// Anything that arrives resets the countdown. After `interval` of silence a ping goes out, `count` times; after one
/// more interval the link is closed: about interval × (count + 1). Interval 0 or below: never; count 0: at the first
/// silence.
package struct KeepaliveMachine: Sendable {
    package enum Action: Equatable, Sendable {
        case wait(Duration)
        /// Send a ping, then ask again after the duration.
        case ping(Duration)
        case close
    }

    package let interval: Duration
    package let count: Int
    private var unanswered = 0
    private var lastHeard: ContinuousClock.Instant
    private var lastPing: ContinuousClock.Instant?

    package init(interval: Duration, count: Int, now: ContinuousClock.Instant) {
        self.interval = interval
        self.count = count
        lastHeard = now
    }

    package var isEnabled: Bool { interval > .zero }

    package mutating func heard(_ now: ContinuousClock.Instant) {
        lastHeard = now
        unanswered = 0
        lastPing = nil
    }

    /// What to do now that a timer has fired.
    package mutating func tick(_ now: ContinuousClock.Instant) -> Action {
        let since = lastPing ?? lastHeard
        let due = since.advanced(by: interval)
        if now < due { return .wait(now.duration(to: due)) }
        if unanswered >= count { return .close }
        unanswered += 1
        lastPing = now
        return .ping(interval)
    }

    package static let program = KeepaliveProgram.number

    package static func message(_ procedure: UInt32) -> MessageBuffer {
        Frame.encode(
            MessageHeader(
                prog: KeepaliveProgram.number, vers: KeepaliveProgram.version, proc: Int32(procedure), type: .message,
                serial: 0, status: .ok))
    }

    package static var ping: MessageBuffer { message(KeepaliveProgram.ping.number) }
    package static var pong: MessageBuffer { message(KeepaliveProgram.pong.number) }
}
