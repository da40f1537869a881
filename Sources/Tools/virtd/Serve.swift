internal import VirtDaemon

/// Serves until a signal says to stop, or the timeout passes.
func serve(_ startup: Startup) async throws {
    // Sockets, sessions and drivers come in here.
    startup.ready()
    for await signal in startup.signals {
        switch signal {
        case .reload:
            startup.logger.info("Reloading configuration on SIGHUP")
            do { _ = try startup.reload() } catch { startup.logger.error("\(error)") }
        case .stop: return
        }
    }
}
