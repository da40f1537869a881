internal import LibvirtRemote
internal import XDR

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `lseek` to data and holes; glibc's headers show the names to GNU sources only.
private enum Seek {
    #if canImport(Darwin)
        static let hole: Int32 = 3
        static let data: Int32 = 4
    #else
        static let data: Int32 = 3
        static let hole: Int32 = 4
    #endif
}

/// A file that is sent through a stream.
final class SourceFile: Sendable {
    private let name: String
    private let file: OwnedDescriptor
    /// Bytes in it, if that is known before it is read.
    let size: UInt64?

    init(_ name: String, complaint: String) throws(ShellError) {
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ShellError(complaint) }
        self.name = name
        file = OwnedDescriptor(descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ShellError("unable to stat \(name)") }
        size = status.st_mode & S_IFMT == S_IFREG ? UInt64(status.st_size) : nil
    }

    /// Sends the content, holes as holes if asked for.
    ///
    /// - Returns: how many bytes there were, holes included.
    func send(
        to stream: any DataStream, isSparse: Bool, title: String, output: Output
    ) async throws -> UInt64 {
        var meter = ProgressMeter(title: title, total: size, output: output)
        var sent: UInt64 = 0
        // What one message of a stream holds.
        var buffer = [UInt8](repeating: 0, count: 262_120)
        var dataEnd = isSparse ? 0 : Int64.max
        while true {
            if isSparse, Int64(sent) >= dataEnd {
                // Where the next data begins, or the end if there is none.
                let start = Int64(lseek(file.rawValue, off_t(sent), Seek.data))
                let next = start >= 0 ? start : Int64(size ?? sent)
                if next > Int64(sent) {
                    try await stream.writeHole(UInt64(next) - sent)
                    meter.advance(by: UInt64(next) - sent)
                    sent = UInt64(next)
                }
                if start < 0 { return sent }
                let end = Int64(lseek(file.rawValue, off_t(sent), Seek.hole))
                dataEnd = end > Int64(sent) ? end : Int64.max
                lseek(file.rawValue, off_t(sent), SEEK_SET)
            }
            let wanted = Int(min(Int64(buffer.count), dataEnd - Int64(sent)))
            let count = read(file.rawValue, &buffer, wanted)
            if count < 0 {
                if errno == EINTR { continue }
                throw ShellError("cannot read \(name): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return sent }
            try await stream.write(OpaqueData(buffer[..<count]))
            sent += UInt64(count)
            meter.advance(by: UInt64(count))
        }
    }
}

/// Small files that are read as a whole.
enum TextFile {
    /// What virsh takes as definition: at most 10 MiB.
    static let limit = 10 * 1024 * 1024

    static func read(_ name: String) throws(ShellError) -> String {
        String(decoding: try readBytes(name), as: UTF8.self)
    }

    static func readBytes(_ name: String) throws(ShellError) -> [UInt8] {
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ShellError("Failed to open file '\(name)': \(String(cString: strerror(errno)))")
        }
        let file = OwnedDescriptor(descriptor)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = readSome(file.rawValue, &buffer)
            if count < 0 {
                if errno == EINTR { continue }
                throw ShellError("Failed to read file '\(name)': \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit {
                throw ShellError("Failed to read file '\(name)': Value too large for defined data type")
            }
        }
    }

    private static func readSome(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, &buffer, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, &buffer, buffer.count)
        #else
            Darwin.read(descriptor, &buffer, buffer.count)
        #endif
    }
}
