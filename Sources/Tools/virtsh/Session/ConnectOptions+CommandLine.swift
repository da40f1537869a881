internal import LibvirtRemote

extension ConnectOptions {
    /// The options of a connection, from those of the command line; virsh's defaults are the library's.
    init(keepaliveInterval interval: Int?, count: Int?) {
        self.init()
        if let interval { keepaliveInterval = .seconds(interval) }
        if let count { keepaliveCount = count }
        credentials = CredentialPrompt.ask
    }
}
