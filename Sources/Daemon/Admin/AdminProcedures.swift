internal import Libvirt
internal import XDR

/// The administration program's own procedures; the rest is generated, and answered by ``Administration``.
enum AdminProcedures {
    static func table() -> DispatchTable {
        var table = DispatchTable(
            program: AdminProgram.number, version: AdminProgram.version, procedures: AdminProgram.procedures)
        AdminProgram.register(in: &table)
        table.add(AdminProgram.connectOpen) {
            (call: ServerCall, arguments: AdminConnectOpenArgs) async throws -> XDRVoid in
            if arguments.flags != 0 {
                throw VirtError.unsupportedFlags(
                    UInt64(arguments.flags), in: "adminDispatchConnectOpen", domain: .admin)
            }
            try await call.session.open(Administration.uri, flags: 0)
            return XDRVoid()
        }
        table.add(AdminProgram.connectClose) { (call: ServerCall, _: XDRVoid) async throws -> XDRVoid in
            call.session.closeAfterReplies()
            return XDRVoid()
        }
        table.add(AdminProgram.connectGetLibVersion) {
            (call: ServerCall, _: XDRVoid) async throws -> AdminConnectGetLibVersionRet in
            _ = try call.session.opened(for: call.info)
            return AdminConnectGetLibVersionRet(libVer: SessionProcedures.libraryVersion)
        }
        return table
    }
}
