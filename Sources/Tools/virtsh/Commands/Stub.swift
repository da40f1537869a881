extension CommandGroup {
    static let domain = CommandGroup("Domain Management", keyword: "domain", [.suspend, .edit])
    static let monitor = CommandGroup("Domain Monitoring", keyword: "monitor", [.list, .dominfo])
    static let host = CommandGroup("Host and Hypervisor", keyword: "host", [.nodeinfo])
    static let checkpoint = CommandGroup("Checkpoint", keyword: "checkpoint", [])
    static let interface = CommandGroup("Interface", keyword: "interface", [])
    static let filter = CommandGroup("Network Filter", keyword: "filter", [])
    static let nodeDevice = CommandGroup("Node Device", keyword: "nodedev", [])
    static let secret = CommandGroup("Secret", keyword: "secret", [])
    static let snapshot = CommandGroup("Snapshot", keyword: "snapshot", [])
    static let backup = CommandGroup("Backup", keyword: "backup", [])
}