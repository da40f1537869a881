internal import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Something that takes records, one at a time; only the writer of the log calls it. It may block, but not for long.
protocol LogSink: Sendable {
    /// Whether the first record is preceded by lines about program and host.
    var wantsIntroduction: Bool { get }

    /// A record that cannot be written is lost: there is nobody to tell.
    func write(_ record: LogRecord)

    /// The same again after a log rotation; itself if there is nothing to open.
    func reopened() throws -> any LogSink
}

extension LogSink {
    func reopened() throws -> any LogSink { self }
}

/// Appends lines to a file.
struct FileSink: LogSink {
    let path: String
    private let descriptor: OwnedDescriptor
    var wantsIntroduction: Bool { true }

    init(_ path: String) throws {
        let number = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0o600)
        guard number >= 0 else { throw VirtError.system(errno, "failed to open \(path)") }
        self.path = path
        descriptor = OwnedDescriptor(number)
    }

    func write(_ record: LogRecord) { _ = writeAll(record.line, to: descriptor.rawValue) }

    func reopened() throws -> any LogSink { try FileSink(path) }
}

/// Writes lines to standard error, as long as somebody reads them.
struct StandardErrorSink: LogSink {
    /// Another descriptor than 2 is for tests.
    var descriptor: Int32 = 2
    var wantsIntroduction: Bool { true }

    func write(_ record: LogRecord) {
        // A reader that stopped must not stop us for good.
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard Self.wait(&poll) > 0 else { return }
        _ = writeAll(record.line, to: descriptor)
    }

    private static func wait(_ descriptor: inout pollfd) -> Int32 { poll(&descriptor, 1, 100) }
}

/// Hands records to the C library's syslog.
struct SyslogSink: LogSink {
    let name: String
    var wantsIntroduction: Bool { false }

    init(_ name: String) {
        self.name = name
        // SAFETY: the library keeps the pointer, so the name is never freed; configurations are few.
        openlog(strdup(name), 0, 3 << 3)
    }

    func write(_ record: LogRecord) {
        let text = record.place.map { "\($0.functionName):\($0.line) : \(record.message)" } ?? record.message
        text.withCString { text in
            withVaList([text]) { vsyslog(record.priority.syslogNumber, "%s", $0) }
        }
    }
}

/// Sends records to systemd's journal, as the fields that libvirt sends.
struct JournalSink: LogSink {
    static let defaultPath = "/run/systemd/journal/socket"

    private let path: String
    private let descriptor: OwnedDescriptor
    var wantsIntroduction: Bool { false }

    init(path: String = Self.defaultPath) throws {
        #if canImport(Glibc)
            let type = Int32(SOCK_DGRAM.rawValue)
        #else
            let type = SOCK_DGRAM
        #endif
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else { throw VirtError.system(errno, "cannot make a socket for the journal") }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        descriptor = OwnedDescriptor(number)
        self.path = path
        guard path.utf8.count < 108 else { throw VirtError.system(ENAMETOOLONG, "failed to open \(path)") }
    }

    /// Whether somebody listens.
    static func isAvailable(path: String = Self.defaultPath) -> Bool { access(path, W_OK) == 0 }

    func write(_ record: LogRecord) {
        let datagram = Self.datagram(record)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        // Addressed anew each time: the journal may restart. It is not waited for.
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(
                    descriptor.rawValue, datagram, datagram.count, Int32(MSG_DONTWAIT), address,
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// `NAME=value` lines; a value with line ends in it is preceded by its length.
    static func datagram(_ record: LogRecord) -> [UInt8] {
        var fields = [
            ("MESSAGE", record.message), ("PRIORITY", "\(record.priority.syslogNumber)"), ("SYSLOG_FACILITY", "3"),
            ("LIBVIRT_SOURCE", record.label), ("TID", "\(record.threadID)"),
        ]
        if let place = record.place {
            fields += [
                ("CODE_FILE", place.file), ("CODE_LINE", "\(place.line)"), ("CODE_FUNC", String(place.functionName)),
            ]
        }
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += Array(name.utf8)
            if value.utf8.contains(UInt8(ascii: "\n")) {
                bytes.append(UInt8(ascii: "\n"))
                let count = UInt64(value.utf8.count)
                bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes += Array(value.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

/// - Returns: whether all of it was written.
private func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[done...])
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
