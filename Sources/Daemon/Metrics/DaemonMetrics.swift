internal import Libvirt
internal import Synchronization
internal import VirtUtil

/// All that the daemon tells of itself, as text.
struct DaemonMetrics: Sendable {
    let servers: [Server]
    let calls: CallMetrics
    let drivers: [any Driver]

    func text() async -> String {
        var out = MetricsText()
        process(&out)
        clients(&out)
        workers(&out)
        traffic(&out)
        callMetrics(&out)
        await domains(&out)
        return out.text
    }

    private func process(_ out: inout MetricsText) {
        out.metric("virtd_info", .gauge, "The daemon's version.")
        out.sample("virtd_info", [("version", ProjectVersion.text)], 1)
        let usage = ProcessUsage()
        out.metric("process_resident_memory_bytes", .gauge, "Resident memory.")
        out.sample("process_resident_memory_bytes", usage.residentBytes)
        out.metric("process_open_fds", .gauge, "Open file descriptors.")
        out.sample("process_open_fds", usage.openDescriptors)
        out.metric("process_cpu_seconds_total", .counter, "User and system time.")
        out.sample("process_cpu_seconds_total", MetricsText.seconds(usage.processorNanoseconds))
    }

    private func clients(_ out: inout MetricsText) {
        gauge("virtd_clients", "Connected clients.", &out) { $0.clientCount }
        gauge("virtd_clients_unauthenticated", "Clients that have not authenticated.", &out) { $0.anonymousCount }
        gauge("virtd_clients_max", "Clients that may be connected.", &out) { $0.limits.maxClients }
        counter("virtd_connections_total", "Connections taken.", &out) { $0.counters.accepted.load(ordering: .relaxed) }
        counter("virtd_connections_refused_total", "Connections turned away.", &out) {
            $0.counters.refused.load(ordering: .relaxed)
        }
        out.metric("virtd_connections_dropped_total", .counter, "Connections that the daemon has ended.")
        for server in servers {
            for (reason, count) in [
                ("malformed frame", server.counters.brokenFrames.load(ordering: .relaxed)),
                ("events not read", server.counters.unreadEvents.load(ordering: .relaxed)),
                ("keepalive", server.counters.silence.load(ordering: .relaxed)),
            ] {
                out.sample("virtd_connections_dropped_total", [("server", server.name), ("reason", reason)], count)
            }
        }
    }

    private func workers(_ out: inout MetricsText) {
        out.metric("virtd_workers", .gauge, "Threads for calls that may block.")
        let pools = servers.flatMap { [($0, "ordinary", $0.workers.statistics), ($0, "priority", $0.priorityWorkers.statistics)] }
        for (server, pool, statistics) in pools {
            let labels = [("server", server.name), ("pool", pool)]
            out.sample("virtd_workers", labels + [("state", "idle")], statistics.idle)
            out.sample("virtd_workers", labels + [("state", "busy")], statistics.threads - statistics.idle)
        }
        out.metric("virtd_queued_calls", .gauge, "Calls that no worker has taken up yet.")
        for (server, pool, statistics) in pools {
            out.sample("virtd_queued_calls", [("server", server.name), ("pool", pool)], statistics.queued)
        }
        gauge("virtd_calls_in_flight", "Calls that are not answered yet.", &out) { $0.callsInFlight }
    }

    private func traffic(_ out: inout MetricsText) {
        counter("virtd_events_total", "Messages of events sent to clients.", &out) {
            $0.counters.events.load(ordering: .relaxed)
        }
        out.metric("virtd_stream_bytes_total", .counter, "Bytes of streams.")
        for server in servers {
            out.sample(
                "virtd_stream_bytes_total", [("server", server.name), ("direction", "to client")],
                server.counters.streamBytesToClients.load(ordering: .relaxed))
            out.sample(
                "virtd_stream_bytes_total", [("server", server.name), ("direction", "from client")],
                server.counters.streamBytesFromClients.load(ordering: .relaxed))
        }
    }

    private func callMetrics(_ out: inout MetricsText) {
        let called = calls.called
        out.metric("virtd_call_errors_total", .counter, "Calls that were answered with an error.")
        for procedure in called {
            out.sample(
                "virtd_call_errors_total", [("procedure", procedure.info.name)], procedure.errors.load(ordering: .relaxed))
        }
        out.metric("virtd_call_duration_seconds", .histogram, "Time from a call's arguments to its answer.")
        for procedure in called {
            let labels = [("procedure", procedure.info.name)]
            var sum: UInt64 = 0
            for (bound, count) in zip(CallMetrics.bounds, procedure.buckets) {
                sum += count
                out.sample("virtd_call_duration_seconds_bucket", labels + [("le", MetricsText.seconds(bound))], sum)
            }
            // Read last, so that it is no less than the buckets.
            let count = procedure.calls.load(ordering: .relaxed)
            out.sample("virtd_call_duration_seconds_bucket", labels + [("le", "+Inf")], max(count, sum))
            out.sample(
                "virtd_call_duration_seconds_sum", labels,
                MetricsText.seconds(procedure.nanoseconds.load(ordering: .relaxed)))
            out.sample("virtd_call_duration_seconds_count", labels, max(count, sum))
        }
    }

    private func domains(_ out: inout MetricsText) async {
        out.metric("virtd_domains", .gauge, "Domains by state.")
        for driver in drivers {
            for (state, count) in await driver.domainCounts().sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                out.sample("virtd_domains", [("driver", driver.name), ("state", "\(state)")], count)
            }
        }
    }

    private func gauge(_ name: String, _ help: String, _ out: inout MetricsText, _ value: (Server) -> Int) {
        out.metric(name, .gauge, help)
        for server in servers { out.sample(name, [("server", server.name)], value(server)) }
    }

    private func counter(_ name: String, _ help: String, _ out: inout MetricsText, _ value: (Server) -> UInt64) {
        out.metric(name, .counter, help)
        for server in servers { out.sample(name, [("server", server.name)], value(server)) }
    }
}
