internal import Synchronization
internal import VirtRPC
internal import XDR
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A link through a program: what we send is its input, what it writes is what we receive.
///
/// What it writes to its standard error is collected, so that the end of the link says why. The program ends with the
/// link: it is asked to (SIGTERM), and made to when it does not.
final class CommandLink: Link, LinkHandler, @unchecked Sendable {
    // SAFETY: everything that changes belongs to the loop, but for `isTerminated`, which is atomic.
    let peer: PeerIdentity
    var transport: TransportKind { .command }

    private let base: any Link
    private let child: ChildProcess
    private let errors: ErrorCollector
    private let errorsLink: any Link
    private let name: String
    private let isTerminated = Atomic(false)

    private var handler: (any LinkHandler)?
    private var isAttached = false
    /// Why the link below has ended, while it is not known why the program has.
    private var ending: LinkCloseReason?
    private var ended: ChildProcess.End?
    private var timer: (any LinkTimer)?

    /// How long a program may take to end once it has closed its output.
    private static let endLimit = Duration.seconds(1)
    /// How long its last words may take once it has ended: what it has started may keep its standard error open.
    private static let wordsLimit = Duration.milliseconds(50)
    /// How long it may take to end once it was asked to.
    private static let killLimit = Duration.seconds(2)

    /// - Parameter base: its input and output. Like `errorsLink`, it has no handler yet and the same loop.
    init(_ base: any Link, child: ChildProcess, name: String, errors: ErrorCollector, errorsLink: any Link) {
        self.base = base
        self.child = child
        self.name = name
        self.errors = errors
        self.errorsLink = errorsLink
        peer = PeerIdentity(description: "the command \(name)")
    }

    deinit { terminate() }

    /// Sets who is told, and begins to read; once, on the loop.
    ///
    /// - Parameter attachBase: gives the link below its handler.
    func attach(_ handler: any LinkHandler, attachBase: (any LinkHandler) -> Void) {
        precondition(!isAttached, "a link has one handler")
        isAttached = true
        self.handler = handler
        attachBase(self)
    }

    /// Ends the program, now or after two seconds.
    private func terminate() {
        guard !isTerminated.exchange(true, ordering: .relaxed) else { return }
        errorsLink.close(flushing: false)
        guard !child.hasEnded else { return }
        child.signal(SIGTERM)
        let child = child
        let timer = base.schedule(after: Self.killLimit) { child.signal(SIGKILL) }
        child.whenEnded { _ in timer.cancel() }
    }

    // MARK: Link

    @discardableResult
    func send(_ bytes: MessageBuffer, descriptors: [Int32]) -> Bool { base.send(bytes, descriptors: descriptors) }

    var pendingBytes: Int { base.pendingBytes }

    func setReading(_ enabled: Bool) { base.setReading(enabled) }

    func close(flushing: Bool) {
        base.close(flushing: flushing)
        guard flushing else { return terminate() }
        base.execute { [self] in
            // Without a handler, nobody is told of the end of the link below.
            if !isAttached || ending != nil { terminate() }
        }
    }

    var taskExecutor: (any TaskExecutor)? { base.taskExecutor }

    func execute(_ work: @escaping @Sendable () -> Void) { base.execute(work) }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> any LinkTimer {
        base.schedule(after: delay, work)
    }

    // MARK: LinkHandler, of the link below

    func link(_ link: any Link, didReceive bytes: UnsafeRawBufferPointer, descriptors: [Int32]) {
        handler?.link(self, didReceive: bytes, descriptors: descriptors)
    }

    func linkDidDrain(_ link: any Link) { handler?.linkDidDrain(self) }

    func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        guard reason != .local else { return report(.local) }
        // The program is about to say why.
        ending = reason
        timer = base.schedule(after: Self.endLimit) { [self] in report(explained()) }
        child.whenEnded { [self] end in
            base.execute { [self] in
                guard handler != nil else { return }
                ended = end
                timer?.cancel()
                if errors.isComplete { return report(explained()) }
                timer = base.schedule(after: Self.wordsLimit) { [self] in report(explained()) }
                errors.whenComplete { [self] in report(explained()) }
            }
        }
    }

    private func explained() -> LinkCloseReason {
        var text = "the command \(name) " + (ended?.description ?? "has closed the connection")
        let words = errors.text
        if !words.isEmpty { text += ": \(words)" }
        if case .error(let reason) = ending, words.isEmpty { text += " (\(reason))" }
        return .commandEnded(text)
    }

    private func report(_ reason: LinkCloseReason) {
        timer?.cancel()
        timer = nil
        terminate()
        let told = handler
        handler = nil
        told?.linkDidClose(self, reason: reason)
    }
}

/// Keeps the end of what a program complains about; all of it belongs to the loop.
final class ErrorCollector: LinkHandler, @unchecked Sendable {
    // SAFETY: used on the loop of the link that it is the handler of, and of the command's link, which is the same.
    private var bytes: [UInt8] = []
    private var isCut = false
    private(set) var isComplete = false
    private var action: (() -> Void)?

    /// A reason stands at the end; before it there may be any amount of banner or debugging.
    static let limit = 1024

    func link(_ link: any Link, didReceive received: UnsafeRawBufferPointer, descriptors: [Int32]) {
        if bytes.count + received.count > Self.limit { isCut = true }
        bytes += received.suffix(Self.limit)
        if bytes.count > Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    func linkDidDrain(_ link: any Link) {}

    func linkDidClose(_ link: any Link, reason: LinkCloseReason) {
        isComplete = true
        let action = action
        self.action = nil
        action?()
    }

    func whenComplete(_ action: @escaping () -> Void) { self.action = action }

    /// The lines, on one, without what a terminal would take for commands.
    var text: String {
        // Of a line whose beginning is gone nobody can make sense.
        bytes.drop { isCut && $0 != UInt8(ascii: "\n") }
            .split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .map { line in String(decoding: line.filter { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self) }
            .map { line in line.split(separator: " ").joined(separator: " ") }
            .filter { !$0.isEmpty }
            .joined(separator: "; ")
    }
}
