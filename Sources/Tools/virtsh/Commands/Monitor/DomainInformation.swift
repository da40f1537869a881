internal import LibvirtRemote

extension Command {
    static let dominfo = Command("dominfo", "Show what a domain is and how it does.", [.domain]) { call in
        let domain = try await call.domain()
        var facts: [Fact] = [
            Fact(
                "id", "Id", domain.id < 0 ? "-" : String(domain.id),
                domain.id < 0 ? .null : .integer(Int64(domain.id))),
            Fact("name", "Name", domain.name),
            Fact("uuid", "UUID", domain.uuid.description),
        ]
        if let type = try? await domain.osType() { facts.append(Fact("osType", "OS Type", type)) }

        let info = try await domain.info()
        let state = DomainState(rawValue: Int32(info.state))
        facts.append(Fact("state", "State", state.word, ink: state.ink))
        facts.append(Fact("vcpus", "CPU(s)", String(info.nrVirtCpu), .unsigned(UInt64(info.nrVirtCpu))))
        let seconds = Decimal.text(Double(info.cpuTime) / 1_000_000_000, places: 1)
        facts.append(
            Fact("cpuTimeNanoseconds", "CPU time", info.cpuTime == 0 ? nil : "\(seconds)s", .unsigned(info.cpuTime)))
        facts.append(
            info.maxMem == UInt64.max
                ? Fact("maxMemoryKiB", "Max memory", "no limit", .null)
                : Fact("maxMemoryKiB", "Max memory", "\(info.maxMem) KiB", .unsigned(info.maxMem)))
        facts.append(Fact("memoryKiB", "Used memory", "\(info.memory) KiB", .unsigned(info.memory)))

        facts.append(Fact("persistent", "Persistent", try? await domain.isPersistent(), "yes", "no"))
        if let autostart = try? await domain.autostart() {
            facts.append(Fact("autostart", "Autostart", autostart, "enable", "disable"))
        }
        facts.append(Fact("managedSave", "Managed save", try? await domain.hasManagedSaveImage(), "yes", "no"))
        facts += try await securityFacts(of: domain)

        if let messages = try? await domain.messages(), !messages.isEmpty {
            for (index, message) in messages.enumerated() {
                facts.append(Fact(nil, index == 0 ? "Messages" : nil, message, .null))
            }
            facts.append(Fact("messages", nil, nil, .array(messages.map { .string($0) })))
        }
        call.print(facts, labelWidth: 15)
    }

    private static func securityFacts(of domain: Domain) async throws -> [Fact] {
        let model: NodeSecurityModel
        do {
            model = try await domain.connection.securityModel()
        } catch let error as VirtError where error.code == .noSupport {
            return []
        }
        guard let name = String(cBytes: model.model) else { return [] }
        var facts = [
            Fact("securityModel", "Security model", name),
            Fact("securityDOI", "Security DOI", String(cBytes: model.doi) ?? ""),
        ]
        // Only a domain that runs has a label.
        if domain.id >= 0 {
            let label = try await domain.securityLabel()
            if let text = String(cBytes: label.label) {
                let mode = label.enforcing != 0 ? "enforcing" : "permissive"
                facts.append(Fact("securityLabel", "Security label", "\(text) (\(mode))", .string(text)))
                facts.append(Fact("securityEnforcing", nil, nil, .bool(label.enforcing != 0)))
            }
        }
        return facts
    }
}

extension String {
    /// Text in the fixed arrays of the C interface; nil if it is empty.
    init?(cBytes: [Int8]) {
        let bytes = cBytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        if bytes.isEmpty { return nil }
        self.init(decoding: bytes, as: UTF8.self)
    }
}
