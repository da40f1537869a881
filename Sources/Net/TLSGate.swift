internal import Synchronization
internal import VirtRPC

/// Where a listener's clients become TLS links, or are turned away.
final class TLSGate: Sendable {
    private let provider: any TLSCredentialsProvider
    private let failed: @Sendable (NetError) -> Void
    private let handshakes = Mutex(0)

    /// Handshakes that may be under way at once, so that clients which never finish one cost a bounded amount.
    static let limit = 256

    /// - Parameter failed: called on a loop for each client that does not get in.
    init(_ provider: any TLSCredentialsProvider, failed: @escaping @Sendable (NetError) -> Void) {
        self.provider = provider
        self.failed = failed
    }

    /// Shakes hands over a new link; on its loop.
    ///
    /// - Parameter attach: gives the link its handler.
    func admit(
        _ link: any Link, attach: (any LinkHandler) -> Void,
        _ accept: @escaping @Sendable (any Link) -> (any LinkHandler)?
    ) {
        let name = link.peer.description
        let credentials = provider.current
        let isAdmitted = handshakes.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            failed(NetError(.tlsHandshake, "\(name) is turned away: too many TLS handshakes are under way"))
            return link.close(flushing: false)
        }
        let session: GnuTLSSession
        do throws(NetError) {
            session = try GnuTLSSession(credentials)
        } catch {
            handshakes.withLock { $0 -= 1 }
            failed(error)
            return link.close(flushing: false)
        }
        TLSLink.start(
            over: link, attach: attach, session: session, timeout: credentials.configuration.handshakeTimeout,
            peerName: name
        ) { [self] result in
            handshakes.withLock { $0 -= 1 }
            switch result {
            case .success(let link):
                if let handler = accept(link) { link.attach(handler) } else { link.close(flushing: false) }
            case .failure(let error): failed(error)
            }
        }
    }
}
