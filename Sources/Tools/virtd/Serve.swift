internal import Logging
internal import VirtDaemon

/// Serves until a signal says to stop, or there has been nothing to do for long enough.
func serve(_ startup: Startup) async throws {
    let (idle, expired) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let daemon = try Daemon(
        startup.configuration, paths: startup.paths, drivers: startup.drivers, logger: startup.log.logger("rpc"),
        log: startup.log, idleTimeout: startup.options.timeout.map { .seconds($0) }, expired: { expired.yield() })
    try await daemon.start(network: startup.options.listen, activation: startup.activation)
    startup.ready()
    startup.manager.ready()
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await obey(daemon, startup) }
        group.addTask {
            for await _ in idle {
                startup.logger.info("Nobody needs the daemon: shutting down")
                return
            }
        }
        await group.next()
        group.cancelAll()
    }
    startup.manager.stopping()
    await stop(daemon, startup)
}

/// Does what signals ask for, until one asks for the end.
private func obey(_ daemon: Daemon, _ startup: Startup) async {
    for await signal in startup.signals {
        switch signal {
        case .reload:
            startup.logger.notice("Reloading configuration on SIGHUP")
            startup.manager.reloading()
            do { try daemon.reload(try startup.reload()) } catch { startup.logger.error("\(error)") }
            startup.manager.ready()
        case .stop:
            startup.logger.info("Shutting down on a signal")
            return
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
