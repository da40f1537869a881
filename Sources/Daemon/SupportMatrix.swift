package import Libvirt

/// Which procedure each driver answers, from what its connections conform to.
package struct SupportMatrix: Sendable {
    package struct Row: Sendable {
        package let procedure: ProcedureInfo
        /// One per driver, in the order of ``SupportMatrix/drivers``.
        package let isSupported: [Bool]
    }

    package let drivers: [String]
    /// In the order of the procedures' numbers; events are left out, since nobody calls them.
    package let rows: [Row]

    package init(_ drivers: [any Driver], procedures: [ProcedureInfo] = RemoteProgram.procedures) {
        self.drivers = drivers.map(\.name)
        let supports = drivers.map { Self.support($0.connectionType) }
        rows = procedures.filter { $0.kind != .event }.map { procedure in
            Row(procedure: procedure, isSupported: supports.map { $0(procedure) })
        }
    }

    /// What a driver answers: the procedures of its roles, without those that it says it has not.
    private static func support(_ type: any DriverConnection.Type) -> (ProcedureInfo) -> Bool {
        let roles = Roles.names(of: type)
        let missing = type.unimplemented
        return { procedure in
            switch procedure.kind {
            case .role(let role), .legacy(let role): roles.contains(role) && !missing.contains(procedure.name)
            case .session, .registration: true
            case .event: false
            }
        }
    }
}

// MARK: Printing

extension SupportMatrix {
    /// Lines for people: a procedure each, with `yes` or `-` per driver, and the sums at the end.
    package var table: String {
        let head = ["procedure", "role"] + drivers
        let body = rows.map { row in
            [row.procedure.name, row.procedure.kind.roleName] + row.isSupported.map { $0 ? "yes" : "-" }
        }
        let sums = drivers.indices.map { driver in "\(rows.count { $0.isSupported[driver] })/\(rows.count)" }
        let lines = [head] + body + [["supported", ""] + sums]
        let widths = head.indices.map { column in lines.map { $0[column].utf8.count }.max() ?? 0 }
        return lines.map { cells in
            var line = ""
            for (cell, width) in zip(cells, widths) {
                line += cell + String(repeating: " ", count: width - cell.utf8.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// `{"drivers": […], "procedures": [{"number": …, "name": …, "api": …, "role": …, "drivers": {"Test": true}}]}`
    package var json: String {
        let procedures = rows.map { row in
            let cells = zip(drivers, row.isSupported).map { "\(Self.quoted($0)): \($1)" }.joined(separator: ", ")
            let procedure = row.procedure
            return """
                    {"number": \(procedure.number), "name": \(Self.quoted(procedure.name)), \
                "api": \(Self.quoted(procedure.api)), "role": \(Self.quoted(procedure.kind.roleName)), \
                "drivers": {\(cells)}}
                """
        }
        return """
            {
              "drivers": [\(drivers.map(Self.quoted).joined(separator: ", "))],
              "procedures": [
            \(procedures.joined(separator: ",\n"))
              ]
            }

            """
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension ProcedureInfo.Kind {
    fileprivate var roleName: String {
        switch self {
        case .role(let role), .legacy(let role): role
        case .session, .registration: "the daemon itself"
        case .event: "event"
        }
    }
}
