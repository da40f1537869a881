internal import CVirtLinux
package import Libvirt

/// The kernel's audit, as far as it takes records of programs.
package final class KernelAudit: Sendable {
    private let socket: OwnedDescriptor

    /// Nil if the kernel does not audit, or takes no records of us.
    package init?() {
        #if os(Linux)
            let descriptor = virt_audit_open()
            guard descriptor >= 0 else { return nil }
            socket = OwnedDescriptor(descriptor)
        #else
            return nil
        #endif
    }

    /// Leaves a record; what the kernel thinks of it is not waited for.
    ///
    /// - Parameter kind: `AUDIT_VIRT_CONTROL` and its like.
    package func write(_ kind: UInt16, _ text: String) {
        #if os(Linux)
            virt_audit_send(socket.rawValue, kind, text)
        #endif
    }
}
