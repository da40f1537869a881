/// What the value of an option can be, for completion.
enum Completion: Sendable {
    case none
    case files
    case words([String])
    /// Words with commas between them.
    case wordList([String])
    case commands
    case domains, networks, networkPorts, pools, volumes, interfaces, secrets, nwfilters, nwfilterBindings, nodeDevices
    /// Of the domain that the line names.
    case snapshots, checkpoints, disks, domainInterfaces, iothreads, deviceAliases
}
