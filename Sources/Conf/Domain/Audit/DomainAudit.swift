/// The audit records of one guest, as libvirt words them.
package struct DomainAudit {
    private let definition: DomainDefinition

    package init(_ definition: DomainDefinition) { self.definition = definition }

    /// It has begun, or could not: a record for each thing that it got, then one for itself.
    ///
    /// - Parameters:
    ///   - reason: `booted`, `migrated`, `restored`, `from-snapshot`.
    ///   - processID: of the emulator; 0 if there is none.
    package func start(reason: String, processID: Int32 = 0, isSuccess: Bool = true) -> [AuditRecord] {
        var records: [AuditRecord] = []
        let devices = definition.devices
        for disk in devices.disks { records += device("disk", "start", nil, disk.source.path, isSuccess) }
        for interface in devices.interfaces {
            records += device("net", "start", nil, interface.mac.map { "\($0.address)" }, isSuccess)
        }
        for fileSystem in devices.fileSystems { records += device("fs", "start", nil, fileSystem.source?.attributes.first?.value, isSuccess) }
        for generator in devices.randomGenerators { records += device("rng", "start", nil, generator.path, isSuccess) }
        let memory = definition.currentMemory ?? definition.memory
        records.append(amount("mem", "start", 0, memory?.kibibytes ?? 0, isSuccess))
        let vcpus = definition.vcpus.map { $0.current ?? $0.maximum } ?? 1
        records.append(amount("vcpu", "start", 0, UInt64(vcpus), isSuccess))
        if let threads = definition.ioThreads, threads > 0 {
            records.append(amount("iothread", "start", 0, UInt64(threads), isSuccess))
        }
        records.append(life("start", reason, processID, isSuccess))
        return records
    }

    /// It has ended.
    ///
    /// - Parameter reason: `shutdown`, `destroyed`, `crashed`, `migrated`, `saved`, `failed`, `from-snapshot`.
    package func stop(reason: String) -> [AuditRecord] { [life("stop", reason, 0, true)] }

    /// Something of the host is exchanged: `attach`, `detach`, `update`, `cgroup`.
    ///
    /// - Parameter kind: `disk`, `net`, `rng`, `fs`, `chardev` …
    package func device(
        _ kind: String, _ reason: String, _ old: String?, _ new: String?, _ isSuccess: Bool
    ) -> [AuditRecord] {
        // Where there is neither there is nothing to tell.
        if old == nil, new == nil { return [] }
        let change = "old-\(kind)=\(AuditRecord.quoted(old ?? "?")) new-\(kind)=\(AuditRecord.quoted(new ?? "?"))"
        return [AuditRecord(.resource, isSuccess: isSuccess, "\(head) resrc=\(kind) reason=\(reason) \(names) \(change)")]
    }

    /// It has more or less of something that is counted: `mem` in KiB, `vcpu`, `iothread`.
    package func amount(_ kind: String, _ reason: String, _ old: UInt64, _ new: UInt64, _ isSuccess: Bool) -> AuditRecord {
        AuditRecord(
            .resource, isSuccess: isSuccess,
            "\(head) resrc=\(kind) reason=\(reason) \(names) old-\(kind)=\(old) new-\(kind)=\(new)")
    }

    private func life(_ operation: String, _ reason: String, _ processID: Int32, _ isSuccess: Bool) -> AuditRecord {
        AuditRecord(.control, isSuccess: isSuccess, "\(head) op=\(operation) reason=\(reason) \(names) vm-pid=\(processID)")
    }

    private var head: String { "virt=\(definition.hypervisor.rawValue)" }
    private var names: String { "vm=\(AuditRecord.quoted(definition.name)) uuid=\(definition.uuid)" }
}
