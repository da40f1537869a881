import Glibc
import Libvirt
import Testing

@testable import VirtDaemon

@Suite struct PIDFileTests {
    private let directory = TemporaryDirectory()

    @Test func holdsTheNumberAndKeepsOthersOut() throws {
        let path = directory.file("d.pid")
        do {
            let file = try PIDFile(path)
            #expect(directory.text("d.pid") == "\(getpid())")
            let error = try #require(throws: VirtError.self) { try PIDFile(path) }
            #expect(
                error.message
                    == "operation failed: Failed to acquire pid file '\(path)': it is held by process \(getpid()); is another daemon running?"
            )
            withExtendedLifetime(file) {}
        }
        #expect(directory.entries.isEmpty)
    }

    @Test func takesOverAFileThatWasLeftBehind() throws {
        let path = directory.file("d.pid")
        let old = open(path, O_WRONLY | O_CREAT, 0o644)
        #expect(write(old, "99999999", 8) == 8)
        close(old)
        let file = try PIDFile(path)
        #expect(directory.text("d.pid") == "\(getpid())")
        withExtendedLifetime(file) {}
    }

    @Test func needsADirectory() throws {
        let error = try #require(throws: VirtError.self) { try PIDFile("/nonexistent/d.pid") }
        #expect(error.message == "Failed to open pid file '/nonexistent/d.pid': No such file or directory")
    }
}
