package import Libvirt
package import Logging
internal import Synchronization

/// The daemon's log: what passes, and where it goes. All of it can be changed while the daemon runs.
///
/// A message passes if its priority reaches that of the first filter that fits its label, or the level if none fits;
/// each output then has a priority of its own. Labels of loggers are the names of our modules, a fixed set.
package final class LogControl: Sendable {
    /// What the log is like, as text in libvirt's languages.
    package struct Settings: Sendable, Equatable {
        package var level: LogPriority
        package var filters: [LogFilter]
        /// Empty: the default output.
        package var outputs: [LogOutput]

        package init(level: LogPriority = .warning, filters: [LogFilter] = [], outputs: [LogOutput] = []) {
            self.level = level
            self.filters = filters
            self.outputs = outputs
        }
    }

    private struct State {
        var settings: Settings
        var thresholds: [String: LogThreshold] = [:]
    }

    private let state: Mutex<State>
    private let writer: LogWriter
    private let defaultOutput: LogOutput

    /// Begins a log.
    ///
    /// - Parameters:
    ///   - defaultOutput: where messages go while the settings name no output.
    ///   - introduction: lines that files and standard error begin with.
    /// - Throws: ``VirtError`` if an output cannot be opened.
    package init(_ settings: Settings, defaultOutput: LogOutput, introduction: [String] = []) throws {
        state = Mutex(State(settings: settings))
        self.defaultOutput = defaultOutput
        writer = try LogWriter(introduction: introduction)
        try open(settings.outputs)
    }

    deinit { writer.drain() }

    /// A logger whose messages go here.
    package func logger(_ label: String) -> Logger {
        Logger(label: label) { ControlledLogHandler(label: $0, control: self) }
    }

    // MARK: Changes at run time

    package var level: LogPriority {
        get { state.withLock { $0.settings.level } }
        set { update { $0.level = newValue } }
    }

    /// The filters as text; empty if there are none.
    package var filters: String { LogFilter.text(state.withLock { $0.settings.filters }) }

    /// The outputs as text, the default one included.
    package var outputs: String {
        let outputs = state.withLock { $0.settings.outputs }
        return LogOutput.text(outputs.isEmpty ? [defaultOutput] : outputs)
    }

    /// Replaces all filters; an empty text removes them.
    package func setFilters(_ text: String) throws {
        let filters = try LogFilter.parse(text)
        update { $0.filters = filters }
    }

    /// Replaces all outputs; an empty text means the default one. If one cannot be opened, all stays as it was.
    ///
    /// Blocks until what was logged before is written.
    package func setOutputs(_ text: String) throws {
        let outputs = try LogOutput.parse(text)
        try open(outputs)
        update { $0.outputs = outputs }
    }

    /// Replaces everything, after the configuration file was read again.
    package func set(_ settings: Settings) throws {
        try open(settings.outputs)
        update { $0 = settings }
    }

    /// Opens files anew, after something moved them away. One that cannot be opened is written on as it is.
    ///
    /// - Returns: what went wrong.
    package func reopen() -> [any Error] { writer.reopen() }

    /// Waits until what was logged so far is written: before the process ends.
    package func flush() { writer.drain() }

    private func update(_ change: (inout Settings) -> Void) {
        state.withLock { state in
            change(&state.settings)
            for (label, threshold) in state.thresholds {
                threshold.priority = Self.priority(of: label, state.settings)
            }
        }
    }

    private func open(_ outputs: [LogOutput]) throws {
        let outputs = outputs.isEmpty ? [defaultOutput] : outputs
        writer.replaceSinks(
            try outputs.map { output in
                let sink: any LogSink =
                    switch output.destination {
                    case .standardError: StandardErrorSink()
                    case .file(let path): try FileSink(path)
                    case .syslog(let name): SyslogSink(name)
                    case .journald: try JournalSink()
                    }
                return (output.priority, sink)
            })
    }

    // MARK: For handlers

    func threshold(of label: String) -> LogThreshold {
        state.withLock { state in
            if let threshold = state.thresholds[label] { return threshold }
            let threshold = LogThreshold(Self.priority(of: label, state.settings))
            state.thresholds[label] = threshold
            return threshold
        }
    }

    func write(_ record: LogRecord) { writer.enqueue(record) }

    static func priority(of label: String, _ settings: Settings) -> LogPriority {
        settings.filters.first { $0.fits(label) }?.priority ?? settings.level
    }
}

/// What a label's messages have to reach: one load for each message that is not written.
final class LogThreshold: Sendable {
    private let value: Atomic<UInt8>

    init(_ priority: LogPriority) { value = Atomic(priority.rawValue) }

    var priority: LogPriority {
        get { LogPriority(rawValue: value.load(ordering: .relaxed)) ?? .warning }
        set { value.store(newValue.rawValue, ordering: .relaxed) }
    }
}

/// swift-log's side of ``LogControl``.
struct ControlledLogHandler: LogHandler {
    private let label: String
    private let control: LogControl
    private let threshold: LogThreshold
    /// Set on this logger alone; the control's word counts otherwise.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, control: LogControl) {
        self.label = label
        self.control = control
        threshold = control.threshold(of: label)
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.priority.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var text = event.message.description
        if let error = event.error { text += ": \(error)" }
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let given = event.metadata { all.merge(given) { _, new in new } }
        if !all.isEmpty {
            let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            text += " [\(pairs.joined(separator: " "))]"
        }
        control.write(
            LogRecord(
                priority: LogPriority(event.level), label: label,
                place: .init(function: event.function, file: event.file, line: event.line), message: text))
    }
}
