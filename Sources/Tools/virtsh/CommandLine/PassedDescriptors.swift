internal import LibvirtRemote

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The file descriptors of `--pass-fds`.
enum PassedDescriptors {
    static func parse(_ text: String?) throws(ShellError) -> [OwnedDescriptor] {
        var descriptors: [OwnedDescriptor] = []
        for part in text?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let number = Int32(part), number >= 0 else {
                throw ShellError("Unable to parse FD number '\(part)'")
            }
            // The original stays open: a guest that fails to start may be started again.
            let copy = dup(number)
            guard copy >= 0 else { throw ShellError("cannot pass file descriptor \(number): it is not open") }
            descriptors.append(OwnedDescriptor(copy))
        }
        return descriptors
    }
}
