public import Libvirt
internal import Synchronization
internal import VirtConf
internal import XDR

extension TestConnection: DomainScreenshot {
    /// The same picture for every screen of every domain, also of one that does not run.
    public func domainScreenshot(
        _ dom: DomainRef, screen: UInt32, flags: UInt32
    ) async throws -> (String?, any DataStream) {
        try check(flags, 0, "testDomainScreenshot")
        return ("image/png", TestPictureStream(TestPicture.bytes))
    }
}

/// Bytes that are there already, to be read once.
final class TestPictureStream: DataStream {
    private enum State {
        case open(rest: OpaqueData)
        case finished
        case aborted
    }

    private static let pieceSize = 65536
    private let state: Mutex<State>

    init(_ bytes: OpaqueData) { state = Mutex(.open(rest: bytes)) }

    func read() async throws -> StreamChunk? {
        try state.withLock { state in
            switch state {
            case .open(let rest):
                if rest.count == 0 { return nil }
                let piece = min(rest.count, Self.pieceSize)
                state = .open(rest: rest.slice(piece..<rest.count))
                return .data(rest.slice(0..<piece))
            case .finished: return nil
            case .aborted: throw VirtError(.operationAborted, domain: .streams, "stream was aborted")
            }
        }
    }

    func write(_ data: OpaqueData) async throws {
        throw VirtError(.operationInvalid, domain: .streams, "stream is not open for writing")
    }

    func finish() async throws { state.withLock { $0 = .finished } }

    func abort() async { state.withLock { $0 = .aborted } }
}
