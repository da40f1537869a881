internal import Synchronization
internal import VirtConf
internal import VirtDaemon

/// The drivers' way to the daemon's audit, which begins when the configuration is known.
final class Audit: AuditLog {
    private let writer = Mutex<AuditWriter?>(nil)

    func begin(_ writer: AuditWriter) { self.writer.withLock { $0 = writer } }

    var isRecording: Bool { writer.withLock { $0 }?.isRecording ?? false }

    func record(_ record: AuditRecord) {
        writer.withLock { $0 }?.write(record.kind.rawValue, isSuccess: record.isSuccess, record.text)
    }
}
