internal import LibvirtRemote

/// A version as libvirt numbers it: a million for each major step, a thousand for each minor one.
struct VersionNumber: Sendable, Equatable, CustomStringConvertible {
    let number: UInt64

    var description: String { "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)" }

    /// The generation of the interface that this program is built for.
    static let ours = VersionNumber(number: 9_000_000)
}

extension Command {
    static let version = Command(
        "version", "Print the versions of this program, the hypervisor and the daemon.",
        [.flag("daemon", "The daemon's, too.")]
    ) { call in
        let connection = try await call.connection()
        let kind = try await attempt("failed to get hypervisor type") { try await connection.hypervisorType() }
        let hypervisor = try await attempt("failed to get the hypervisor version") {
            VersionNumber(number: try await connection.hypervisorVersion())
        }
        let server =
            call.has("daemon")
            ? try await attempt("failed to get the daemon version") {
                VersionNumber(number: try await connection.libraryVersion())
            } : nil

        if call.output.isJSON {
            var members: [JSON.Member] = [
                JSON.Member(name: "library", value: .string(VersionNumber.ours.description)),
                JSON.Member(name: "hypervisorType", value: .string(kind)),
                JSON.Member(
                    name: "hypervisor", value: hypervisor.number == 0 ? .null : .string(hypervisor.description)),
            ]
            if let server { members.append(JSON.Member(name: "daemon", value: .string(server.description))) }
            call.output.print(.object(members))
            return
        }
        let ours = VersionNumber.ours
        call.output.print("Compiled against library: libvirt \(ours)")
        call.output.print("Using library: libvirt \(ours)")
        call.output.print("Using API: \(kind) \(ours)")
        call.output.print(
            hypervisor.number == 0
                ? "Cannot extract running \(kind) hypervisor version" : "Running hypervisor: \(kind) \(hypervisor)")
        if let server { call.output.print("Running against daemon: \(server)") }
    }
}
