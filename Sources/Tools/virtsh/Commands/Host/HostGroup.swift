extension CommandGroup {
    static let host = CommandGroup(
        "Host and Hypervisor", keyword: "host",
        [
            .allocpages, .capabilities, .cpuBaseline, .cpuCompare, .cpuModels, .domcapabilities, .freecell, .freepages,
            .hostname, .hypervisorCPUBaseline, .hypervisorCPUCompare, .maxvcpus, .nodeMemoryTune, .nodecpumap,
            .nodecpustats, .nodeinfo, .nodememstats, .nodesevinfo, .nodesuspend, .sysinfo, .uri, .version,
        ])
}
