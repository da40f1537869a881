internal import Libvirt

/// Counters of what a guest sends and reads: one reading of the clock. There is nothing to count.
struct TestCounters {
    let microseconds: Int64

    init(_ clock: TestClock) { microseconds = Int64(clamping: clock.now) }

    var seconds: Int64 { microseconds / 1_000_000 }

    var interface: DomainInterfaceStatistics {
        DomainInterfaceStatistics(
            rxBytes: microseconds / 10, rxPackets: microseconds / 100, rxErrs: seconds, rxDrop: seconds / 2,
            txBytes: microseconds / 20, txPackets: microseconds / 110, txErrs: seconds / 3, txDrop: seconds / 4)
    }

    var block: DomainBlockStatistics {
        DomainBlockStatistics(
            rdReq: microseconds / 10, rdBytes: microseconds / 20, wrReq: microseconds / 30,
            wrBytes: microseconds / 40, errs: seconds / 2)
    }
}

extension DomainBlockStatistics {
    var flushes: Int64 { wrReq / 16 }
    /// Nanoseconds.
    var rdTimes: Int64 { rdReq.multipliedCapped(by: 100) }
    var wrTimes: Int64 { wrReq.multipliedCapped(by: 200) }
    var flushTimes: Int64 { flushes.multipliedCapped(by: 1000) }
}

extension Int64 {
    func multipliedCapped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
