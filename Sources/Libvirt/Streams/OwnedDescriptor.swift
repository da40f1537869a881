#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A file descriptor that is closed with its last reference.
public final class OwnedDescriptor: Sendable {
    public let rawValue: Int32

    /// Takes over an open descriptor.
    public init(_ descriptor: Int32) { rawValue = descriptor }

    deinit { close(rawValue) }

    /// A second descriptor of the same file, for an API that closes what it is given.
    public func duplicate() throws -> Int32 {
        let copy = dup(rawValue)
        guard copy >= 0 else {
            throw VirtError(.systemError, domain: .none, "cannot duplicate a file descriptor: errno \(errno)")
        }
        return copy
    }
}
