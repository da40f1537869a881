/// A host's clock, in microseconds since 1970: the system's, or one that somebody else moves.
struct TestClock {
    /// nil: the system's.
    private var manual: UInt64?

    init(isManual: Bool = false) {
        manual = isManual ? TestSystem.microseconds : nil
    }

    var isManual: Bool { manual != nil }
    var now: UInt64 { manual ?? TestSystem.microseconds }

    /// Moves a clock that is moved by hand. One that would overflow stays at the end of time.
    mutating func advance(by microseconds: UInt64) {
        guard let now = manual else { return }
        let (sum, overflow) = now.addingReportingOverflow(microseconds)
        manual = overflow ? .max : sum
    }
}

/// So many bytes of a whole, more of them as time passes.
struct TestProgress {
    /// Bytes.
    let total: UInt64
    /// Bytes in a second; 0: all of them at once.
    private(set) var rate: UInt64
    private(set) var start: UInt64
    private var since: UInt64
    private var before: UInt64 = 0

    init(total: UInt64, rate: UInt64, from now: UInt64) {
        self.total = total
        self.rate = rate
        start = now
        since = now
    }

    func done(at now: UInt64) -> UInt64 {
        guard rate > 0 else { return total }
        let elapsed = now > since ? now - since : 0
        let (high, low) = rate.multipliedFullWidth(by: elapsed)
        guard high < 1_000_000 else { return total }
        let moved = UInt64(1_000_000).dividingFullWidth((high, low)).quotient
        let (sum, isMore) = before.addingReportingOverflow(moved)
        return isMore ? total : min(total, sum)
    }

    /// When all of it is done; never, if that is beyond the end of time.
    var end: UInt64 {
        guard rate > 0, before < total else { return since }
        let (high, low) = (total - before).multipliedFullWidth(by: 1_000_000)
        guard high < rate else { return .max }
        let (quotient, remainder) = rate.dividingFullWidth((high, low))
        let (sum, overflow) = since.addingReportingOverflow(quotient &+ (remainder > 0 ? 1 : 0))
        return overflow ? .max : sum
    }

    /// Goes on at another rate.
    mutating func setRate(_ new: UInt64, at now: UInt64) {
        before = done(at: now)
        since = max(now, since)
        rate = new
    }
}
