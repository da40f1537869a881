import Foundation
import Glibc

/// Stands between a client and a daemon, and cuts the line when the client has sent some bytes.
final class CuttingProxy: @unchecked Sendable {
    // SAFETY: everything is set in `init`; the thread is the only one that uses the sockets until `stop` wakes it.
    let port: Int
    private let listener: Int32
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter limit: bytes of the client that pass.
    init(to target: Int, after limit: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                bind(listener, $0.baseAddress, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, $0.baseAddress, &length) == 0
            }
        }
        guard isBound else { throw RawPeer.Failure(text: "no proxy") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            relay(to: target, limit)
            ended.signal()
        }.start()
    }

    private func relay(to target: Int, _ limit: Int) {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        defer { close(client) }
        guard let daemon = try? RawPeer(.tcp(target)) else { return }
        var passed = 0
        var space = [UInt8](repeating: 0, count: 1 << 16)
        while passed < limit {
            var waits = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: daemon.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waits, 2, 10_000) > 0 else { break }
            if waits[1].revents != 0 {
                let count = recv(daemon.descriptor, &space, space.count, 0)
                guard count > 0, Glibc.send(client, space, count, Int32(MSG_NOSIGNAL)) == count else { break }
            }
            if waits[0].revents != 0 {
                let count = recv(client, &space, min(space.count, limit - passed), 0)
                guard count > 0, daemon.send(space[..<count]) else { break }
                passed += count
            }
        }
        daemon.close()
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        ended.wait()
        close(listener)
    }
}
