import VirtConf
import VirtUtil

/// Emulators as `Cases/Emulators` describes them: QEMU 7.2's, as libvirt 9.0 sees them, without what nobody asks for.
///
/// Lines are `emulator PATH ARCHITECTURE…`, `machine NAME ALIAS default CPU MAXIMUM` with `-` for what is not there, and
/// `device NAME`.
struct EmulatorFiles: Sendable {
    let emulators: [Emulator]

    init() {
        let folder = CaseFiles.folder("Emulators")
        emulators = CaseFiles.names(in: folder, ending: ".txt").map {
            Self.read(CaseFiles.read("\(folder)/\($0).txt") ?? "")
        }
    }

    private static func read(_ text: String) -> Emulator {
        var emulator = Emulator(path: "", architectures: [], machines: [], devices: [])
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { $0 == "-" ? nil : String($0) }
            switch (words[0], words.count) {
            case ("emulator", 2...):
                emulator.path = words[1] ?? ""
                emulator.architectures = Set(words[2...].compactMap { $0 })
            case ("machine", 6):
                emulator.machines.append(
                    Emulator.Machine(
                        name: words[1] ?? "", alias: words[2], isDefault: words[3] != nil, defaultCPU: words[4],
                        maximumCPUs: words[5].flatMap { UInt32($0) }))
            case ("device", 2): emulator.devices.insert(words[1] ?? "")
            default: preconditionFailure("strange line: \(line)")
            }
        }
        return emulator
    }

    /// The emulator at a path, or else the first that runs guests of the architecture.
    func find(_ architecture: String, _ path: String?) throws(ConfError) -> Emulator {
        if let found = emulators.first(where: { $0.path == path }) { return found }
        let preferred = emulators.first { $0.architectures == [architecture] }
        guard var found = preferred ?? emulators.first(where: { $0.architectures.contains(architecture) }) else {
            throw ConfError(
                .unsupported, "No emulator found for arch '\(architecture)'", domain: ConfError.fromQEMU)
        }
        if let path { found.path = path }
        return found
    }

    static let all = EmulatorFiles()
}

extension DomainDefaults {
    /// What the QEMU driver adds on a host with all emulators.
    static let qemu = DomainDefaults.qemu(architecture: "x86_64") { (architecture, path) throws(ConfError) in
        try EmulatorFiles.all.find(architecture, path)
    }
}
