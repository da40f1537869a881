internal import Libvirt
internal import Synchronization
internal import VirtUtil

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The host's polkit, as all of the daemon asks it.
package final class PolkitAuthority: Sendable {
    private let bus: PolkitBus

    /// - Throws: ``PolkitError`` or ``VirtError`` if there are no more descriptors or threads.
    package init() throws {
        let bus = try PolkitBus()
        self.bus = bus
        try ServiceThread.start("polkit") { bus.run() }
    }

    deinit { bus.stop() }

    /// Whether polkit can be asked here at all: the host has what speaks to the bus.
    package static var isAvailable: Bool { PolkitBus.isAvailable }

    /// Whether the host's polkit has been told of libvirt's actions.
    static let knowsLibvirt = access("/usr/share/polkit-1/actions/org.libvirt.unix.policy", R_OK) == 0

    /// The one of this process.
    private static let shared = Mutex<PolkitAuthority?>(nil)

    /// - Parameter key: of the configuration, that wants it.
    /// - Throws: ``VirtError`` if the host cannot ask polkit.
    package static func system(for key: String) throws -> PolkitAuthority {
        guard isAvailable else {
            throw VirtError(
                .configUnsupported, domain: .conf,
                "\(key) wants polkit, and this host has no library that speaks to the system bus (libsystemd.so.0)")
        }
        return try shared.withLock { shared in
            if let shared { return shared }
            let authority = try PolkitAuthority()
            shared = authority
            return authority
        }
    }

    /// - Throws: ``PolkitError`` if polkit gives no answer; `CancellationError`.
    func ask(_ question: PolkitQuestion) async throws -> PolkitAnswer { try await bus.ask(question) }

    /// The question for a client that is a process of this host.
    ///
    /// - Returns: nil if the client is none, or has gone.
    static func question(_ action: String, _ client: ClientIdentity) -> PolkitQuestion? {
        guard let process = client.processID, let start = client.processStartTime, let user = client.userID else {
            return nil
        }
        return PolkitQuestion(action, processID: process, startTime: start, userID: user)
    }
}
