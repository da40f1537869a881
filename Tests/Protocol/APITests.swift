import Foundation
import Testing
import XDRLanguage

/// Each procedure's C name, given by `@api` or derived as the generator does, is one that libvirt has.
///
/// The list of names is in libvirt-dev's API description, which may be older than the protocol: procedures above 443
/// are not looked for.
@Suite struct APITests {
    private static let programs: [UInt32: (prefix: String, procedures: String)] = [
        0x2000_8086: ("vir", "REMOTE_PROC_"), 0x2000_8087: ("virDomainQemu", "QEMU_PROC_"),
        0x0006_8000: ("virDomainLxc", "LXC_PROC_"), 0x0690_0690: ("virAdm", "ADMIN_PROC_"),
    ]
    private static let newestDescribed: UInt32 = 443

    /// Procedures that no function is for: the steps of a migration, which virDomainMigrate3 and its elders take.
    static let internalProcedures: Set<String> = Set(
        [
            "PREPARE", "PERFORM", "FINISH",
            "PREPARE2", "FINISH2", "PREPARE_TUNNEL",
            "BEGIN3", "PREPARE3", "PREPARE_TUNNEL3", "PERFORM3", "FINISH3", "CONFIRM3",
            "BEGIN3_PARAMS", "PREPARE3_PARAMS", "PREPARE_TUNNEL3_PARAMS", "PERFORM3_PARAMS", "FINISH3_PARAMS",
            "CONFIRM3_PARAMS",
        ].map { "REMOTE_PROC_DOMAIN_MIGRATE_" + $0 })

    private static func described() throws -> Set<String> {
        var names: Set<String> = []
        for suffix in ["", "-qemu", "-lxc", "-admin"] {
            let file = "/usr/share/libvirt/api/libvirt\(suffix)-api.xml"
            let text = try #require(try? String(contentsOfFile: file, encoding: .utf8), "install libvirt-dev")
            for line in text.split(separator: "\n") {
                guard let start = line.range(of: "<function name='")?.upperBound else { continue }
                names.insert(String(line[start...].prefix { $0 != "'" }))
            }
        }
        return names
    }

    /// The rule of `ProcedurePlan.apiName`.
    private static func derived(_ name: Substring, prefix: String) -> String {
        let capitals: Set<String> = [
            "XML", "UUID", "ID", "OS", "IO", "FS", "URI", "NMI", "PM", "SEV", "SSH", "FD", "CPU", "DHCP", "MAC", "WWN",
            "SCSI",
        ]
        return prefix
            + name.split(separator: "_").map { word in
                if capitals.contains(String(word)) { return String(word) }
                if word == "NWFILTER" { return "NWFilter" }
                return word.prefix(1) + word.dropFirst().lowercased()
            }.joined()
    }

    @Test func everyNameIsKnown() throws {
        let known = try Self.described()
        #expect(known.count > 400)
        var unknown: Set<String> = []
        for (program, procedure) in try ProtocolFiles.procedures() {
            guard let (prefix, procedures) = Self.programs[program] else { continue }
            let doc = procedure.documentation
            if doc.has("event") || doc.has("session") { continue }
            if program == 0x2000_8086, procedure.number > Self.newestDescribed { continue }
            let name = doc.argument("api") ?? Self.derived(procedure.name.dropFirst(procedures.count), prefix: prefix)
            if known.contains(name) { continue }
            unknown.insert(procedure.name)
            #expect(Self.internalProcedures.contains(procedure.name), "\(procedure.name): there is no \(name)")
        }
        #expect(Self.internalProcedures.subtracting(unknown).isEmpty, "these are known after all")
    }
}
