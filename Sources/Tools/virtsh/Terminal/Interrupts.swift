@preconcurrency internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Tells of interrupts (`^C`, `kill`) instead of dying of them.
final class Interrupts: Sendable {
    private let numbers: [Int32]
    private let sources: [any DispatchSourceSignal]
    /// An element for each interrupt.
    let sequence: AsyncStream<Int32>

    init(_ numbers: [Int32] = [SIGINT, SIGTERM, SIGHUP]) {
        let (sequence, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(4))
        self.sequence = sequence
        self.numbers = numbers
        let queue = DispatchQueue(label: "virtsh.signals")
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// From here on they end the program again.
    deinit {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
}
