internal import LibvirtRemote

extension Command {
    static let domblkerror = Command("domblkerror", "List disks with errors.", [.domain]) { call in
        let domain = try await call.domain()
        let count = try await domain.diskErrors(maxErrors: 0).nerrors
        let errors = count > 0 ? try await domain.diskErrors(maxErrors: UInt32(count)).errors : []
        let words = ["no error", "unspecified error", "no space"]
        if call.output.isJSON {
            let members = errors.map { error in
                JSON.Member(
                    name: error.disk, value: .string(EventText.word(words, error.error.rawValue)))
            }
            return call.output.print(.object(members))
        }
        if errors.isEmpty { call.output.print("No errors found") }
        for error in errors {
            let number = Int(error.error.rawValue)
            call.output.print("\(error.disk): \(words.indices.contains(number) ? words[number] : "unknown error")")
        }
    }

    static let domblkinfo = Command(
        "domblkinfo", "Show sizes of a domain's disks.",
        [
            .domain, .text("device", "Target or source of the disk.", .disks), .flag("human", "With units."),
            .flag("all", "Of all disks."),
        ]
    ) { call in
        try call.exclude("all", "device")
        let device = try call.text("device")
        guard call.has("all") || device != nil else {
            throw ShellError("command 'domblkinfo' requires <device> option")
        }
        let domain = try await call.domain()
        let isHuman = call.has("human")
        func text(_ size: UInt64) -> String { isHuman ? Capacity.text(size, places: 3) : String(size) }
        if let device {
            let info = try await domain.blockInfo(device)
            return call.print(
                [
                    Fact("capacityBytes", "Capacity", text(info.capacity), .unsigned(info.capacity)),
                    Fact("allocationBytes", "Allocation", text(info.allocation), .unsigned(info.allocation)),
                    Fact("physicalBytes", "Physical", text(info.physical), .unsigned(info.physical)),
                ], labelWidth: 15)
        }
        let isActive = try await domain.isActive()
        let xml = try XMLSelection(
            document: try await attempt("Failed to get disk information") { try await domain.xml() })
        var table = Table(header: ["Target", "Capacity", "Allocation", "Physical"])
        for index in 1..<(1 + xml.count("/domain/devices/disk")) {
            let disk = "/domain/devices/disk[\(index)]"
            let target = xml.string("string(\(disk)/target/@dev)") ?? ""
            var info: DomainBlockInfo?
            if xml.count("\(disk)/source") > 0 {
                do {
                    info = try await domain.blockInfo(target)
                } catch let error as VirtError
                    where xml.string("string(\(disk)/source/@protocol)") != "" && !isActive
                    && (error.code == .internalError || error.code == .operationInvalid)
                {
                    // A disk of a network is known only while the domain runs.
                    info = nil
                }
            }
            func cell(_ size: UInt64?) -> Table.Cell {
                size.map { Table.Cell(text($0), json: .unsigned($0)) } ?? "-"
            }
            table.rows.append([
                Table.Cell(target), cell(info?.capacity), cell(info?.allocation), cell(info?.physical),
            ])
        }
        call.print(table)
    }

    static let domblklist = Command(
        "domblklist", "List the disks of a domain.",
        [.domain, .flag("inactive", "Those of the next start."), .flag("details", "Show types, too.")]
    ) { call in
        let domain = try await call.domain()
        let text = try await domain.xml(flags: call.has("inactive") ? .inactive : [])
        let xml = try XMLSelection(document: text)
        let isDetailed = call.has("details")
        var table = Table(header: (isDetailed ? ["Type", "Device"] : []) + ["Target", "Source"])
        for index in 1..<(1 + xml.count("/domain/devices/disk")) {
            let disk = "/domain/devices/disk[\(index)]"
            let type = xml.string("string(\(disk)/@type)") ?? ""
            var row: [Table.Cell] = []
            if isDetailed {
                row = [Table.Cell(type), Table.Cell(xml.string("string(\(disk)/@device)") ?? "")]
            }
            guard let target = xml.string("string(\(disk)/target/@dev)"), !target.isEmpty else {
                throw ShellError("unable to query block list")
            }
            row.append(Table.Cell(target))
            row.append(Table.Cell(source(xml, disk, type)))
            table.rows.append(row)
        }
        call.print(table)
    }

    /// What a disk is made of, in one word.
    private static func source(_ xml: borrowing XMLSelection, _ disk: String, _ type: String) -> String {
        if type == "nvme" {
            func number(_ name: String, _ width: Int) -> String {
                let text = xml.string("string(\(disk)/source/address/@\(name))") ?? ""
                let value = Int(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16) ?? 0
                return String(value, radix: 16).leftPadded(to: width, with: "0")
            }
            return "nvme://\(number("domain", 4)):\(number("bus", 2)):\(number("slot", 2)).\(number("function", 0))"
                + "/\(xml.string("string(\(disk)/source/@namespace)") ?? "")"
        }
        for attribute in ["file", "dev", "dir", "name", "volume", "path"] {
            if let text = xml.string("string(\(disk)/source/@\(attribute))"), !text.isEmpty { return text }
        }
        return "-"
    }

    /// Fields of statistics, with virsh's names and what `--human` calls them.
    private static let blockFields = [
        ("rd_operations", "rd_req", "number of read operations:"), ("rd_bytes", "rd_bytes", "number of bytes read:"),
        ("wr_operations", "wr_req", "number of write operations:"),
        ("wr_bytes", "wr_bytes", "number of bytes written:"), ("errs", "errs", "error count:"),
        ("flush_operations", "flush_operations", "number of flush operations:"),
        ("rd_total_times", "rd_total_times", "total duration of reads (ns):"),
        ("wr_total_times", "wr_total_times", "total duration of writes (ns):"),
        ("flush_total_times", "flush_total_times", "total duration of flushes (ns):"),
    ]

    static let domblkstat = Command(
        "domblkstat", "Print what a disk did.",
        [
            .domain, .text("device", "Target or source of the disk; all disks if there is none.", empty: true, .disks),
            .flag("human", "In words."),
        ]
    ) { call in
        let domain = try await call.domain()
        let device = try call.text("device") ?? ""
        let isHuman = call.has("human")
        var values: [String: (text: String, json: JSON)] = [:]
        var others: [TypedParameter] = []
        do {
            for parameter in try await domain.blockStatisticsParameters(
                of: device, flags: TypedParameterFlags.paramStringOkay.rawValue)
            {
                if blockFields.contains(where: { $0.0 == parameter.field }) {
                    values[parameter.field] = (parameter.value.text, parameter.value.json)
                } else {
                    others.append(parameter)
                }
            }
        } catch let error as VirtError where error.code == .noSupport {
            let old = try await attempt("Failed to get block stats \(domain.name) \(device)") {
                try await domain.blockStatistics(of: device)
            }
            for (field, value) in [
                ("rd_operations", old.rdReq), ("rd_bytes", old.rdBytes), ("wr_operations", old.wrReq),
                ("wr_bytes", old.wrBytes), ("errs", old.errs),
            ] where value >= 0 {
                values[field] = (String(value), .integer(value))
            }
        } catch {
            throw ShellError("Failed to get block stats for domain '\(domain.name)' device '\(device)'", error)
        }
        if call.output.isJSON {
            var members = blockFields.compactMap { field in
                values[field.0].map { JSON.Member(name: field.1, value: $0.json) }
            }
            members += others.map { JSON.Member(name: $0.field, value: $0.value.json) }
            return call.output.print(.object(members))
        }
        if isHuman { call.output.print("Device: \(device)") }
        for (field, name, label) in blockFields {
            guard let value = values[field] else { continue }
            call.output.print("\(isHuman ? "" : device) \(isHuman ? label.padded(to: 31) : name) \(value.text)")
        }
        for parameter in others {
            let label = isHuman ? parameter.field.padded(to: 31) : parameter.field
            call.output.print("\(isHuman ? "" : device) \(label) \(parameter.value.text)")
        }
    }
}
