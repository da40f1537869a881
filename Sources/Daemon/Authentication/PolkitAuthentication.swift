internal import Libvirt
internal import XDR

extension AuthenticationProcedures {
    static func registerPolkit(in table: inout DispatchTable) {
        table.add(RemoteProgram.authPolkit) { (call: ServerCall, _: XDRVoid) async throws -> AuthPolkitRet in
            // The client tries a way that AUTH_LIST did not name.
            throw failed
        }
    }
}
