import Foundation
import Synchronization
import Testing
import VirtRPC
import XDR

@testable import VirtNet

/// Links through programs, on epoll and where there is none.
@Suite(.timeLimit(.minutes(1))) struct CommandLinkTests {
    enum Loop: CaseIterable, Sendable { case usual, nio }

    private func run(_ words: [String], on loop: Loop) async throws -> UnattachedLink {
        switch loop {
        case .usual: try await LinkLoops.shared.connect(to: .command(words))
        case .nio: try await LinkLoops.shared.runWithNIO(words)
        }
    }

    @Test(arguments: Loop.allCases) func carriesBytesBothWays(_ loop: Loop) async throws {
        let unattached = try await run(["cat"], on: loop)
        let listener = Listener()
        unattached.attach(listener)
        let message = MessageBuffer(capacity: 100_000)
        let block = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        block.withUnsafeBytes { message.append($0) }
        for _ in 0..<10 { unattached.link.send(message) }
        #expect(await eventually { listener.count == 1_000_000 })
        #expect(listener.bytes.prefix(100_000).elementsEqual(block))
        #expect(unattached.link.transport == .command)
        unattached.link.close(flushing: true)
        #expect(await eventually { listener.reason == .local })
        #expect(await eventually { !childCommands().contains("cat") })
    }

    @Test(arguments: Loop.allCases) func saysHowItEnded(_ loop: Loop) async throws {
        for _ in 0..<10 {
            let listener = Listener()
            try await run(["sh", "-c", "printf hello; echo ' two  words ' >&2; exit 3"], on: loop).attach(listener)
            #expect(await eventually { listener.reason != nil })
            #expect(listener.reason == .commandEnded("the command sh has ended with status 3: two words"))
            // What it had said before is not lost.
            #expect(String(decoding: listener.bytes, as: UTF8.self) == "hello")
        }
        let quiet = Listener()
        try await run(["sh", "-c", "kill -TERM $$"], on: loop).attach(quiet)
        #expect(await eventually { quiet.reason != nil })
        #expect(quiet.reason == .commandEnded("the command sh was ended by signal 15"))
    }

    /// A child of the program keeps its standard error open.
    @Test(arguments: Loop.allCases) func doesNotWaitForTheProgramsChildren(_ loop: Loop) async throws {
        let listener = Listener()
        let begun = ContinuousClock.now
        let folder = try Folder()
        let script = "sleep 20 </dev/null >/dev/null & echo $! >\(folder.file("child")); echo gone >&2"
        try await run(["sh", "-c", script], on: loop).attach(listener)
        #expect(await eventually { listener.reason != nil })
        #expect(listener.reason == .commandEnded("the command sh has ended with status 0: gone"))
        #expect(ContinuousClock.now - begun < .seconds(15))
        let child = try String(contentsOfFile: folder.file("child"), encoding: .utf8)
        kill(try #require(Int32(child.trimmingCharacters(in: .newlines))), SIGKILL)
    }

    @Test(arguments: Loop.allCases) func endsWithoutAHandler(_ loop: Loop) async throws {
        _ = try await run(["sleep", "500.125"], on: loop)
        try await run(["sleep", "500.125"], on: loop).close()
        #expect(await eventually { !childCommands().contains("sleep 500.125") })
    }

    @Test(arguments: Loop.allCases) func refusesWhatIsNotThere(_ loop: Loop) async throws {
        let error = await #expect(throws: NetError.self) { try await run(["/nonexistent/program"], on: loop) }
        #expect(error?.code == .notFound)
        await #expect(throws: NetError.self) { try await run([""], on: loop) }
        await #expect(throws: NetError.self) { try await run(["/etc/passwd"], on: loop) }
    }

    @Test func cancellationEndsIt() async throws {
        for loop in Loop.allCases {
            for _ in 0..<10 {
                let task = Task { try await run(["sleep", "500.375"], on: loop) }
                task.cancel()
                _ = await task.result
            }
        }
        #expect(await eventually { !childCommands().contains("sleep 500.375") })
    }
}

private final class Listener: LinkHandler {
    private let state = Mutex<(bytes: [UInt8], reason: LinkCloseReason?)>(([], nil))

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var count: Int { state.withLock { $0.bytes.count } }
    var reason: LinkCloseReason? { state.withLock { $0.reason } }

    func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        state.withLock { $0.bytes += bytes }
    }
    func linkDidDrain(_ link: any Link) {}
    func linkDidClose(_ link: any Link, reason: LinkCloseReason) { state.withLock { $0.reason = reason } }
}
