internal import ArgumentParser
internal import LibvirtRemote

struct ListCommand: ShellCommand {
    static let abstract = "List domains."
    static let syntax = Syntax(
        command: "list", operands: [],
        flags: [
            "inactive", "all", "transient", "persistent", "with-snapshot", "without-snapshot", "with-checkpoint",
            "without-checkpoint", "state-running", "state-paused", "state-shutoff", "state-other", "autostart",
            "no-autostart", "with-managed-save", "without-managed-save", "uuid", "name", "id", "table",
            "managed-save", "title",
        ])

    @Flag(help: "Inactive domains only.") var inactive = false
    @Flag(help: "Active and inactive domains.") var all = false
    @Flag(help: "Transient domains.") var transient = false
    @Flag(help: "Persistent domains.") var persistent = false
    @Flag(help: "Domains with snapshots.") var withSnapshot = false
    @Flag(help: "Domains without snapshots.") var withoutSnapshot = false
    @Flag(help: "Domains with checkpoints.") var withCheckpoint = false
    @Flag(help: "Domains without checkpoints.") var withoutCheckpoint = false
    @Flag(help: "Running domains.") var stateRunning = false
    @Flag(help: "Paused domains.") var statePaused = false
    @Flag(help: "Domains that are shut off.") var stateShutoff = false
    @Flag(help: "Domains in other states.") var stateOther = false
    @Flag(help: "Domains that start with the host.") var autostart = false
    @Flag(help: "Domains that do not start with the host.") var noAutostart = false
    @Flag(help: "Domains with a saved state.") var withManagedSave = false
    @Flag(help: "Domains without a saved state.") var withoutManagedSave = false
    @Flag(help: "Print UUIDs.") var uuid = false
    @Flag(help: "Print names.") var name = false
    @Flag(help: "Print ids.") var id = false
    @Flag(help: "Print a table (default).") var table = false
    @Flag(help: "Mark inactive domains that have a saved state.") var managedSave = false
    @Flag(help: "Show titles.") var title = false

    /// The filter that the daemon gets.
    var filter: ConnectListAllDomainsFlags {
        var filter: ConnectListAllDomainsFlags = .active
        if inactive { filter = .inactive }
        if all { filter = [.active, .inactive] }
        let others: [(Bool, ConnectListAllDomainsFlags)] = [
            (transient, .transient), (persistent, .persistent), (withSnapshot, .hasSnapshot),
            (withoutSnapshot, .noSnapshot), (withCheckpoint, .hasCheckpoint), (withoutCheckpoint, .noCheckpoint),
            (stateRunning, .running), (statePaused, .paused), (stateShutoff, [.shutoff, .inactive]),
            (stateOther, .other), (autostart, .autostart), (noAutostart, .noAutostart),
            (withManagedSave, .managedsave), (withoutManagedSave, .noManagedsave),
        ]
        for (isOn, flag) in others where isOn { filter.formUnion(flag) }
        return filter
    }

    private struct Row {
        let domain: Domain
        var isActive: Bool { domain.id >= 0 }
        var id: String { isActive ? String(domain.id) : "-" }

        /// Active domains first, by id; then the others by name, without regard to case.
        static func isBefore(_ first: Row, _ second: Row) -> Bool {
            switch (first.isActive, second.isActive) {
            case (true, true): first.domain.id < second.domain.id
            case (true, false): true
            case (false, true): false
            case (false, false): first.domain.name.lowercased() < second.domain.name.lowercased()
            }
        }
    }

    func run(in shell: Shell) async throws {
        try Self.exclude((table, "table"), (name, "name"))
        try Self.exclude((table, "table"), (uuid, "uuid"))
        try Self.exclude((table, "table"), (id, "id"))
        let connection = try await shell.connection()
        let rows = try await attempt("Failed to list domains") {
            try await connection.domains(flags: filter)
        }.map(Row.init).sorted(by: Row.isBefore)

        if shell.output.isJSON {
            shell.output.print(.array(try await rows.asyncMap { try await json($0) }))
        } else if uuid || name || id {
            for row in rows { printWords(row, to: shell.output) }
        } else {
            try await printTable(rows, to: shell.output)
        }
    }

    private func printWords(_ row: Row, to output: Output) {
        // Ids alone are those of active domains.
        if id && !uuid && !name && !row.isActive { return }
        var words: [String] = []
        if uuid { words.append(row.domain.uuid.description) }
        if id { words.append(row.id) }
        if name { words.append(row.domain.name) }
        output.print(words.joined(separator: " "))
    }

    private func printTable(_ rows: [Row], to output: Output) async throws {
        var table = Table(header: ["Id", "Name", "State"] + (title ? ["Title"] : []))
        for row in rows {
            guard let state = try await state(of: row) else { continue }
            var cells = [Table.Cell(row.id), Table.Cell(row.domain.name)]
            if managedSave, !row.isActive, try await row.domain.hasManagedSaveImage() {
                cells.append(Table.Cell("saved", .stopped))
            } else {
                cells.append(Table.Cell(state.word, state.ink))
            }
            if title { cells.append(Table.Cell(try await domainTitle(row.domain) ?? "")) }
            table.rows.append(cells)
        }
        output.printRaw(table.text(withHeader: !output.isQuiet, style: output.style))
    }

    private func json(_ row: Row) async throws -> JSON {
        var members = [
            JSON.Member(name: "id", value: row.isActive ? .integer(Int64(row.domain.id)) : .null),
            JSON.Member(name: "name", value: .string(row.domain.name)),
            JSON.Member(name: "uuid", value: .string(row.domain.uuid.description)),
            JSON.Member(name: "state", value: .string(try await state(of: row)?.word ?? "no state")),
        ]
        if managedSave {
            members.append(JSON.Member(name: "managedSave", value: .bool(try await row.domain.hasManagedSaveImage())))
        }
        if title { members.append(JSON.Member(name: "title", value: JSON(try await domainTitle(row.domain)))) }
        return .object(members)
    }

    /// The state, or nil if the domain has gone since it was listed.
    private func state(of row: Row) async throws -> DomainState? {
        do {
            return try await row.domain.state().state
        } catch let error as VirtError where error.code == .noDomain {
            return nil
        }
    }

    private func domainTitle(_ domain: Domain) async throws -> String? {
        do {
            return try await domain.metadata(.title)
        } catch let error as VirtError where error.code == .noDomainMetadata {
            return nil
        }
    }
}

extension Array {
    /// One after another, since an answer that fails ends the rest.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(count)
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
