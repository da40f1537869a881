internal import Libvirt
internal import Synchronization
internal import VirtRPC

extension ClientSession {
    func open(_ stream: any DataStream, for header: MessageHeader) {
        let relay = StreamRelay(stream, header: header, session: self)
        // Serials are the client's choice: nobody can speak to an earlier stream of the same any more.
        self.relay(header.serial)?.connectionLost()
        let isClosed = state.withLock { state in
            if state.isClosed { return true }
            state.machine.streamOpened(header.serial)
            state.streams[header.serial] = relay
            return false
        }
        if isClosed { relay.connectionLost() }
    }

    func relay(_ serial: UInt32) -> StreamRelay? { state.withLock { $0.streams[serial] } }

    func streamDidEnd(_ serial: UInt32) {
        state.withLock { state in
            state.machine.streamClosed(serial)
            state.streams[serial] = nil
        }
    }
}
