// What a stream's bytes, secrets and screens are; nobody has to import XDR for them.
@_exported public import struct XDR.OpaqueData

/// An open connection to a hypervisor: through a daemon, or to a driver in this process.
///
/// Handles (``Domain``, ``Network`` …) keep it alive. Methods may be called from any task, and run side by side.
public final class Connection: Sendable {
    public let driver: any DriverConnection
    public let roles: Roles
    package let events: EventHub

    /// A connection over a driver; `Connection.open(_:)` of module `LibvirtRemote` finds one by URI.
    public init(driver: any DriverConnection) {
        self.driver = driver
        roles = Roles(driver)
        events = EventHub(driver)
    }

    /// The role that has `api`, or an error that says that the driver has it not.
    func required<Role>(_ role: Role?, _ api: String) throws -> Role {
        guard let role else { throw VirtError.noSupport(api) }
        return role
    }

    /// Ends the connection. Calls under way fail; event sequences end.
    public func close() async {
        events.finish()
        await driver.close()
    }
}
