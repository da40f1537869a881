/// Where a driver leaves records of what was done with guests, for those who audit the host.
///
/// Handed to drivers by the daemon, which knows whether anybody wants them.
package protocol AuditLog: Sendable {
    /// Whether anybody gets what is recorded; it does not change once guests run.
    var isRecording: Bool { get }

    func record(_ record: AuditRecord)
}

/// One record, in the words of libvirt's audit log.
package struct AuditRecord: Sendable, Equatable {
    /// The kernel's numbers: `AUDIT_VIRT_*`.
    package enum Kind: UInt16, Sendable {
        /// A guest begins or ends.
        case control = 2500
        /// It gets or loses something of the host.
        case resource = 2501
        /// Its security labels.
        case machineID = 2502
    }

    package let kind: Kind
    package let isSuccess: Bool
    /// `virt=test op=start reason=booted vm="a" uuid=…`
    package let text: String

    package init(_ kind: Kind, isSuccess: Bool, _ text: String) {
        self.kind = kind
        self.isSuccess = isSuccess
        self.text = text
    }

    /// A value that came from outside: in quotes, or in hexadecimal if it holds what would end or confuse the record.
    package static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        if isPlain { return "\"\(value)\"" }
        let digits = Array("0123456789ABCDEF")
        return String(value.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
