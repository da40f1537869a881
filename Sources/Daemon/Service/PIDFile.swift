package import Libvirt
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The file with our process number, locked for as long as we live.
///
/// The lock says whether a daemon runs, not the file: one that a killed daemon left behind is taken over. It is the lock
/// that libvirt's daemons take, so ours and theirs notice each other.
package final class PIDFile: Sendable {
    package let path: String
    private let descriptor: OwnedDescriptor

    /// Locks and writes the file.
    ///
    /// - Throws: ``VirtError`` `.operationFailed` if another process holds it, which it names; `.systemError` if the file
    ///   cannot be made.
    package init(_ path: String) throws {
        self.path = path
        while true {
            let number = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard number >= 0 else { throw VirtError.system(errno, "Failed to open pid file '\(path)'") }
            let descriptor = OwnedDescriptor(number)
            try Self.lock(number, path)
            // Its last owner may have removed it between our opening and our locking.
            guard Self.isSame(number, path) else { continue }
            self.descriptor = descriptor
            try write()
            return
        }
    }

    /// Removes the file, then gives up the lock.
    deinit { unlink(path) }

    private func write() throws {
        let text = Array("\(getpid())".utf8)
        guard ftruncate(descriptor.rawValue, 0) == 0,
            text.withUnsafeBytes({ pwrite(descriptor.rawValue, $0.baseAddress, $0.count, 0) }) == text.count
        else { throw VirtError.system(errno, "Failed to write to pid file '\(path)'") }
    }

    /// Belongs to the open file and not to the process, unlike libvirt's lock, with which it conflicts all the same: so
    /// closing another descriptor of the file does not give it up.
    private static func lock(_ descriptor: Int32, _ path: String) throws {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        request.l_start = 0
        request.l_len = 1
        guard fcntl(descriptor, openFileLock, &request) != 0 else { return }
        let number = errno
        guard number == EAGAIN || number == EACCES else {
            throw VirtError.system(number, "Failed to acquire pid file '\(path)'")
        }
        let holder = owner(path).map { " by process \($0)" } ?? ""
        throw VirtError(
            .operationFailed, domain: .none, "Failed to acquire pid file '\(path)': it is held\(holder); is another daemon running?")
    }

    private static let openFileLock: Int32 = {
        #if canImport(Darwin)
            F_SETLK
        #else
            // F_OFD_SETLK of Linux, a macro that is not imported.
            37
        #endif
    }()

    /// The number in the file: only for the message.
    private static func owner(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var ours = stat()
        var current = stat()
        guard fstat(descriptor, &ours) == 0, stat(path, &current) == 0 else { return false }
        return ours.st_dev == current.st_dev && ours.st_ino == current.st_ino
    }
}
