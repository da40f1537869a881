#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A descriptor to pass.
func nullDevice() -> Int32 { open("/dev/null", O_RDWR | O_CLOEXEC) }

/// Lets other threads work, for a fifth of a millisecond.
func pause() { usleep(200) }
