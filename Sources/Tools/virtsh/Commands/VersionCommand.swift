internal import ArgumentParser
internal import LibvirtRemote

/// A version as libvirt numbers it: a million for each major step, a thousand for each minor one.
struct VersionNumber: Sendable, Equatable, CustomStringConvertible {
    let number: UInt64

    var description: String { "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)" }

    /// The generation of the interface that this program is built for.
    static let ours = VersionNumber(number: 9_000_000)
}

struct VersionCommand: ShellCommand {
    static let abstract = "Print the versions of this program, the hypervisor and the daemon."
    static let syntax = Syntax(command: "version", operands: [], flags: ["daemon"])

    @Flag(help: "The daemon's, too.") var daemon = false

    func run(in shell: Shell) async throws {
        let connection = try await shell.connection()
        let kind = try await attempt("failed to get hypervisor type") { try await connection.hypervisorType() }
        let hypervisor = try await attempt("failed to get the hypervisor version") {
            VersionNumber(number: try await connection.hypervisorVersion())
        }
        let server = daemon
            ? try await attempt("failed to get the daemon version") {
                VersionNumber(number: try await connection.libraryVersion())
            } : nil

        if shell.output.isJSON {
            var members: [JSON.Member] = [
                JSON.Member(name: "library", value: .string(VersionNumber.ours.description)),
                JSON.Member(name: "hypervisorType", value: .string(kind)),
                JSON.Member(
                    name: "hypervisor", value: hypervisor.number == 0 ? .null : .string(hypervisor.description)),
            ]
            if let server { members.append(JSON.Member(name: "daemon", value: .string(server.description))) }
            shell.output.print(.object(members))
            return
        }
        let ours = VersionNumber.ours
        shell.output.print("Compiled against library: libvirt \(ours)")
        shell.output.print("Using library: libvirt \(ours)")
        shell.output.print("Using API: \(kind) \(ours)")
        shell.output.print(
            hypervisor.number == 0
                ? "Cannot extract running \(kind) hypervisor version" : "Running hypervisor: \(kind) \(hypervisor)")
        if let server { shell.output.print("Running against daemon: \(server)") }
    }
}
