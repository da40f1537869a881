import Glibc
import Synchronization
import Testing
import VirtRPC
import XDR

@testable import VirtNet

/// A handler that keeps what it is told.
final class Recorder: LinkHandler {
    struct State {
        var bytes: [UInt8] = []
        var count = 0
        var descriptors: [Int32] = []
        var drains = 0
        var reason: LinkCloseReason?
        var callsAfterClose = 0
    }

    enum Behaviour { case record, echo, count }

    let state = Mutex(State())
    let behaviour: Behaviour

    init(_ behaviour: Behaviour = .record) { self.behaviour = behaviour }

    func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        state.withLock { state in
            if state.reason != nil { state.callsAfterClose += 1 }
            state.count += bytes.count
            if behaviour == .record { state.bytes += bytes }
            if behaviour != .echo { state.descriptors += descriptors }
        }
        if behaviour == .echo { link.send(MessageBuffer(copying: bytes), descriptors: descriptors) }
    }

    func linkDidDrain(_ link: any Link) { state.withLock { $0.drains += 1 } }

    func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        state.withLock { state in
            if state.reason != nil { state.callsAfterClose += 1 }
            state.reason = reason
        }
    }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var count: Int { state.withLock { $0.count } }
    var descriptors: [Int32] { state.withLock { $0.descriptors } }
    var drains: Int { state.withLock { $0.drains } }
    var reason: LinkCloseReason? { state.withLock { $0.reason } }

    func receives(_ text: String) async -> Bool { await eventually { self.text == text } }
    func closes() async -> LinkCloseReason? {
        _ = await eventually { self.reason != nil }
        return reason
    }
}

/// The links a listener accepts, each with a recorder.
final class Accepted: Sendable {
    private let list = Mutex<[(link: any Link, recorder: Recorder)]>([])
    private let failureList = Mutex<[NetError]>([])
    let behaviour: Recorder.Behaviour

    init(_ behaviour: Recorder.Behaviour = .record) { self.behaviour = behaviour }

    @Sendable func accept(_ link: any Link) -> (any LinkHandler)? {
        let recorder = Recorder(behaviour)
        list.withLock { $0.append((link, recorder)) }
        return recorder
    }

    @Sendable func failed(_ error: NetError) { failureList.withLock { $0.append(error) } }

    var count: Int { list.withLock { $0.count } }
    var failures: [NetError] { failureList.withLock { $0 } }
    func failure() async -> NetError? {
        _ = await eventually { !self.failures.isEmpty }
        return failures.first
    }

    func first() async throws -> (link: any Link, recorder: Recorder) {
        _ = await eventually { self.count > 0 }
        return try #require(list.withLock { $0.first })
    }
}

/// Whether `condition` comes true within some seconds.
/// Whether `condition` comes true while this task is let run for some seconds.
///
/// The time is counted in turns: a task that had to wait for the machine has not looked meanwhile.
func eventually(_ seconds: Int = 5, _ condition: @Sendable () -> Bool) async -> Bool {
    for _ in 0..<seconds * 500 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return condition()
}

extension Link {
    @discardableResult
    func send(_ text: String, descriptors: [Int32] = []) -> Bool {
        var text = text
        return text.withUTF8 { send(MessageBuffer(copying: UnsafeRawBufferPointer($0)), descriptors: descriptors) }
    }
}

/// `count` bytes whose order shows.
func pattern(_ count: Int) -> MessageBuffer {
    let buffer = MessageBuffer(capacity: count)
    let block = (0..<251).map { UInt8($0) }
    var left = count
    while left > 0 {
        block.withUnsafeBytes { buffer.append(UnsafeRawBufferPointer(rebasing: $0.prefix(min(left, 251)))) }
        left -= min(left, 251)
    }
    return buffer
}

func isPattern(_ bytes: [UInt8]) -> Bool {
    var wanted: UInt8 = 0
    for byte in bytes {
        if byte != wanted { return false }
        wanted = wanted == 250 ? 0 : wanted + 1
    }
    return true
}

/// Runs a shell command apart from the pool of tasks; its output.
func shell(_ command: String) async -> String {
    await withCheckedContinuation { continuation in
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ShellJob(command, continuation)).toOpaque()
        pthread_create(
            &thread, nil,
            { box in
                let job = Unmanaged<ShellJob>.fromOpaque(box!).takeRetainedValue()
                var output: [UInt8] = []
                if let pipe = popen(job.script, "r") {
                    var byte = fgetc(pipe)
                    while byte != EOF {
                        output.append(UInt8(byte))
                        byte = fgetc(pipe)
                    }
                    pclose(pipe)
                }
                job.continuation.resume(returning: String(decoding: output, as: UTF8.self))
                return nil
            }, box)
        pthread_detach(thread)
    }
}

private final class ShellJob {
    let command: String
    /// The command in a shell that first lets go of this process's sockets: NIO's are inherited, and a listener that
    /// another test has closed would go on.
    var script: String {
        """
        exec bash -s 2>&1 <<'COMMAND'
        for descriptor in /proc/self/fd/*; do
            descriptor=${descriptor##*/}
            ((descriptor > 2 && descriptor < 255)) && exec {descriptor}>&-
        done
        \(command)
        COMMAND

        """
    }
    let continuation: CheckedContinuation<String, Never>
    init(_ command: String, _ continuation: CheckedContinuation<String, Never>) {
        self.command = command
        self.continuation = continuation
    }
}
