internal import Libvirt
internal import LibvirtRemote
internal import VirtConf

/// Other hosts, for drivers that migrate to them: a URI without host and transport is one of this process, as for every
/// client of libvirt; others are reached as our SDK reaches them.
struct OtherHosts: HostConnector {
    func connect(to uri: String) async throws -> any DriverConnection {
        let parsed = try ConnectURI(uri)
        if parsed.transport == nil, parsed.host == nil,
            let driver = Drivers.all.first(where: { $0.schemes.contains(parsed.driver) })
        {
            return try await driver.open(uri, flags: 0)
        }
        return try await RemoteDriver.open(uri)
    }
}
