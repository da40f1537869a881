#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// `close`, by a name that methods called `close` do not hide.
func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
}
