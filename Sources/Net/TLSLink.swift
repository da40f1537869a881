internal import Synchronization
internal import VirtRPC
internal import XDR

/// TLS over another link.
///
/// ```
/// handshaking ──▶ (client: waiting for the server's byte) ──▶ established ──▶ closing
/// ```
/// libvirt's rule: once a server has checked the client it sends one byte, 1, inside the session; a client that does
/// not get it was refused. No plaintext passes in either direction before a session is established.
///
/// Whoever sends encrypts, on its own thread. Each message begins a record: libvirt's C library leaves the rest of a
/// record that it has begun to read in the TLS session, where poll() does not see it, so that an event in one record
/// with a reply would wait there for the next message.
final class TLSLink: Link, LinkHandler, @unchecked Sendable {
    // SAFETY: `session` is used, and `phase` changed, under `lock`. Everything else belongs to the loop; `peer` is set
    // there before anybody else gets to know the link.
    private enum Phase: Equatable {
        case handshaking
        case waitingForVerdict(TLSPeer)
        case established
        /// Why, if it was not the lower link that closed.
        case closing(LinkCloseReason?)
    }

    private(set) var peer: PeerIdentity
    var transport: TransportKind { .tls }

    private let lower: any Link
    private let session: GnuTLSSession
    /// For messages: who is on the other side.
    private let peerName: String
    private let lock = Mutex(Phase.handshaking)
    private var report: ((Result<TLSLink, NetError>) -> Void)?
    private var deadline: (any LinkTimer)?
    private var handler: (any LinkHandler)?
    private var isReading = false
    private var isDelivering = false
    /// How the link closed before it had a handler.
    private var unreported: LinkCloseReason?

    private static let recordSize = 16 * 1024

    /// - Parameter report: called once, on the loop, when it is known whether the session can be used; nothing is read
    ///   then until ``attach(_:)``.
    private init(
        _ lower: any Link, _ session: GnuTLSSession, peerName: String,
        report: @escaping (Result<TLSLink, NetError>) -> Void
    ) {
        self.lower = lower
        self.session = session
        self.peer = lower.peer
        self.peerName = peerName
        self.report = report
    }

    /// Shakes hands over a link that has no handler yet; on its loop.
    ///
    /// - Parameter attach: gives the lower link its handler.
    @discardableResult
    static func start(
        over lower: any Link, attach: (any LinkHandler) -> Void, session: GnuTLSSession, timeout: Duration,
        peerName: String, report: @escaping (Result<TLSLink, NetError>) -> Void
    ) -> TLSLink {
        let link = TLSLink(lower, session, peerName: peerName, report: report)
        link.deadline = lower.schedule(after: timeout) {
            link.fail(NetError(.timedOut, "the TLS handshake with \(link.peerName) took too long"))
        }
        attach(link)
        link.advance()
        return link
    }

    /// Ends a handshake that is under way; from any thread.
    func giveUp(_ why: String) {
        lower.execute { self.fail(NetError(.timedOut, "the TLS handshake with \(self.peerName) is given up: \(why)")) }
    }

    /// Sets who is told, and begins to read; once, on the loop.
    func attach(_ handler: any LinkHandler) {
        precondition(self.handler == nil, "a link has one handler")
        if let reason = unreported {
            unreported = nil
            handler.linkDidClose(self, reason: reason)
            return
        }
        self.handler = handler
        setReading(true)
    }

    // MARK: handshake, on the loop

    private func advance() {
        switch lock.withLock({ $0 }) {
        case .handshaking: shakeHands()
        case .waitingForVerdict(let peer): readVerdict(peer)
        case .established: deliver()
        case .closing: break
        }
    }

    private func shakeHands() {
        let step = lock.withLock { _ in
            let step = session.handshake()
            sendOutput()
            return step
        }
        switch step {
        case .again: break
        case .failed(let number):
            fail(NetError(.tlsHandshake, "the TLS handshake with \(peerName) failed: \(session.text(number))"))
        case .done:
            do throws(NetError) {
                let peer = try session.verifyPeer()
                if session.isServer {
                    try admit(peer)
                } else {
                    lock.withLock { $0 = .waitingForVerdict(peer) }
                    readVerdict(peer)
                }
            } catch {
                fail(NetError(error.code, "the TLS peer \(peerName) is refused: \(error.message)"))
            }
        }
    }

    private func admit(_ peer: TLSPeer) throws(NetError) {
        let verdict: [UInt8] = [1]
        guard verdict.withUnsafeBytes({ session.write($0) }) == .done else {
            throw NetError(.tlsHandshake, "the session broke")
        }
        // Behind the verdict: libvirt's client takes whatever comes first for the verdict.
        session.sendTicket()
        establish(peer)
    }

    private func readVerdict(_ peer: TLSPeer) {
        var byte: UInt8 = 0
        let read = withUnsafeMutableBytes(of: &byte) { space in
            lock.withLock { _ in
                let read = session.read(into: space)
                sendOutput()
                return read
            }
        }
        let cause: String
        switch read {
        case .bytes where byte == 1: return establish(peer)
        case .again: return
        case .bytes: cause = "it answered \(byte)"
        case .failed(let number): cause = session.text(number)
        case .end: cause = "it closed the connection"
        }
        fail(rejection(cause))
    }

    private func rejection(_ cause: String) -> NetError {
        NetError(.rejectedByServer, "the server \(peerName) rejected the client's certificate: \(cause)")
    }

    private func establish(_ peer: TLSPeer) {
        self.peer.distinguishedName = peer.distinguishedName
        self.peer.tlsDescription = peer.description
        self.peer.isResumedTLS = peer.isResumed
        self.peer.tlsKeyBits = peer.keyBits
        lock.withLock { phase in
            phase = .established
            session.storeTicket()
            sendOutput()
        }
        deadline?.cancel()
        deadline = nil
        lower.setReading(false)
        let report = self.report
        self.report = nil
        report?(.success(self))
    }

    /// Sends the alert that may be waiting, and closes.
    private func fail(_ error: NetError) {
        guard let report else { return }
        self.report = nil
        deadline?.cancel()
        deadline = nil
        lock.withLock { phase in
            phase = .closing(nil)
            sendOutput()
        }
        lower.close(flushing: true)
        report(.failure(error))
    }

    // MARK: records

    /// Under the lock, so that records leave in the order in which they were made.
    private func sendOutput() {
        if let output = session.takeOutput() { lower.send(output, descriptors: []) }
    }

    /// Decrypts and hands over what is there, as long as the handler wants it.
    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while isReading {
            let goesOn = withUnsafeTemporaryAllocation(byteCount: Self.recordSize, alignment: 8) { space in
                let read = lock.withLock { phase in
                    guard phase == .established else { return GnuTLSSession.Read.again }
                    let read = session.read(into: space)
                    session.storeTicket()
                    sendOutput()
                    return read
                }
                switch read {
                case .bytes(let count):
                    // SAFETY: `count` bytes of the space were written, and the handler uses them during its call only.
                    handler?.link(self, didReceive: UnsafeRawBufferPointer(rebasing: space[..<count]), descriptors: [])
                    return true
                case .again: return false
                case .end:
                    end(.endOfFile)
                    return false
                case .failed(let number):
                    end(.error("the TLS session with \(peerName) broke: \(session.text(number))"))
                    return false
                }
            }
            if !goesOn { break }
        }
    }

    /// The session is over; what was queued is still sent.
    private func end(_ reason: LinkCloseReason) {
        isReading = false
        close(flushing: true, reason)
    }

    // MARK: Link

    @discardableResult
    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        for descriptor in descriptors { closeDescriptor(descriptor) }
        guard descriptors.isEmpty else { return false }
        if bytes.isEmpty { return true }
        let step: GnuTLSSession.Step? = lock.withLock { phase in
            guard phase == .established else { return nil }
            let step = bytes.withUnsafeBytes { session.write($0) }
            guard step == .done, let output = session.takeOutput() else { return step }
            return lower.send(output, descriptors: []) ? .done : nil
        }
        switch step {
        case .done: return true
        case .failed(let number):
            lower.execute { self.end(.error("the TLS session with \(self.peerName) broke: \(self.session.text(number))")) }
            return false
        case .again, nil: return false
        }
    }

    var pendingBytes: Int { lower.pendingBytes }

    func setReading(_ enabled: Bool) {
        guard isReading != enabled, lock.withLock({ $0 }) == .established else { return }
        isReading = enabled
        lower.setReading(enabled)
        // Records that came together with those before the pause.
        if enabled { deliver() }
    }

    func close(flushing: Bool) { close(flushing: flushing, .local) }

    private func close(flushing: Bool, _ reason: LinkCloseReason) {
        lock.withLock { phase in
            if case .closing = phase { return }
            if phase == .established {
                session.bye()
                sendOutput()
            }
            phase = .closing(reason)
        }
        lower.close(flushing: flushing)
    }

    var taskExecutor: (any TaskExecutor)? { lower.taskExecutor }

    func execute(_ work: @escaping @Sendable () -> Void) { lower.execute(work) }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        lower.schedule(after: delay, work)
    }

    // MARK: LinkHandler, of the lower link

    func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        for descriptor in descriptors { closeDescriptor(descriptor) }
        lock.withLock { _ in session.receive(bytes) }
        advance()
        lock.withLock { _ in session.keepRest() }
    }

    func linkDidDrain(_ link: any Link) { handler?.linkDidDrain(self) }

    func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        let phase = lock.withLock { phase in
            defer { phase = .closing(nil) }
            return phase
        }
        if report != nil {
            return fail(earlyEnd(phase, reason))
        }
        let told = handler
        handler = nil
        let cause = if case .closing(let cause?) = phase { cause } else { reason }
        if let told { told.linkDidClose(self, reason: cause) } else { unreported = cause }
    }

    private func earlyEnd(_ phase: Phase, _ reason: LinkCloseReason) -> NetError {
        switch (phase, reason) {
        case (_, .error(let text)):
            NetError(.tlsHandshake, "the TLS handshake with \(peerName) failed: \(text)")
        case (.waitingForVerdict, _): rejection("it closed the connection")
        default: NetError(.tlsHandshake, "\(peerName) closed the connection during the TLS handshake")
        }
    }
}
