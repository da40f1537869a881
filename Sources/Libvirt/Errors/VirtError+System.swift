#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension VirtError {
    /// A system call failed: `TEXT: No such file or directory`.
    ///
    /// - Parameter number: `errno`, taken right after the call.
    package static func system(_ number: Int32, _ text: String, domain: ErrorDomain = .none) -> VirtError {
        let reason = strerror(number).map { String(cString: $0) } ?? "errno \(number)"
        let message = "\(text): \(reason)"
        return VirtError(
            .systemError, domain: domain, message: message,
            details: Details(string1: "%s", string2: message, number1: number))
    }
}
