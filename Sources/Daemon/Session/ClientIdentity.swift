package import VirtRPC
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who a client is, as far as its transport and its authentication have shown.
///
/// Nothing in it is the client's mere word, except after `CONNECT_SET_IDENTITY` by one who may speak for others.
package struct ClientIdentity: Sendable, Equatable {
    package var transport: TransportKind
    /// `127.0.0.1;51234`; nil on a UNIX socket.
    package var address: String?
    /// SO_PEERCRED of a UNIX socket.
    package var userID: UInt32?
    package var groupID: UInt32?
    package var processID: Int32?
    /// In the kernel's ticks since boot: with the number it names a process for ever.
    package var processStartTime: UInt64?
    package var userName: String?
    package var groupName: String?
    /// What SASL has proved.
    package var saslUserName: String?
    /// Of the client's certificate, RFC 4514.
    package var distinguishedName: String?
    /// SO_PEERSEC of a UNIX socket, where a security module keeps such.
    package var securityContext: String?

    package init(_ peer: PeerIdentity, transport: TransportKind) {
        self.transport = transport
        address = transport == .tcp || transport == .tls ? peer.description : nil
        userID = peer.credentials?.userID
        groupID = peer.credentials?.groupID
        processID = peer.credentials?.processID
        distinguishedName = peer.distinguishedName
        securityContext = peer.securityContext
    }

    /// With what the host knows of the numbers: names, and when the process began. Asks files, and perhaps the network,
    /// so never on a link's loop.
    package func completed() -> ClientIdentity {
        var identity = self
        if userName == nil { identity.userName = userID.flatMap(Self.name(ofUser:)) }
        if groupName == nil { identity.groupName = groupID.flatMap(Self.name(ofGroup:)) }
        if processStartTime == nil { identity.processStartTime = processID.flatMap(Self.startTime(ofProcess:)) }
        return identity
    }

    private static func name(ofUser number: UInt32) -> String? {
        var entry = passwd()
        return named { buffer, size, result in
            // SAFETY: entry, buffer and result live until the name is copied out of them.
            getpwuid_r(number, &entry, buffer, size, &result)
        } name: { (found: UnsafeMutablePointer<passwd>) in Self.text(found.pointee.pw_name) }
    }

    static func name(ofGroup number: UInt32) -> String? {
        var entry = group()
        return named { buffer, size, result in
            // SAFETY: as above.
            getgrgid_r(number, &entry, buffer, size, &result)
        } name: { (found: UnsafeMutablePointer<group>) in Self.text(found.pointee.gr_name) }
    }

    /// Calls one of the functions that fill a record and its texts into our memory, with as much of it as they want.
    private static func named<Record>(
        _ ask: (UnsafeMutablePointer<CChar>, Int, inout UnsafeMutablePointer<Record>?) -> Int32,
        name: (UnsafeMutablePointer<Record>) -> String?
    ) -> String? {
        var size = 1024
        while size <= 1 << 20 {
            var found: String?
            var isTooSmall = false
            var bytes = [CChar](repeating: 0, count: size)
            bytes.withUnsafeMutableBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return }
                var record: UnsafeMutablePointer<Record>?
                isTooSmall = ask(start, buffer.count, &record) == ERANGE
                found = record.flatMap(name)
            }
            if !isTooSmall { return found }
            size *= 4
        }
        return nil
    }

    private static func text(_ start: UnsafeMutablePointer<CChar>?) -> String? { start.map { String(cString: $0) } }

    /// Field 22 of `/proc/PID/stat`; nil if the process has gone, or where there is no such file.
    private static func startTime(ofProcess number: Int32) -> UInt64? {
        let descriptor = open("/proc/\(number)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        // The second field is the program's name in parentheses, which may hold anything, also spaces and parentheses.
        guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 19 else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }
}
