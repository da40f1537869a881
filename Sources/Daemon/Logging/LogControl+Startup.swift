package import Libvirt

extension LogControl.Settings {
    /// What a daemon that starts, or reads its file again, wants: the command line over the environment over the file.
    ///
    /// `LIBVIRT_DEBUG` (a number or `debug` … `error`), `LIBVIRT_LOG_FILTERS` and `LIBVIRT_LOG_OUTPUTS` count as in
    /// libvirt's daemons.
    ///
    /// - Parameters:
    ///   - isVerbose: informational messages at least.
    ///   - directory: where the process began, for relative paths.
    /// - Throws: ``VirtError`` that names the bad item.
    package init(
        _ configuration: DaemonConfiguration, isVerbose: Bool, directory: String, variable: (String) -> String?
    ) throws {
        func given(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        level = UInt8(exactly: configuration.logLevel).flatMap(LogPriority.init(rawValue:)) ?? .warning
        if let text = given("LIBVIRT_DEBUG") {
            guard let priority = LogPriority(text: text) else {
                throw VirtError(
                    .invalidArg, domain: .none, "Failed to set logging priority, argument '\(text)' is invalid")
            }
            level = priority
        }
        if isVerbose { level = min(level, .info) }
        filters = try LogFilter.parse(given("LIBVIRT_LOG_FILTERS") ?? configuration.logFilters ?? "")
        outputs = try LogOutput.parse(
            given("LIBVIRT_LOG_OUTPUTS") ?? configuration.logOutputs ?? "", directory: directory)
    }
}

extension LogOutput {
    /// Where messages go if nobody says it: the journal for a service, else the file in the background and standard
    /// error in the foreground.
    ///
    /// It takes every priority that passes, so that a filter alone is enough to see debug messages.
    ///
    /// - Parameter hasTerminal: Whether somebody sits in front of it.
    package static func byDefault(
        isBackground: Bool, hasTerminal: Bool, isJournalAvailable: Bool? = nil, paths: DaemonPaths
    ) -> LogOutput {
        let destination: Destination =
            if (isBackground || !hasTerminal) && (isJournalAvailable ?? JournalSink.isAvailable()) && paths.root.isEmpty {
                .journald
            } else if isBackground {
                .file(paths.logFile)
            } else {
                .standardError
            }
        return LogOutput(priority: .debug, destination: destination)
    }
}
