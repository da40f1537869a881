import Libvirt

@testable import TestDriver

extension SupportTests {
    static let changeCalls: [String: Call] = [
        "domain_attach_device": { c in try await c.domainAttachDevice(try await c.test, xml: "x") },
        "domain_attach_device_flags": { c in
            try await c.domainAttachDeviceFlags(try await c.test, xml: "x", flags: [])
        },
        "domain_detach_device": { c in try await c.domainDetachDevice(try await c.test, xml: "x") },
        "domain_detach_device_flags": { c in
            try await c.domainDetachDeviceFlags(try await c.test, xml: "x", flags: [])
        },
        "domain_detach_device_alias": { c in
            try await c.domainDetachDeviceAlias(try await c.test, alias: "x", flags: [])
        },
        "domain_update_device_flags": { c in
            try await c.domainUpdateDeviceFlags(try await c.test, xml: "x", flags: [])
        },
    ]
}
