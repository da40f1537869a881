import Glibc
import Libvirt
import VirtRPC
import XDR

/// A socket of a peer that keeps to no rules. Every wait of it ends.
final class RawPeer: @unchecked Sendable {
    // SAFETY: one thread sends and one receives; each has its own state.

    enum Address {
        case unix(String)
        case tcp(Int)
    }

    struct Message {
        let header: MessageHeader
        let payload: [UInt8]
    }

    struct Failure: Error {
        let text: String
    }

    let descriptor: Int32
    private var received: [UInt8] = []
    private var isOpen = true

    /// - Parameter seconds: how long it waits to send or receive.
    init(_ address: Address, seconds: Int = 5) throws {
        switch address {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            descriptor = try Self.connect(AF_UNIX, address)
        case .tcp(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            descriptor = try Self.connect(AF_INET, address)
        }
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close() }

    private static func connect(_ family: Int32, _ address: some Any) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(text: "no socket: \(String(cString: strerror(errno)))") }
        let result = withUnsafeBytes(of: address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        guard result == 0 else {
            let text = String(cString: strerror(errno))
            Glibc.close(descriptor)
            throw Failure(text: "cannot connect: \(text)")
        }
        return descriptor
    }

    /// This end's port.
    var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            _ = bytes.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    // MARK: sending

    /// - Returns: whether all of it was taken.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>, waits: Bool = true) -> Bool {
        let bytes = Array(bytes)
        var offset = 0
        let flags = Int32(MSG_NOSIGNAL) | (waits ? 0 : Int32(MSG_DONTWAIT))
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset, flags)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    /// Sends bytes with a descriptor, which stays the caller's.
    func send(_ bytes: [UInt8], descriptor passed: Int32) -> Bool {
        // cmsghdr: length, SOL_SOCKET, SCM_RIGHTS; and the descriptor behind it.
        var control = [UInt8](repeating: 0, count: 16 + 8)
        let size = 16 + MemoryLayout<Int32>.size
        control.withUnsafeMutableBytes { space in
            space.storeBytes(of: size, as: Int.self)
            space.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
            space.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)
            space.storeBytes(of: passed, toByteOffset: 16, as: Int32.self)
        }
        var bytes = bytes
        return bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr(
                        msg_name: nil, msg_namelen: 0, msg_iov: part, msg_iovlen: 1, msg_control: control.baseAddress,
                        msg_controllen: control.count, msg_flags: 0)
                    return sendmsg(self.descriptor, &message, Int32(MSG_NOSIGNAL)) == bytes.count
                }
            }
        }
    }

    // MARK: receiving

    /// The next message; nil if the daemon has closed.
    ///
    /// - Throws: ``Failure`` if nothing comes.
    func message() throws -> Message? {
        while true {
            if let message = try cut() { return message }
            guard try receive() else { return nil }
        }
    }

    private func cut() throws -> Message? {
        guard received.count >= 4 else { return nil }
        let length = received[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 28 else { throw Failure(text: "a message of \(length) bytes") }
        guard received.count >= length else { return nil }
        let frame = MessageBuffer(copying: UnsafeRawBufferPointer(start: nil, count: 0))
        received[4..<28].withUnsafeBytes { frame.append($0) }
        let header = try frame.decode(MessageHeader.self)
        defer { received.removeFirst(length) }
        return Message(header: header, payload: Array(received[28..<length]))
    }

    /// - Returns: whether there are more bytes; not if the daemon has closed.
    private func receive() throws -> Bool {
        var space = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &space, space.count, 0)
            if count > 0 {
                received += space[..<count]
                return true
            }
            if count == 0 || errno == ECONNRESET || errno == EPIPE { return false }
            if errno != EINTR { throw Failure(text: "nothing came: \(String(cString: strerror(errno)))") }
        }
    }

    /// Whether something comes, or the end, within a time.
    func hasMore(milliseconds: Int32) -> Bool {
        if !received.isEmpty { return true }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, milliseconds) > 0
    }

    /// Waits until the daemon closes; what comes before is thrown away.
    func isClosedByPeer() -> Bool {
        while true {
            do { if try !receive() { return true } } catch { return false }
        }
    }

    // MARK: the end

    func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    /// Closes such that a TCP peer gets a reset, and what was not read is lost.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}
