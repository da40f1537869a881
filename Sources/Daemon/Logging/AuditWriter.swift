package import Libvirt
package import Logging
internal import VirtUtil

/// Writes audit records to the kernel's audit, to our log, or to both.
package final class AuditWriter: Sendable {
    /// The kernel's, if it takes records.
    private let kernel: KernelAudit?
    private let logger: Logger?

    /// - Parameter logger: for records, if the configuration wants them in the log.
    /// - Throws: ``VirtError`` if the configuration insists on the kernel's audit and there is none.
    package init(_ configuration: DaemonConfiguration, logger: Logger) throws {
        let isWanted = configuration.auditLevel > 0
        kernel = isWanted ? KernelAudit() : nil
        if configuration.auditLevel > 1, kernel == nil {
            throw VirtError(
                .configUnsupported, domain: .conf,
                "audit_level = \(configuration.auditLevel): this kernel takes no audit records of us")
        }
        self.logger = isWanted && configuration.auditsToLog ? logger : nil
    }

    /// Whether anybody gets what is written.
    package var isRecording: Bool { kernel != nil || logger != nil }

    /// - Parameter kind: the kernel's number of the record's type.
    package func write(_ kind: UInt16, isSuccess: Bool, _ text: String) {
        let level: Logger.Level = isSuccess ? .info : .warning
        logger?.log(level: level, "success=\(isSuccess ? "yes" : "no") \(text)")
        kernel?.write(kind, "\(text) res=\(isSuccess ? "success" : "failed")")
    }
}
