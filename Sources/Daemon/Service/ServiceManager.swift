internal import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What systemd, or another that speaks its protocol, is told: sd_notify(3).
///
/// Without `NOTIFY_SOCKET` nobody listens and nothing is said.
package struct ServiceManager: Sendable {
    private let address: String?

    /// - Parameter variable: An environment variable's value; `NOTIFY_SOCKET` is a path, or `@` and an abstract name.
    package init(variable: (String) -> String?) {
        address = variable("NOTIFY_SOCKET").flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// Clients can connect.
    package func ready() { tell("READY=1") }
    package func reloading() { tell("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)") }
    package func stopping() { tell("STOPPING=1") }
    /// One line for `systemctl status`.
    package func status(_ text: String) { tell("STATUS=\(text)") }

    private func tell(_ text: String) {
        guard let address else { return }
        #if os(Linux)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(address.utf8)
            let isAbstract = bytes.first == UInt8(ascii: "@")
            if isAbstract { bytes[0] = 0 }
            let room = MemoryLayout.size(ofValue: name.sun_path)
            guard bytes.count < room else { return }
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
            let offset = MemoryLayout<sockaddr_un>.size - room
            let length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            let message = Array(text.utf8)
            // Whether anybody takes it is not our business.
            _ = withUnsafePointer(to: name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
                }
            }
        #endif
    }

    private static var monotonicMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
