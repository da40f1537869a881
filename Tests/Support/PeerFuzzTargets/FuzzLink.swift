internal import Libvirt
internal import Synchronization
internal import VirtRPC
internal import XDR

/// A link whose loop is the caller's thread: what is delivered has been handled when ``deliver(_:pieces:)`` returns, but
/// for what other threads do. Timers never fire.
final class FuzzLink: Link {
    private struct State {
        var handler: (any LinkHandler)?
        var work: [@Sendable () -> Void] = []
        var sent: [UInt8] = []
        var isReading = true
        var isClosing = false
        var isClosed = false
        var pendingBytes = 0
    }

    private struct NoTimer: LinkTimer {
        func cancel() {}
    }

    let peer = PeerIdentity(description: "input")
    let transport = TransportKind.inProcess
    private let state = Mutex(State())

    func attach(_ handler: any LinkHandler) { state.withLock { $0.handler = handler } }

    // MARK: the handler's side

    @discardableResult
    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool {
        for descriptor in descriptors { _ = OwnedDescriptor(descriptor) }
        return state.withLock { state in
            if state.isClosing { return false }
            bytes.withUnsafeBytes { state.sent += $0 }
            state.sent += descriptors.map { _ in 0 }
            return true
        }
    }

    var pendingBytes: Int { state.withLock { $0.pendingBytes } }
    func setReading(_ enabled: Bool) { state.withLock { $0.isReading = enabled } }
    func close(flushing: Bool) { state.withLock { $0.isClosing = true } }
    func execute(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.work.append(work) } }
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer { NoTimer() }

    // MARK: the input's side

    /// What was sent since the last time.
    func takeSent() -> [UInt8] {
        state.withLock { state in
            defer { state.sent = [] }
            return state.sent
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var isReading: Bool { state.withLock { $0.isReading } }

    func setPending(_ count: Int) {
        state.withLock { $0.pendingBytes = count }
        guard count == 0 else { return }
        state.withLock { $0.isClosed ? nil : $0.handler }?.linkDidDrain(self)
        settle()
    }

    /// Hands bytes over in pieces, unless the handler has stopped reading.
    func deliver(_ bytes: [UInt8], descriptors: [Int32] = [], pieces: Int = .max) {
        var offset = 0
        var descriptors = descriptors
        while offset < bytes.count {
            guard let handler = state.withLock({ $0.isReading && !$0.isClosed ? $0.handler : nil }) else { break }
            let end = min(bytes.count, pieces == .max ? .max : offset + pieces)
            bytes[offset..<end].withUnsafeBytes { handler.link(self, didReceive: $0, descriptors: descriptors) }
            descriptors = []
            offset = end
            settle()
        }
        for descriptor in descriptors { _ = OwnedDescriptor(descriptor) }
    }

    /// Does what waits for the loop.
    func settle() {
        while true {
            let work = state.withLock { state in
                defer { state.work = [] }
                return state.work
            }
            if work.isEmpty { break }
            for item in work { item() }
        }
        if state.withLock({ $0.isClosing }) { end(.local) }
    }

    /// The peer is gone.
    func end(_ reason: LinkCloseReason) {
        let handler = state.withLock { state -> (any LinkHandler)? in
            defer {
                state.isClosing = true
                state.isClosed = true
                state.handler = nil
            }
            return state.handler
        }
        handler?.linkDidClose(self, reason: reason)
        settleRest()
    }

    private func settleRest() {
        let work = state.withLock { state in
            defer { state.work = [] }
            return state.work
        }
        for item in work { item() }
    }
}
