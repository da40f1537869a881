internal import Synchronization
package import VirtRPC
package import XDR

/// A link whose bytes pass as they are, until authentication has negotiated a security layer over them.
///
/// The layer begins, on the wire, right behind the server's last answer: at the server once it has sent that, at the
/// client once it has received it. Whoever authenticates therefore takes one message at a time, and hands over what came
/// behind the last one.
package final class SASLLink: Link, LinkHandler, @unchecked Sendable {
    // SAFETY: `layer` is locked. Everything else belongs to the loop.
    private let lower: any Link
    private let layer = Mutex<SASLSession?>(nil)
    private var handler: (any LinkHandler)?
    /// The layer broke; the lower link closes for it.
    private var failure: LinkCloseReason?

    package init(over lower: any Link) { self.lower = lower }

    /// Wraps a link that has no handler yet.
    package static func over(_ lower: UnattachedLink) -> UnattachedLink {
        let link = SASLLink(over: lower.link)
        return UnattachedLink(link) { handler in
            link.handler = handler
            lower.attach(link)
        }
    }

    /// Sets who is told; once, on the loop, before the lower link gets this one as its handler.
    package func attach(_ handler: any LinkHandler) {
        precondition(self.handler == nil, "a link has one handler")
        self.handler = handler
    }

    /// Protects everything from here on; once, on the loop.
    ///
    /// - Parameter received: bytes that the handler got behind the last ones in clear; they come again, decrypted.
    package func protect(with session: SASLSession, received: [UInt8] = []) {
        layer.withLock { layer in
            precondition(layer == nil, "a link has one layer")
            layer = session
        }
        guard !received.isEmpty else { return }
        received.withUnsafeBytes { link(lower, didReceive: $0, descriptors: []) }
    }

    private func fail(_ error: SASLError) {
        guard failure == nil else { return }
        failure = .error("the SASL layer with \(peer.description) broke: \(error.message)")
        lower.close(flushing: true)
    }

    // MARK: Link

    package var peer: PeerIdentity { lower.peer }
    package var transport: TransportKind { lower.transport }
    package var pendingBytes: Int { lower.pendingBytes }

    @discardableResult
    package func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        // Under the lock, so that packets leave in the order in which they were made.
        let result = layer.withLock { layer -> Result<Bool, SASLError> in
            guard let layer, descriptors.isEmpty else { return .success(lower.send(bytes, descriptors: descriptors)) }
            do throws(SASLError) {
                let output = try bytes.withUnsafeBytes { (bytes) throws(SASLError) in try layer.encode(bytes) }
                return .success(lower.send(output, descriptors: []))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let isSent): return isSent
        case .failure(let error):
            lower.execute { self.fail(error) }
            return false
        }
    }

    package func setReading(_ enabled: Bool) { lower.setReading(enabled) }
    package func close(flushing: Bool) { lower.close(flushing: flushing) }
    package func execute(_ work: @escaping @Sendable () -> Void) { lower.execute(work) }

    package func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        lower.schedule(after: delay, work)
    }

    // MARK: LinkHandler, of the lower link

    package func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        guard failure == nil else {
            for descriptor in descriptors { closeDescriptor(descriptor) }
            return
        }
        guard let layer = layer.withLock({ $0 }) else {
            handler?.link(self, didReceive: bytes, descriptors: descriptors)
            return
        }
        for descriptor in descriptors { closeDescriptor(descriptor) }
        do throws(SASLError) {
            let decoded = try layer.decode(bytes)
            if !decoded.isEmpty { handler?.link(self, didReceive: decoded, descriptors: []) }
        } catch {
            fail(error)
        }
    }

    package func linkDidDrain(_ link: any Link) { handler?.linkDidDrain(self) }

    package func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        let told = handler
        handler = nil
        told?.linkDidClose(self, reason: failure ?? reason)
    }
}
