package import XDR

/// A connected, ordered byte channel to one peer: a UNIX socket, TCP, TLS, a program, or a pair in this process.
///
/// A link belongs to one event loop. It calls its handler only there, one call at a time, and never after
/// ``LinkHandler/linkDidClose(_:reason:)``. `VirtNet` makes links; nothing above it knows of sockets.
package protocol Link: AnyObject, Sendable {
    var peer: PeerIdentity { get }
    var transport: TransportKind { get }

    /// Queues bytes for sending; callable from any thread.
    ///
    /// Bytes of one call stay together. Buffers sent from the loop while the handler runs go out in one write when it
    /// returns. Descriptors follow the bytes, each on one zero byte of its own, as libvirt passes them; they are owned
    /// by the link from here on and closed once sent. Only UNIX sockets pass descriptors: elsewhere they are closed and
    /// `false` is returned, with nothing sent.
    @discardableResult
    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool

    /// Bytes queued but not yet taken by the kernel.
    var pendingBytes: Int { get }

    /// Stops or resumes reading; only on the loop. The kernel's buffer fills meanwhile and the peer is held back.
    func setReading(_ enabled: Bool)

    /// Closes the link; callable from any thread, and more than once.
    ///
    /// - Parameter flushing: whether what is queued is sent first (for at most five seconds).
    func close(flushing: Bool)

    /// The loop as an executor of tasks; nil if it is none.
    var taskExecutor: (any TaskExecutor)? { get }

    /// Runs `work` on the loop: at once if called there, else soon.
    func execute(_ work: @escaping @Sendable () -> Void)

    /// Runs `work` on the loop after a delay, unless cancelled.
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer
}

extension Link {
    package var taskExecutor: (any TaskExecutor)? { nil }

    @discardableResult
    package func send(_ bytes: MessageBuffer) -> Bool { send(bytes, descriptors: []) }
}

package protocol LinkTimer: Sendable {
    func cancel()
}

/// What a link tells its owner; called on the link's loop only.
package protocol LinkHandler: AnyObject, Sendable {
    /// Bytes arrived, and perhaps descriptors with them, which the handler owns from here on.
    ///
    /// The bytes are valid during the call only.
    func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32])
    /// The queue of unsent bytes has become empty after it was not.
    func linkDidDrain(_ link: any Link)
    /// The link is gone: nothing can be sent or will be received.
    func linkDidClose(_ link: any Link, reason: LinkCloseReason)
}

package enum LinkCloseReason: Sendable, Equatable {
    /// The peer closed in order.
    case endOfFile
    /// We closed it.
    case local
    /// The program that the link goes through has ended; what it said.
    case commandEnded(String)
    /// The system or the TLS library says why.
    case error(String)
}

package enum TransportKind: Sendable, Equatable {
    case unix, tcp, tls, inProcess
    /// A program that we have started, such as ssh.
    case command
}

/// What the transport itself knows about the peer.
package struct PeerIdentity: Sendable, Equatable {
    /// For logs: `127.0.0.1;51234` or the credentials of a UNIX peer.
    package var description: String
    /// SO_PEERCRED of a UNIX socket.
    package var credentials: Credentials?
    /// SO_PEERSEC of a UNIX socket, where a security module keeps such.
    package var securityContext: String?
    /// The distinguished name of the peer's certificate, RFC 4514.
    package var distinguishedName: String?
    /// Version, key exchange and cipher of a TLS session.
    package var tlsDescription: String?
    /// Size of the TLS session's key, in bits.
    package var tlsKeyBits: UInt32 = 0
    /// Whether the TLS session is the continuation of an earlier one.
    package var isResumedTLS = false

    package struct Credentials: Sendable, Equatable {
        package var processID: Int32
        package var userID: UInt32
        package var groupID: UInt32

        package init(processID: Int32, userID: UInt32, groupID: UInt32) {
            self.processID = processID
            self.userID = userID
            self.groupID = groupID
        }
    }

    package init(description: String, credentials: Credentials? = nil, distinguishedName: String? = nil) {
        self.description = description
        self.credentials = credentials
        self.distinguishedName = distinguishedName
    }
}
