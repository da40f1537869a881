import Libvirt
import XDR

@testable import TestDriver

extension SupportTests {
    static let guestCalls: [String: Call] = [
        "domain_pm_suspend_for_duration": { c in
            try await c.domainPMSuspendForDuration(try await c.test, target: 0, duration: 0, flags: 0)
        },
        "domain_pm_wakeup": { c in try await c.domainPMWakeup(try await c.test, flags: 0) },
        "domain_get_guest_info": { c in
            _ = try await c.domainGetGuestInfo(try await c.test, types: 0, flags: 0)
        },
        "domain_get_guest_vcpus": { c in _ = try await c.domainGetGuestVCPUs(try await c.test, flags: 0) },
        "domain_set_guest_vcpus": { c in
            try await c.domainSetGuestVCPUs(try await c.test, cpumap: "1", state: 0, flags: 0)
        },
        "domain_agent_set_response_timeout": { c in
            _ = try await c.domainAgentSetResponseTimeout(try await c.test, timeout: -2, flags: 0)
        },
    ]
}
