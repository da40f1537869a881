import Foundation
import Synchronization

/// Counts from any task.
final class Counter: Sendable {
    private let value = Atomic(0)
    /// How often it was called before.
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

/// Stands between clients and a daemon, passes their messages on, and fails at a chosen one.
final class CuttingProxy: @unchecked Sendable {
    // SAFETY: `counts` and `isPassing` are locked; everything else is set in `init` or belongs to the thread.

    enum Direction: Int, CaseIterable, Sendable { case request, answer }

    /// What happens to the message.
    enum Failure: CaseIterable, Sendable {
        /// It is lost with the connection.
        case close
        /// Half of it arrives before the connection is lost.
        case partial
        /// It arrives, and then the connection is lost.
        case afterwards
        /// Nothing passes any more, in either direction, and the connection stays.
        case hang
    }

    struct Cut: Sendable, CustomStringConvertible {
        var direction: Direction
        /// From 0.
        var message: Int
        var failure: Failure
        var description: String { "\(failure) at \(direction) \(message)" }
    }

    let path = "/tmp/virt-cut-\(UInt32.random(in: 0..<UInt32.max))"
    private let daemon: String
    private let cut: Cut?
    /// For the clients to come, in the place of `cut`.
    private let laterCuts = Mutex<[Cut?]>([])
    private let dropper = Mutex<Int32?>(nil)
    private let listener: Int32
    private let stop: (read: Int32, write: Int32)
    private let counts = Mutex([0, 0])
    private let served = Mutex(0)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameter cut: nil: passes everything on, and counts.
    init(daemon: String, cut: Cut? = nil) throws {
        self.daemon = daemon
        self.cut = cut
        let listener = Self.socket()
        self.listener = listener
        guard Self.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
            throw POSIXError(.EADDRINUSE)
        }
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        stop = (ends[0], ends[1])
        let thread = Thread { [self] in
            while accept() {}
            finished.signal()
        }
        thread.start()
    }

    /// Ends it, and waits for its thread.
    func end() {
        close(stop.write)
        finished.wait()
        close(stop.read)
        close(listener)
        unlink(path)
    }

    /// Loses the client that is there now, and then one client after the other at these messages.
    func cutNext(_ cuts: [Cut?]) {
        laterCuts.withLock { $0 = cuts }
        dropClient()
    }

    func dropClient() { dropper.withLock { if let client = $0 { _ = shutdown(client, Int32(SHUT_RDWR)) } } }

    static func connects(to path: String) throws -> Bool {
        let descriptor = socket()
        defer { close(descriptor) }
        return withAddress(path) { connect(descriptor, $0, $1) } == 0
    }

    /// Messages that came from the client, and from the daemon.
    func count(_ direction: Direction) -> Int { counts.withLock { $0[direction.rawValue] } }

    var fallsSilent: Bool { cut?.failure == .hang }

    /// How many clients have come and are gone.
    var servedClients: Int { served.withLock { $0 } }

    private static func socket() -> Int32 {
        Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    // MARK: the thread

    private func accept() -> Bool {
        guard wait(for: [listener]) else { return false }
        let client = Glibc.accept(listener, nil, nil)
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        let server = Self.socket()
        dropper.withLock { $0 = client }
        let cut = laterCuts.withLock { cuts in cuts.isEmpty ? self.cut : cuts.removeFirst() }
        defer {
            dropper.withLock { $0 = nil }
            close(client)
            close(server)
            served.withLock { $0 += 1 }
        }
        guard Self.withAddress(daemon, { connect(server, $0, $1) }) == 0 else { return true }
        counts.withLock { $0 = [0, 0] }
        return serve(client, server, cut)
    }

    /// False if it is to end.
    private func wait(for descriptors: [Int32]) -> Bool {
        var entries = (descriptors + [stop.read]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        poll(&entries, nfds_t(entries.count), -1)
        ready = entries.map { $0.revents != 0 }
        return !ready[descriptors.count]
    }
    private var ready: [Bool] = []

    private func serve(_ client: Int32, _ server: Int32, _ cut: Cut?) -> Bool {
        let ends = [client, server]
        var rest: [[UInt8]] = [[], []]
        var hangs = false
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while wait(for: ends) {
            for side in 0..<2 where ready[side] {
                let count = recv(ends[side], &buffer, buffer.count, 0)
                guard count > 0 else { return true }
                if hangs { continue }
                rest[side] += buffer[..<count]
                while let message = Self.next(&rest[side]) {
                    let number = counts.withLock { counts in
                        defer { counts[side] += 1 }
                        return counts[side]
                    }
                    guard let cut, cut.direction.rawValue == side, cut.message == number else {
                        Self.send(message[...], to: ends[1 - side])
                        continue
                    }
                    switch cut.failure {
                    case .close: return true
                    case .partial:
                        Self.send(message.prefix(message.count / 2), to: ends[1 - side])
                        return true
                    case .afterwards:
                        Self.send(message[...], to: ends[1 - side])
                        return true
                    case .hang: hangs = true
                    }
                    if hangs { break }
                }
            }
        }
        return false
    }

    private static func next(_ bytes: inout [UInt8]) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= length else { return nil }
        defer { bytes.removeFirst(length) }
        return Array(bytes[..<length])
    }

    private static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
