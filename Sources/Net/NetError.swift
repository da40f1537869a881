#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why a socket could not be opened, or a session not be set up.
///
/// What ends an established link is a ``LinkCloseReason`` and not one of these.
package struct NetError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// A path or port that cannot be one, or a file that is not a socket where one should be.
        case invalidAddress
        /// Something else, which is alive, listens there.
        case addressInUse
        /// No such socket file, or no such host.
        case notFound
        /// Nobody listens.
        case refused
        case accessDenied
        /// Any other failure of the system; see `systemError`.
        case system
        case timedOut
        /// The task that asked was cancelled, or the loops were shut down.
        case cancelled
        /// A key, certificate, list or priority string of ours is missing or wrong.
        case tlsConfiguration
        /// The two sides found no common ground, or one spoke something that is not TLS.
        case tlsHandshake
        /// We do not trust the peer's certificate.
        case peerNotTrusted
        /// The server did not accept our certificate.
        case rejectedByServer
    }

    package var code: Code
    /// A sentence that names the host and port, or the file, and the cause.
    package var message: String
    package var systemError: Int32?

    package init(_ code: Code, _ message: String, systemError: Int32? = nil) {
        self.code = code
        self.message = message
        self.systemError = systemError
    }

    package var description: String { message }

    /// A failed system call: `doing` is "connect to /run/x".
    static func system(_ number: Int32, _ doing: String) -> NetError {
        let code: Code =
            switch number {
            case ENOENT: .notFound
            case ECONNREFUSED: .refused
            case EACCES, EPERM: .accessDenied
            case EADDRINUSE: .addressInUse
            case ENAMETOOLONG, EINVAL: .invalidAddress
            case ETIMEDOUT: .timedOut
            default: .system
            }
        return NetError(code, "cannot \(doing): \(errorText(number))", systemError: number)
    }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
    // SAFETY: glibc's strerror returns static text for known numbers and a thread's own buffer for others.
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
}
