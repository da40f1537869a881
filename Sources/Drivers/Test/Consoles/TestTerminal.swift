internal import Libvirt
internal import Synchronization
internal import XDR

/// The guest's end of a console: asks who is there, shows what is typed, and lets nobody in.
///
/// What it has to say waits for the reader, up to a bound; then whoever types waits, too.
final class TestTerminal: DataStream {
    fileprivate struct State {
        /// Said, and not read yet.
        var output: [UInt8] = []
        var line: [UInt8] = []
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
        /// No more will be said; what has been said may still be read.
        var isOver = false
        var error: VirtError?
    }

    private static let bound = 64 << 10
    private let state = Mutex(State())
    private let prompt: String
    /// Called once, when the client is done with it.
    private let left: @Sendable (TestTerminal) -> Void

    init(guest name: String, left: @escaping @Sendable (TestTerminal) -> Void) {
        prompt = "\(name) login: "
        self.left = left
        say("\r\n\(name): a guest of the test driver\r\n\r\n\(prompt)")
    }

    private func say(_ text: String) {
        change { $0.output += text.utf8 }
    }

    /// Changes the state and wakes who waits for it; they look again.
    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { (state.reader, state.writer) = (nil, nil) }
            return [state.reader, state.writer]
        }
        for waiter in waiting { waiter?.resume() }
    }

    /// The guest is gone: the stream ends, after what was said.
    func hangUp() { change { $0.isOver = true } }

    /// Somebody else has taken the console over.
    func replace() {
        change { state in
            state.isOver = true
            state.output = []
            state.error = .test(.operationAborted, "the console was taken over by another client")
        }
    }

    // MARK: The client's end

    func read() async throws -> StreamChunk? {
        while true {
            let chunk = try state.withLock { state -> StreamChunk?? in
                if let error = state.error { throw error }
                if !state.output.isEmpty {
                    defer { state.output = [] }
                    return .data(OpaqueData(state.output))
                }
                return state.isOver ? .some(nil) : nil
            }
            if let chunk {
                change { _ in }
                return chunk
            }
            await wait(for: \.reader) { $0.output.isEmpty && !$0.isOver }
            try Task.checkCancellation()
        }
    }

    func write(_ data: OpaqueData) async throws {
        for piece in stride(from: 0, to: data.count, by: 4096) {
            try await type(data.slice(piece..<min(piece + 4096, data.count)))
        }
    }

    private func type(_ piece: OpaqueData) async throws {
        while true {
            let isTaken = try state.withLock { state -> Bool in
                if let error = state.error { throw error }
                if state.isOver { throw VirtError.test(.operationFailed, "the guest does not run any more") }
                guard state.output.count < Self.bound else { return false }
                for byte in piece { state.take(byte, prompt) }
                return true
            }
            if isTaken { return change { _ in } }
            await wait(for: \.writer) { $0.output.count >= Self.bound && !$0.isOver }
            try Task.checkCancellation()
        }
    }

    func finish() async throws { close() }
    func abort() async { close() }

    private func close() {
        let wasOver = state.withLock(\.isOver)
        hangUp()
        if !wasOver { left(self) }
    }

    private func wait(
        for waiter: WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
        while condition: @escaping @Sendable (State) -> Bool
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard condition(state), !Task.isCancelled, state[keyPath: waiter] == nil else { return true }
                    state[keyPath: waiter] = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}

extension TestTerminal.State {
    /// Shows a byte that was typed; a line is answered.
    fileprivate mutating func take(_ byte: UInt8, _ prompt: String) {
        switch byte {
        case 0x0D, 0x0A:
            let answer = line.isEmpty ? "\r\n\(prompt)" : "\r\nLogin incorrect\r\n\r\n\(prompt)"
            line = []
            output += answer.utf8
        case 0x08, 0x7F:
            if line.popLast() != nil { output += [0x08, 0x20, 0x08] }
        default:
            line.append(byte)
            output.append(byte)
            // A line has an end, whatever is typed.
            if line.count > 255 { line = [] }
        }
    }
}
