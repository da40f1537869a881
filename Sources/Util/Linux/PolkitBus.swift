internal import CVirtLinux
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What polkit is asked: may a process do something.
package struct PolkitQuestion: Sendable, Hashable {
    /// `org.libvirt.unix.manage`
    package var action: String
    package var processID: Int32
    /// In the kernel's ticks since boot.
    package var startTime: UInt64
    package var userID: UInt32
    /// Names and values that rules may look at.
    package var details: [Detail]
    /// Whether a person may be asked, through the agent of his session. That takes as long as he does.
    package var mayInteract: Bool
    /// How long an answer may take.
    package var patience: Duration

    package struct Detail: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ action: String, processID: Int32, startTime: UInt64, userID: UInt32, details: [Detail] = [],
        mayInteract: Bool = false, patience: Duration = .seconds(30)
    ) {
        self.action = action
        self.processID = processID
        self.startTime = startTime
        self.userID = userID
        self.details = details
        self.mayInteract = mayInteract
        self.patience = patience
    }
}

package enum PolkitAnswer: Sendable, Equatable {
    case allowed
    case denied
    /// Somebody would have to be asked, and there is nobody to ask.
    case needsChallenge
    /// The person who was asked has refused to answer.
    case dismissed
}

/// There is no answer.
package struct PolkitError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Asks polkit over the system bus: many questions at a time, by one thread.
///
/// The bus is connected to at the first question, and again at the next one after it has gone.
package final class PolkitBus: @unchecked Sendable {
    // SAFETY: `connection` and `inFlight` are touched by the thread in `run` only; the rest is behind `state`.
    private struct Waiting {
        let question: PolkitQuestion
        let continuation: CheckedContinuation<PolkitAnswer, any Error>
    }

    private struct State {
        var queue: [UInt64] = []
        var waiting: [UInt64: Waiting] = [:]
        var cancelled: [UInt64] = []
        var next: UInt64 = 1
        var isStopped = false
    }

    /// Questions on the bus at a time; it refuses a peer with many more.
    private static let window = 64

    private let state = Mutex(State())
    private let wake: Int32
    private var connection: OpaquePointer?
    private var inFlight: Set<UInt64> = []

    /// Whether the host has a library that speaks to the bus.
    package static var isAvailable: Bool { virt_polkit_is_available() != 0 }

    /// - Throws: ``PolkitError`` if there is no descriptor left.
    package init() throws {
        wake = virt_polkit_make_wake()
        guard wake >= 0 else { throw PolkitError(description: "polkit: \(String(cString: strerror(-wake)))") }
    }

    deinit { close(wake) }

    /// - Throws: ``PolkitError`` if polkit gives no answer; `CancellationError` if the task is cancelled before.
    package func ask(_ question: PolkitQuestion) async throws -> PolkitAnswer {
        let token = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal: (any Error)? = state.withLock { state in
                    if state.isStopped { return PolkitError(description: "polkit is not asked any more") }
                    // The handler may have run already.
                    if let index = state.cancelled.firstIndex(of: token) {
                        state.cancelled.remove(at: index)
                        return CancellationError()
                    }
                    state.waiting[token] = Waiting(question: question, continuation: continuation)
                    state.queue.append(token)
                    return nil
                }
                if let refusal { continuation.resume(throwing: refusal) } else { wakeUp() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.cancelled.append(token)
                state.queue.removeAll { $0 == token }
                return state.waiting.removeValue(forKey: token)
            }
            waiting?.continuation.resume(throwing: CancellationError())
            wakeUp()
        }
    }

    /// Ends ``run()``; open questions fail.
    package func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp()
    }

    private func wakeUp() {
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }

    // MARK: The thread

    /// Carries questions and answers until ``stop()``; blocks its thread for all of that time.
    package func run() {
        while !state.withLock({ $0.isStopped }) {
            guard let connection else {
                if state.withLock({ $0.queue.isEmpty }) {
                    // Nobody to be connected for yet.
                    state.withLock { $0.cancelled = [] }
                    var count: UInt64 = 0
                    _ = read(wake, &count, 8)
                } else {
                    connect()
                }
                continue
            }
            send(connection)
            let result = virt_polkit_wait(connection, wake)
            if result < 0 { disconnect("the system bus is gone: \(String(cString: strerror(-result)))") }
        }
        disconnect("polkit is not asked any more")
        failAll("polkit is not asked any more")
    }

    private func connect() {
        var failure: Int32 = 0
        // SAFETY: the connection calls back from `run` only, which keeps us.
        connection = virt_polkit_open(
            { context, token, isAuthorized, isChallenge, isDismissed, failure in
                guard let context else { return }
                let bus = Unmanaged<PolkitBus>.fromOpaque(context).takeUnretainedValue()
                if let failure {
                    bus.answered(token, .failure(PolkitError(description: String(cString: failure))))
                } else if isAuthorized != 0 {
                    bus.answered(token, .success(.allowed))
                } else {
                    bus.answered(
                        token, .success(isDismissed != 0 ? .dismissed : isChallenge != 0 ? .needsChallenge : .denied))
                }
            }, Unmanaged.passUnretained(self).toOpaque(), &failure)
        if connection == nil {
            failAll("cannot connect to the system bus: \(String(cString: strerror(failure)))")
        }
    }

    private func disconnect(_ reason: String) {
        if let connection { virt_polkit_close(connection) }
        connection = nil
        for token in inFlight { answered(token, .failure(PolkitError(description: reason))) }
        inFlight = []
    }

    private func failAll(_ reason: String) {
        let all = state.withLock { state in
            defer {
                state.waiting = [:]
                state.queue = []
            }
            return state.waiting.values.map(\.continuation)
        }
        for continuation in all { continuation.resume(throwing: PolkitError(description: reason)) }
    }

    private func answered(_ token: UInt64, _ result: Result<PolkitAnswer, PolkitError>) {
        inFlight.remove(token)
        let waiting = state.withLock { $0.waiting.removeValue(forKey: token) }
        waiting?.continuation.resume(with: result.mapError { $0 as any Error })
    }

    /// Puts questions on the bus, as many as may be there, and takes back those that nobody waits for.
    private func send(_ connection: OpaquePointer) {
        let (batch, cancelled) = state.withLock { state in
            let count = min(max(0, Self.window - inFlight.count), state.queue.count)
            let batch = state.queue.prefix(count).compactMap { token in
                state.waiting[token].map { (token, $0.question) }
            }
            state.queue.removeFirst(count)
            defer { state.cancelled = [] }
            return (batch, state.cancelled)
        }
        for token in cancelled where inFlight.contains(token) { virt_polkit_cancel(connection, Self.name(token)) }
        for (token, question) in batch {
            inFlight.insert(token)
            let failure = send(question, token, connection)
            if failure < 0 {
                answered(token, .failure(PolkitError(description: String(cString: strerror(-failure)))))
            }
        }
    }

    /// What a question is called, should it be taken back: polkit keeps such names apart by connection.
    private static func name(_ token: UInt64) -> String { "virtd-\(token)" }

    private func send(_ question: PolkitQuestion, _ token: UInt64, _ connection: OpaquePointer) -> Int32 {
        let names: [String] = question.details.flatMap { [$0.name, $0.value] }
        let texts: [UnsafeMutablePointer<CChar>?] = names.map { strdup($0) }
        defer { for text in texts { free(text) } }
        let pointers: [UnsafePointer<CChar>?] = texts.map { text in text.map { UnsafePointer($0) } }
        guard pointers.allSatisfy({ $0 != nil }) else { return -ENOMEM }
        let seconds = question.patience.components
        let patience =
            UInt64(max(0, seconds.seconds)) * 1_000_000 + UInt64(max(0, seconds.attoseconds / 1_000_000_000_000))
        return question.action.withCString { action in
            Self.name(token).withCString { name in
                pointers.withUnsafeBufferPointer { details in
                    var raw = virt_polkit_question()
                    raw.action = action
                    raw.process = UInt32(bitPattern: question.processID)
                    raw.start_time = question.startTime
                    raw.user = Int32(bitPattern: question.userID)
                    raw.details = details.baseAddress
                    raw.count = question.details.count
                    raw.may_interact = question.mayInteract ? 1 : 0
                    raw.cancellation = question.mayInteract ? name : nil
                    raw.timeout_us = patience
                    return virt_polkit_ask(connection, &raw, token)
                }
            }
        }
    }
}
