internal import Logging
internal import VirtDaemon

/// Serves until a signal says to stop.
func serve(_ startup: Startup) async throws {
    let daemon = try Daemon(
        startup.configuration, paths: startup.paths, drivers: startup.drivers, logger: startup.log.logger("rpc"))
    try await daemon.start(network: startup.options.listen)
    startup.ready()
    for await signal in startup.signals {
        switch signal {
        case .reload:
            startup.logger.info("Reloading configuration on SIGHUP")
            do { _ = try startup.reload() } catch { startup.logger.error("\(error)") }
        case .stop:
            startup.logger.info("Shutting down on a signal")
            return await stop(daemon, startup)
        }
    }
}

/// Drains; a second signal ends it at once.
private func stop(_ daemon: Daemon, _ startup: Startup) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await daemon.stop() }
        group.addTask { for await signal in startup.signals where signal == .stop { return } }
        await group.next()
        group.cancelAll()
    }
}
