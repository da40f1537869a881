internal import Synchronization
package import VirtRPC

/// A link that is open and has no handler yet.
///
/// What the peer sends meanwhile waits. A link that is dropped without a handler closes.
package final class UnattachedLink: Sendable {
    package let link: any Link
    private let give: @Sendable (any LinkHandler) -> Void
    private let isTaken = Atomic(false)

    /// - Parameter give: called once, on the link's loop.
    init(_ link: any Link, give: @escaping @Sendable (any LinkHandler) -> Void) {
        self.link = link
        self.give = give
    }

    deinit {
        if !isTaken.load(ordering: .acquiring) { link.close(flushing: false) }
    }

    /// Sets who is told of what the link receives; once. It is called on the loop, perhaps before this returns.
    ///
    /// A link that has closed meanwhile says so to the handler at once.
    package func attach(_ handler: any LinkHandler) {
        precondition(!isTaken.exchange(true, ordering: .acquiringAndReleasing), "a link has one handler")
        let give = self.give
        link.execute { give(handler) }
    }

    package func close() { link.close(flushing: false) }
}

/// A listening socket.
package protocol LinkListener: AnyObject, Sendable {
    /// For logs: the path, or host and port.
    var address: String { get }
    /// The port that was bound, if it is a TCP socket.
    var port: Int? { get }
    /// Whether new connections are taken from the kernel's queue; at first they are.
    func setAccepting(_ enabled: Bool)
    /// Stops listening; links that were accepted stay. More than once does no harm.
    func close()
}
