internal import Libvirt
internal import Synchronization

/// Counts calls, errors and latencies by procedure.
///
/// A call costs a few atomic additions; nothing is allocated after the start.
final class CallMetrics: CallObserver {
    /// Upper bounds of the histogram's buckets, in nanoseconds; longer calls are in the last one only.
    static let bounds: [UInt64] = [
        10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    ]

    final class Procedure: Sendable {
        let info: ProcedureInfo
        let calls = Atomic<UInt64>(0)
        let errors = Atomic<UInt64>(0)
        let nanoseconds = Atomic<UInt64>(0)
        private let fast = Atomic<UInt64>(0)
        private let under100Microseconds = Atomic<UInt64>(0)
        private let under1Millisecond = Atomic<UInt64>(0)
        private let under10Milliseconds = Atomic<UInt64>(0)
        private let under100Milliseconds = Atomic<UInt64>(0)
        private let under1Second = Atomic<UInt64>(0)
        private let under10Seconds = Atomic<UInt64>(0)

        init(_ info: ProcedureInfo) { self.info = info }

        func add(_ duration: UInt64, isError: Bool) {
            calls.add(1, ordering: .relaxed)
            if isError { errors.add(1, ordering: .relaxed) }
            nanoseconds.add(duration, ordering: .relaxed)
            switch duration {
            case ...10_000: fast.add(1, ordering: .relaxed)
            case ...100_000: under100Microseconds.add(1, ordering: .relaxed)
            case ...1_000_000: under1Millisecond.add(1, ordering: .relaxed)
            case ...10_000_000: under10Milliseconds.add(1, ordering: .relaxed)
            case ...100_000_000: under100Milliseconds.add(1, ordering: .relaxed)
            case ...1_000_000_000: under1Second.add(1, ordering: .relaxed)
            case ...10_000_000_000: under10Seconds.add(1, ordering: .relaxed)
            default: break
            }
        }

        /// Calls per bucket, each without those of the buckets before it.
        var buckets: [UInt64] {
            [
                fast.load(ordering: .relaxed), under100Microseconds.load(ordering: .relaxed),
                under1Millisecond.load(ordering: .relaxed), under10Milliseconds.load(ordering: .relaxed),
                under100Milliseconds.load(ordering: .relaxed), under1Second.load(ordering: .relaxed),
                under10Seconds.load(ordering: .relaxed),
            ]
        }
    }

    /// By program, then by number.
    private let programs: [UInt32: [Procedure?]]

    init(_ tables: [UInt32: [ProcedureInfo]]) {
        programs = tables.mapValues { procedures in
            var list = [Procedure?](repeating: nil, count: Int(procedures.map(\.number).max() ?? 0) + 1)
            for info in procedures { list[Int(info.number)] = Procedure(info) }
            return list
        }
    }

    func callDidEnd(_ call: CallRecord) {
        guard let list = programs[call.program], Int(call.procedure.number) < list.count else { return }
        list[Int(call.procedure.number)]?.add(call.nanoseconds, isError: call.error != nil)
    }

    /// Those that have been called.
    var called: [Procedure] {
        programs.sorted { $0.key < $1.key }.flatMap(\.value).compactMap { $0 }
            .filter { $0.calls.load(ordering: .relaxed) > 0 }
    }
}
