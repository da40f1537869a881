internal import LibvirtRemote
internal import XDR

/// Connects a terminal with a guest's console until the guest ends it or the escape key is pressed.
struct ConsoleSession: Sendable {
    let stream: any DataStream
    let escape: EscapeCharacter
    let output: FileWriter
    let inputDescriptor: Int32

    private enum Ending { case guest, person }

    /// Runs both directions; returns when one of them ends.
    ///
    /// - Throws: the error of the stream.
    func run() async throws {
        let keyboard = try KeyboardReader(descriptor: inputDescriptor)
        let rawMode = try RawMode(descriptor: inputDescriptor)
        defer { withExtendedLifetime(rawMode) {} }
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                while let chunk = try await stream.read() {
                    switch chunk {
                    case .data(let data):
                        let failure = output.writeAll(data)
                        if failure != 0 { throw ShellError("cannot write to stdout") }
                    case .hole: break
                    }
                }
                return .guest
            }
            group.addTask {
                while let keys = await keyboard.next() {
                    if let end = keys.firstIndex(of: escape.byte) {
                        if end > 0 { try await stream.write(OpaqueData(keys[..<end])) }
                        return .person
                    }
                    try await stream.write(OpaqueData(keys))
                }
                return .person
            }
            defer { keyboard.stop() }
            let ending: Ending?
            do {
                ending = try await group.next()
            } catch {
                await stream.abort()
                throw error
            }
            switch ending {
            case .guest?: try? await stream.finish()
            default: await stream.abort()
            }
            keyboard.stop()
            group.cancelAll()
            // What the other direction says about its end is of no interest any more.
            while await group.nextResult() != nil {}
        }
    }
}
