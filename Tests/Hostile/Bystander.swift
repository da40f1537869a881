import Foundation
import Libvirt
import TestProcesses
import VirtRPC
import XDR

/// A client that keeps to the rules while others do not: it calls all the time, on a thread of its own, and notes how
/// long each call takes.
final class Bystander: @unchecked Sendable {
    // SAFETY: `calls`, `longest` and `failure` are the thread's until `stop` has waited for its end.
    private let peer: RawPeer
    private let isStopping = Flag()
    private let ended = DispatchSemaphore(value: 0)
    private(set) var calls = 0
    private(set) var longest: Duration = .zero
    private(set) var failure: String?

    init(_ daemon: TestDaemon) throws {
        peer = try RawPeer.opened(.unix(daemon.socket), seconds: 10)
        Thread { [self] in
            run()
            ended.signal()
        }.start()
    }

    private func run() {
        var serial: UInt32 = 1
        while !isStopping.isSet {
            let begin = ContinuousClock.now
            peer.send(call(RemoteProgram.connectListAllDomains, .init(needResults: 1, flags: 0), serial: serial))
            do {
                guard let answer = try peer.message() else {
                    failure = "its connection was closed"
                    return
                }
                guard answer.header.serial == serial, answer.header.status == .ok else {
                    failure = "it was answered \(answer.header)"
                    return
                }
            } catch {
                failure = "\(error)"
                return
            }
            longest = max(longest, ContinuousClock.now - begin)
            calls += 1
            serial &+= 1
            usleep(1000)
        }
    }

    /// Ends it; gives what it has noticed, nil if that was nothing.
    ///
    /// - Parameter limit: how long a call may take: much more than it does, and much less than any timeout.
    func stop(limit: Duration = .seconds(2)) -> String? {
        isStopping.set()
        ended.wait()
        peer.close()
        if let failure { return failure }
        if calls == 0 { return "no call was answered" }
        return longest < limit ? nil : "a call took \(longest)"
    }
}

final class Flag: @unchecked Sendable {
    // SAFETY: under the lock.
    private let lock = NSLock()
    private var value = false

    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}

/// What a daemon's process holds.
struct Holdings: Equatable, CustomStringConvertible {
    var descriptors: Int
    var threads: Int
    var memoryKiB: Int

    init(_ daemon: TestDaemon) throws {
        let process = "/proc/\(try daemon.processID)"
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "\(process)/fd").count
        threads = try FileManager.default.contentsOfDirectory(atPath: "\(process)/task").count
        let status = try String(contentsOfFile: "\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        memoryKiB = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    var description: String { "\(descriptors) descriptors, \(threads) threads, \(memoryKiB) KiB" }

    /// Waits until a daemon holds no more than this again, but for a few threads of the run time's.
    ///
    /// - Returns: what it holds still, nil if that is no more.
    func whatIsLeft(_ daemon: TestDaemon, memoryKiB extra: Int = 64 << 10) throws -> String? {
        var now = try Holdings(daemon)
        for _ in 0..<200 {
            if now.descriptors <= descriptors && now.threads <= threads + 4 { break }
            usleep(25_000)
            now = try Holdings(daemon)
        }
        let isBack = now.descriptors <= descriptors && now.threads <= threads + 4 && now.memoryKiB <= memoryKiB + extra
        return isBack ? nil : "\(now); it was \(self)"
    }
}
