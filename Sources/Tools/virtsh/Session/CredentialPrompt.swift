internal import Dispatch
internal import LibvirtRemote

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Asks the user for what the daemon wants to know, in virsh's way: names from the standard input, passwords from the
/// terminal. What `auth.conf` answers is not asked.
enum CredentialPrompt {
    private static let queue = DispatchQueue(label: "virtsh.credentials")

    @Sendable static func ask(_ request: CredentialRequest) async -> String? {
        if request.fallback != nil { return nil }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: askNow(request)) }
        }
    }

    /// Blocks until the user has answered; nil at the end of the input.
    private static func askNow(_ request: CredentialRequest) -> String? {
        let prompt = "\(request.prompt): "
        switch request.kind {
        case .passphrase, .noEchoPrompt:
            // SAFETY: the text is the C library's own, copied and wiped before anything else can ask.
            guard let text = getpass(prompt) else { return nil }
            defer { memset(text, 0, strlen(text)) }
            return String(cString: text)
        default:
            // Not among what is printed for programs.
            _ = prompt.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            return readLine()
        }
    }
}
