internal import Libvirt
internal import Logging
internal import VirtUtil
internal import XDR

/// Authentication by polkit: a process of this host may connect if the host's policy, or a person whom polkit asks,
/// says so.
extension AuthenticationProcedures {
    static func registerPolkit(in table: inout DispatchTable) {
        table.add(RemoteProgram.authPolkit) { (call: ServerCall, _: XDRVoid) async throws -> AuthPolkitRet in
            try await call.session.authenticateByPolkit()
            return AuthPolkitRet(complete: 1)
        }
    }
}

extension ClientSession {
    /// How long a person may think about a password.
    private static let patience = Duration.seconds(600)

    /// Asks polkit, which may ask a person.
    ///
    /// - Throws: ``VirtError`` if it says no; the client may try again.
    fileprivate func authenticateByPolkit() async throws {
        guard settings.authentication == .polkit, authenticationType() == .polkit else {
            logger.error("client tried invalid PolicyKit init request")
            throw AuthenticationProcedures.failed
        }
        let action = isReadOnly ? "org.libvirt.unix.monitor" : "org.libvirt.unix.manage"
        let raw = identity
        let client = await Task(executorPreference: server.priorityWorkers) { raw.completed() }.value
        guard var question = PolkitAuthority.question(action, client) else {
            logger.error("polkit cannot be asked: the client is no process of this host")
            throw AuthenticationProcedures.failed
        }
        question.mayInteract = true
        question.patience = Self.patience
        let answer: PolkitAnswer
        do {
            answer = try await PolkitAuthority.system(for: "authentication").ask(question)
        } catch {
            logger.error("polkit cannot say about \(action): \(error)")
            throw AuthenticationProcedures.failed
        }
        switch answer {
        case .allowed:
            logger.info("Policy allowed action \(action) from pid \(question.processID), uid \(question.userID)")
            authenticated()
        case .denied: throw VirtError(.authFailed, domain: .polkit, "access denied by policy")
        case .dismissed: throw VirtError(.authCancelled, domain: .polkit, "user cancelled authentication process")
        case .needsChallenge:
            throw VirtError(
                .authUnavailable, domain: .polkit, "no polkit agent available to authenticate action '\(action)'")
        }
    }
}
