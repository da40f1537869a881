internal import LibvirtRemote

/// What a command works with: where it prints, and the connection.
struct Shell: Sendable {
    let session: Session
    var output: Output
    /// The byte that leaves a console; `^]` unless `-e` says another.
    var escape: EscapeCharacter = .standard

    func connection() async throws -> Connection { try await session.connection() }
}
