extension CommandGroup {
    static let domain = CommandGroup("Domain Management", keyword: "domain", [.suspend, .edit])
    static let monitor = CommandGroup("Domain Monitoring", keyword: "monitor", [.list, .dominfo])
    static let host = CommandGroup("Host and Hypervisor", keyword: "host", [.nodeinfo])
}