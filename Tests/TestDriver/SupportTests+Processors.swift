import Libvirt

@testable import TestDriver

extension SupportTests {
    static let processorCalls: [String: Call] = [
        "connect_compare_cpu": { c in _ = try await c.connectCompareCPU(xml: "<cpu/>", flags: []) },
        "connect_baseline_cpu": { c in _ = try await c.connectBaselineCPU(xmlCPUs: ["<cpu/>"], flags: []) },
        "connect_get_cpu_model_names": { c in _ = try await c.connectGetCPUModelNames(arch: "i686", flags: 0) },
        "connect_compare_hypervisor_cpu": { c in
            _ = try await c.connectCompareHypervisorCPU(
                emulator: nil, arch: nil, machine: nil, virttype: nil, xmlCPU: "<cpu/>", flags: [])
        },
        "connect_baseline_hypervisor_cpu": { c in
            _ = try await c.connectBaselineHypervisorCPU(
                emulator: nil, arch: nil, machine: nil, virttype: nil, xmlCPUs: ["<cpu/>"], flags: [])
        },
        "connect_get_domain_capabilities": { c in
            _ = try await c.connectGetDomainCapabilities(
                emulatorbin: nil, arch: nil, machine: nil, virttype: nil, flags: [])
        },
    ]
}
