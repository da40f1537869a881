internal import CSASL
internal import Synchronization

/// libsasl2's state in this process: plug-ins and, on servers, the configuration, both read once.
package enum SASLLibrary {
    /// The name of libvirt's configuration, `libvirt.conf`, and of its service.
    static let service = "libvirt"

    private static let client = start("client") { sasl_client_init(callbacks.pointer) }
    private static let server = start("server") { sasl_server_init(callbacks.pointer, service) }

    /// Loads what clients need.
    static func startClient() throws(SASLError) { try client.get() }

    /// Loads what servers need: mechanisms, and `libvirt.conf` from `SASL_CONF_PATH` or `/etc/sasl2`. Reads files.
    ///
    /// - Throws: ``SASLError`` if a file is wrong; the next attempt ends the same.
    package static func startServer() throws(SASLError) { try server.get() }

    private static func start(_ side: String, _ body: () -> Int32) -> Result<Void, SASLError> {
        _ = locks
        let result = body()
        return result == SASL_OK ? .success(()) : .failure(SASLError(result, "cannot start SASL's \(side) side"))
    }

    /// Before anything else; without effect in a process that uses the library already.
    private static let locks: Void = virt_sasl_use_mutexes()

    /// For all connections that have none of their own: without it the library writes to the system's log.
    private static let callbacks = Callbacks([virt_sasl_log_callback({ _, _, _ in SASL_OK }, nil)])

    /// A list of callbacks in memory that stays where it is, as long as this object lives.
    final class Callbacks: Sendable {
        // SAFETY: filled in `init` and not changed any more; the library reads it.
        nonisolated(unsafe) let pointer: UnsafeMutablePointer<sasl_callback_t>

        init(_ callbacks: [sasl_callback_t]) {
            pointer = .allocate(capacity: callbacks.count + 1)
            pointer.initialize(repeating: sasl_callback_t(), count: callbacks.count + 1)
            for (index, callback) in callbacks.enumerated() { pointer[index] = callback }
            pointer[callbacks.count].id = UInt(SASL_CB_LIST_END)
        }

        deinit { pointer.deallocate() }
    }
}
