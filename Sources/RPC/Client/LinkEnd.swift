package import Libvirt

/// Why a client's link came to its end.
package struct LinkEnd: Sendable {
    package let reason: ConnectCloseReason
    /// What calls fail with from now on.
    package let error: VirtError

    package init(reason: ConnectCloseReason, error: VirtError) {
        self.reason = reason
        self.error = error
    }

    package static var client: LinkEnd {
        LinkEnd(reason: .client, error: VirtError(.internalError, domain: .rpc, "client socket is closed"))
    }

    package static var keepalive: LinkEnd {
        LinkEnd(
            reason: .keepalive,
            error: VirtError(.internalError, domain: .rpc, "connection closed due to keepalive timeout"))
    }

    package static func broken(_ text: String) -> LinkEnd {
        LinkEnd(reason: .error, error: .rpc(text))
    }

    package init(_ reason: LinkCloseReason) {
        switch reason {
        case .endOfFile:
            self.init(
                reason: .eof,
                error: VirtError(
                    .systemError, domain: .rpc, "End of file while reading data: the server has closed the connection"))
        case .local: self = .client
        case .commandEnded(let text):
            self.init(
                reason: .eof, error: VirtError(.systemError, domain: .rpc, "End of file while reading data: \(text)"))
        case .error(let text):
            self.init(
                reason: .error, error: VirtError(.systemError, domain: .rpc, "Cannot read or write data: \(text)"))
        }
    }
}
