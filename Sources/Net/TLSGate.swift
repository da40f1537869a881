internal import Synchronization
internal import VirtRPC

/// Where a listener's clients become TLS links, or are turned away.
final class TLSGate: Sendable {
    private let provider: any TLSCredentialsProvider
    private let failed: @Sendable (NetError) -> Void
    private let state = Mutex(State())

    /// Handshakes that may be under way at once, so that clients which never finish one cost a bounded amount.
    ///
    /// Above it, who has taken longest gives way to who comes: a handshake that is meant takes milliseconds.
    static let limit = 256

    private struct State {
        /// By the order in which they came; nil for one that has just begun.
        var handshakes: [UInt64: TLSLink?] = [:]
        var next: UInt64 = 0
    }

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
        let credentials = provider.current
        let session: GnuTLSSession
        do throws(NetError) {
            session = try GnuTLSSession(credentials)
        } catch {
            failed(error)
            return link.close(flushing: false)
        }
        let (id, slowest) = state.withLock { state -> (UInt64, TLSLink?) in
            let slowest = state.handshakes.count < Self.limit ? nil : state.handshakes.min { $0.key < $1.key }
            if let slowest { state.handshakes[slowest.key] = nil }
            state.next += 1
            state.handshakes[state.next] = .some(nil)
            return (state.next, slowest?.value)
        }
        slowest?.giveUp("\(Self.limit) others are under way and it has taken longest")
        let started = TLSLink.start(
            over: link, attach: attach, session: session, timeout: credentials.configuration.handshakeTimeout,
            peerName: link.peer.description
        ) { [self] result in
            state.withLock { $0.handshakes[id] = nil }
            switch result {
            case .success(let link):
                if let handler = accept(link) { link.attach(handler) } else { link.close(flushing: false) }
            case .failure(let error): failed(error)
            }
        }
        // It may be over already.
        state.withLock { if $0.handshakes[id] != nil { $0.handshakes[id] = started } }
    }
}
