/// The bounds of one server; all of them can be changed while it runs.
package struct ServerLimits: Sendable, Equatable {
    /// Threads that are there from the start, for calls that may block.
    package var minWorkers = 5
    package var maxWorkers = 20
    /// Threads kept for calls of high priority.
    package var priorityWorkers = 5
    package var maxClients = 5000
    /// Clients that have not authenticated; further ones wait in the kernel's queue.
    package var maxAnonymousClients = 20
    /// Connections that wait in the kernel's queue.
    package var maxQueuedClients = 1000
    /// Calls of one client under way; further ones wait, and then stay in its socket.
    package var maxClientRequests = 5
    package var keepaliveInterval: Duration = .seconds(5)
    package var keepaliveCount = 5

    package init() {}

    package init(_ limits: DaemonConfiguration.Limits, priorityWorkers: UInt32, maxAnonymousClients: UInt32) {
        minWorkers = Int(limits.minWorkers)
        maxWorkers = max(1, Int(limits.maxWorkers))
        self.priorityWorkers = Int(priorityWorkers)
        maxClients = Int(limits.maxClients)
        self.maxAnonymousClients = maxAnonymousClients == 0 ? maxClients : Int(maxAnonymousClients)
        maxQueuedClients = Int(limits.maxQueuedClients)
        maxClientRequests = max(1, Int(limits.maxClientRequests))
        keepaliveInterval = .seconds(Int64(limits.keepaliveInterval))
        keepaliveCount = Int(limits.keepaliveCount)
    }

    /// Whether one more client may come, who might not have authenticated.
    func hasRoom(clients: Int, anonymous: Int) -> Bool { clients < maxClients && anonymous < maxAnonymousClients }
}
