internal import Logging
internal import Synchronization
internal import VirtRPC

extension ClientSession {
    /// Begins to ping the client; a client that never asks is never pinged.
    func startKeepalive() {
        let starts = state.withLock { state in
            guard state.keepalive == nil, settings.keepaliveInterval > .zero else { return false }
            state.keepalive = KeepaliveMachine(
                interval: settings.keepaliveInterval, count: settings.keepaliveCount, now: .now)
            return true
        }
        if starts { keepaliveTick() }
    }

    private func keepaliveTick() {
        let action = state.withLock { state -> KeepaliveMachine.Action? in
            if state.isClosed { return nil }
            // We do not listen to a client that is held back, so its silence says nothing.
            if state.readingHolds > 0 { state.keepalive?.heard(.now) }
            return state.keepalive?.tick(.now)
        }
        guard let action else { return }
        switch action {
        case .wait(let delay):
            _ = link.schedule(after: delay) { [weak self] in self?.keepaliveTick() }
        case .ping(let delay):
            link.send(KeepaliveMachine.ping)
            _ = link.schedule(after: delay) { [weak self] in self?.keepaliveTick() }
        case .close:
            ServerCounters.add(1, to: server.counters.silence)
            logger.warning("no answer to keepalive: connection closed")
            link.close(flushing: false)
        }
    }
}
