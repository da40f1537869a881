internal import LibvirtRemote

extension Command {
    static let list = Command(
        "list", "List domains.",
        [
            .flag("inactive", "Inactive domains only."), .flag("all", "Active and inactive domains."),
            .flag("transient", "Transient domains."), .flag("persistent", "Persistent domains."),
            .flag("with-snapshot", "Domains with snapshots."), .flag("without-snapshot", "Domains without snapshots."),
            .flag("with-checkpoint", "Domains with checkpoints."),
            .flag("without-checkpoint", "Domains without checkpoints."), .flag("state-running", "Running domains."),
            .flag("state-paused", "Paused domains."), .flag("state-shutoff", "Domains that are shut off."),
            .flag("state-other", "Domains in other states."), .flag("autostart", "Domains that start with the host."),
            .flag("no-autostart", "Domains that do not start with the host."),
            .flag("with-managed-save", "Domains with a saved state."),
            .flag("without-managed-save", "Domains without a saved state."), .flag("uuid", "Print UUIDs."),
            .flag("name", "Print names."), .flag("id", "Print ids."), .flag("table", "Print a table (default)."),
            .flag("managed-save", "Mark inactive domains that have a saved state."), .flag("title", "Show titles."),
        ]
    ) { call in
        try call.excludePairs(["table": "name", "table": "uuid", "table": "id"])
        let listing = DomainListing(call: call)
        let connection = try await call.connection()
        let rows = try await attempt("Failed to list domains") {
            try await connection.domains(flags: listing.filter)
        }.map(DomainListing.Row.init).sorted(by: DomainListing.Row.isBefore)
        try await listing.print(rows)
    }
}

/// Domains as `list` shows them.
struct DomainListing: Sendable {
    let call: Invocation

    private func has(_ option: String) -> Bool { call.has(option) }

    /// The filter that the daemon gets.
    var filter: ConnectListAllDomainsFlags {
        var filter: ConnectListAllDomainsFlags = .active
        if has("inactive") { filter = .inactive }
        if has("all") { filter = [.active, .inactive] }
        return filter.union(
            call.flags([
                "transient": .transient, "persistent": .persistent, "with-snapshot": .hasSnapshot,
                "without-snapshot": .noSnapshot, "with-checkpoint": .hasCheckpoint,
                "without-checkpoint": .noCheckpoint, "state-running": .running, "state-paused": .paused,
                "state-shutoff": [.shutoff, .inactive], "state-other": .other, "autostart": .autostart,
                "no-autostart": .noAutostart, "with-managed-save": .managedsave,
                "without-managed-save": .noManagedsave,
            ]))
    }

    func print(_ rows: [Row]) async throws {
        if call.output.isJSON {
            call.output.print(.array(try await rows.asyncMap { try await json($0) }))
        } else if has("uuid") || has("name") || has("id") {
            for row in rows { printWords(row, to: call.output) }
        } else {
            try await printTable(rows, to: call.output)
        }
    }

    struct Row {
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

    private func printWords(_ row: Row, to output: Output) {
        // Ids alone are those of active domains.
        if has("id") && !has("uuid") && !has("name") && !row.isActive { return }
        var words: [String] = []
        if has("uuid") { words.append(row.domain.uuid.description) }
        if has("id") { words.append(row.id) }
        if has("name") { words.append(row.domain.name) }
        output.print(words.joined(separator: " "))
    }

    private func printTable(_ rows: [Row], to output: Output) async throws {
        var table = Table(header: ["Id", "Name", "State"] + (has("title") ? ["Title"] : []))
        for row in rows {
            guard let state = try await state(of: row) else { continue }
            var cells = [Table.Cell(row.id), Table.Cell(row.domain.name)]
            if has("managed-save"), !row.isActive, try await row.domain.hasManagedSaveImage() {
                cells.append(Table.Cell("saved", .stopped))
            } else {
                cells.append(Table.Cell(state.word, state.ink))
            }
            if has("title") { cells.append(Table.Cell(try await domainTitle(row.domain) ?? "")) }
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
        if has("managed-save") {
            members.append(JSON.Member(name: "managedSave", value: .bool(try await row.domain.hasManagedSaveImage())))
        }
        if has("title") { members.append(JSON.Member(name: "title", value: JSON(try await domainTitle(row.domain)))) }
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
