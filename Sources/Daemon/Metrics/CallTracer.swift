internal import Libvirt
internal import Logging

/// Writes a line to the log for each call, if the log's filters let `trace` through (`1:trace`).
struct CallTracer: CallObserver {
    let logger: Logger

    func callDidEnd(_ call: CallRecord) {
        logger.debug(
            "client \(call.client) serial \(call.serial): \(call.procedure.name) \(call.error.map { "failed with \($0)" } ?? "ok") after \(call.nanoseconds / 1000) µs"
        )
    }
}
