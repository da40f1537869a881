internal import Libvirt
internal import XDR

extension AuthenticationProcedures {
    static func registerSASL(in table: inout DispatchTable) {
        table.add(RemoteProgram.authSASLInit) { (call: ServerCall, _: XDRVoid) async throws -> AuthSASLInitRet in
            // The client tries a way that AUTH_LIST did not name.
            throw failed
        }
        table.add(RemoteProgram.authSASLStart) {
            (call: ServerCall, _: AuthSASLStartArgs) async throws -> AuthSASLStartRet in
            throw failed
        }
        table.add(RemoteProgram.authSASLStep) {
            (call: ServerCall, _: AuthSASLStepArgs) async throws -> AuthSASLStepRet in
            throw failed
        }
    }
}
