internal import Libvirt
internal import Synchronization
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Takes records from any thread without blocking it, and writes them from a thread of its own.
///
/// At its bound the queue drops what comes, and says later how much that was.
final class LogWriter: Sendable {
    private struct Queue {
        var records: [LogRecord] = []
        var bytes = 0
        var lost = 0
        /// Whether a byte is in the pipe, or the thread is at work and will look again.
        var isAwake = false
    }

    private struct Outlet: Sendable {
        let priority: LogPriority
        var sink: any LogSink
        var isIntroduced = false
    }

    private static let maximumBytes = 4 << 20

    // Lock order: outlets, then queue.
    private let outlets = Mutex<[Outlet]>([])
    private let queue = Mutex(Queue())
    private let wakeSource: Int32
    private let wakeSink: Int32
    private let introduction: [String]

    /// - Parameter introduction: What files begin with.
    /// - Throws: ``VirtError`` if the system has no more threads or descriptors.
    init(introduction: [String]) throws {
        self.introduction = introduction
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw VirtError.system(errno, "cannot make a pipe for the log") }
        wakeSource = ends[0]
        wakeSink = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let source = wakeSource
        do {
            try ServiceThread.start("log") { [weak self] in
                var byte: UInt8 = 0
                // Zero: the writer is gone, and with it the other end.
                while read(source, &byte, 1) != 0 { self?.drain() }
                close(source)
            }
        } catch {
            close(ends[0])
            close(ends[1])
            throw error
        }
    }

    deinit {
        // Not `wakeSource`: its thread closes that.
        close(wakeSink)
    }

    /// Queues a record. Does not block.
    func enqueue(_ record: LogRecord) {
        let mustWake = queue.withLock { queue in
            let size = record.message.utf8.count + 128
            guard queue.bytes + size <= Self.maximumBytes else {
                queue.lost += 1
                return false
            }
            queue.records.append(record)
            queue.bytes += size
            defer { queue.isAwake = true }
            return !queue.isAwake
        }
        guard mustWake else { return }
        var byte: UInt8 = 0
        // The pipe holds one byte, or a few if somebody drained before the thread came: this does not block.
        _ = Self.writeByte(wakeSink, &byte)
    }

    private static func writeByte(_ descriptor: Int32, _ byte: inout UInt8) -> Int {
        withUnsafeBytes(of: &byte) { systemWrite(descriptor, $0.baseAddress, 1) }
    }

    /// Writes all that was queued before the call; blocks for that long.
    func drain() { outlets.withLock { write(&$0) } }

    /// Replaces all places where records go. What was queued before still goes to the old ones.
    func replaceSinks(_ sinks: [(priority: LogPriority, sink: any LogSink)]) {
        outlets.withLock { outlets in
            write(&outlets)
            outlets = sinks.map { Outlet(priority: $0.priority, sink: $0.sink) }
        }
    }

    /// Opens files anew. One that cannot be opened goes on with the old file.
    ///
    /// - Returns: what went wrong.
    func reopen() -> [any Error] {
        outlets.withLock { outlets in
            write(&outlets)
            var errors: [any Error] = []
            for index in outlets.indices {
                do { outlets[index].sink = try outlets[index].sink.reopened() } catch { errors.append(error) }
            }
            return errors
        }
    }

    private func write(_ outlets: inout [Outlet]) {
        while true {
            let (records, lost) = queue.withLock { queue in
                defer {
                    queue.isAwake = !queue.records.isEmpty
                    queue.records = []
                    queue.bytes = 0
                    queue.lost = 0
                }
                return (queue.records, queue.lost)
            }
            if records.isEmpty { return }
            for record in records { Self.write(record, &outlets, introduction) }
            if lost > 0 {
                let text = "\(lost) messages came too fast and are lost"
                Self.write(LogRecord(priority: .warning, label: "log", message: text), &outlets, introduction)
            }
        }
    }

    private static func write(_ record: LogRecord, _ outlets: inout [Outlet], _ introduction: [String]) {
        for index in outlets.indices where record.priority >= outlets[index].priority {
            if !outlets[index].isIntroduced {
                outlets[index].isIntroduced = true
                if outlets[index].sink.wantsIntroduction {
                    for text in introduction {
                        outlets[index].sink.write(
                            LogRecord(
                                priority: .info, label: record.label, message: text,
                                milliseconds: record.milliseconds, threadID: record.threadID))
                    }
                }
            }
            outlets[index].sink.write(record)
        }
    }
}

/// The system's, which methods of the same name hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
