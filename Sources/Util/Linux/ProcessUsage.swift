#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What this process uses of the host now; 0 where the host does not say.
package struct ProcessUsage: Sendable {
    package private(set) var residentBytes: UInt64 = 0
    package private(set) var openDescriptors = 0
    package private(set) var processorNanoseconds: UInt64 = 0

    package init() {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #endif
        for time in [usage.ru_utime, usage.ru_stime] {
            processorNanoseconds += UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_usec) * 1000
        }
        #if os(Linux)
            readStatistics()
            countDescriptors()
        #endif
    }

    #if os(Linux)
        /// The second number of `/proc/self/statm`, in pages.
        private mutating func readStatistics() {
            let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return }
            let fields = bytes[..<count].split(separator: UInt8(ascii: " "))
            guard fields.count > 1, let pages = UInt64(String(decoding: fields[1], as: UTF8.self)) else { return }
            residentBytes = pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        }

        private mutating func countDescriptors() {
            guard let directory = opendir("/proc/self/fd") else { return }
            defer { closedir(directory) }
            while readdir(directory) != nil { openDescriptors += 1 }
            // The two dots, and the directory itself.
            openDescriptors -= 3
        }
    #endif
}
