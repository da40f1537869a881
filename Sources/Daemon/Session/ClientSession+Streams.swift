internal import Libvirt
internal import Synchronization
internal import VirtRPC

extension ClientSession {
    func open(_ stream: any DataStream, for header: MessageHeader) {
        let relay = StreamRelay(stream, header: header, session: self)
        state.withLock { state in
            state.machine.streamOpened(header.serial)
            state.streams[header.serial] = relay
        }
    }

    func relay(_ serial: UInt32) -> StreamRelay? { state.withLock { $0.streams[serial] } }

    func streamDidEnd(_ serial: UInt32) {
        state.withLock { state in
            state.machine.streamClosed(serial)
            state.streams[serial] = nil
        }
    }
}
