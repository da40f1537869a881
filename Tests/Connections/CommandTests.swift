import Foundation
import LibvirtRemote
import TestProcesses
import Testing

/// The transport `ext`: any program that carries bytes to a daemon.
@Suite(.timeLimit(.minutes(1))) struct CommandTests {
    @Test func reaches() async throws {
        let daemon = try await TestDaemon(.virtd)
        let folder = try Folder()
        try await folder.program("tunnel", "[ $# = 0 ] || exit 9; exec nc -U \(daemon.socket)")
        for uri in [
            "test+ext:///default?command=\(folder.file("tunnel"))",
            "test+ext://somewhere/default?command=nc&argv=-U&argv=\(daemon.socket)",
        ] {
            let connection = try await Connection.open(uri)
            #expect(try await connection.domains().map(\.name) == ["test"])
            await connection.close()
        }
        let error = await #expect(throws: VirtError.self) {
            try await Connection.open("test+ext:///default?command=\(folder.file("tunnel"))&argv=x")
        }
        #expect(error?.message.contains("has ended with status 9") == true, "\(error?.message ?? "")")
        #expect(await eventually { childCommands().allSatisfy { !$0.contains(daemon.socket) } })
    }

    /// A megabyte of complaints neither stops the connection nor fills the error.
    @Test func boundsWhatItCollects() async throws {
        let daemon = try await TestDaemon(.virtd)
        let folder = try Folder()
        try await folder.program(
            "noisy",
            "yes 'debug1: something' | head -n 50000 >&2; nc -U \(daemon.socket); printf '\nso much\\033[1m\\n\\nfor that' >&2; kill -9 $$")
        let connection = try await Connection.open("test+ext:///default?command=\(folder.file("noisy"))")
        #expect(try await connection.domains().map(\.name) == ["test"])
        daemon.stop()
        let closure = try await connection.closed
        #expect(closure.error.message.hasSuffix("something; so much[1m; for that"), "\(closure.error.message)")
        #expect(closure.error.message.contains("was ended by signal 9"))
        #expect(closure.error.message.utf8.count < 1200)
        #expect(closure.reason == .eof)
    }

    /// A program that does not end when it is asked to, and one that closes its output and goes on.
    @Test func makesItEnd() async throws {
        let daemon = try await TestDaemon(.virtd)
        let folder = try Folder()
        try await folder.program("stubborn", "trap '' TERM; nc -U \(daemon.socket); exec sleep 1000.25")
        let connection = try await Connection.open("test+ext:///default?command=\(folder.file("stubborn"))")
        await connection.close()
        try await folder.program("silent", "exec sleep 1000.25 >&- <&-")
        let error = await #expect(throws: VirtError.self) {
            try await Connection.open("test+ext:///default?command=\(folder.file("silent"))")
        }
        #expect(error?.message.contains("has closed the connection") == true, "\(error?.message ?? "")")
        #expect(await eventually { childCommands().allSatisfy { !$0.contains("1000.25") } })
    }

    /// It inherits its three descriptors and no blocked signal.
    @Test func inheritsNothing() async throws {
        let folder = try Folder()
        try await folder.program(
            "look", "ls -l /proc/self/fd >\(folder.file("descriptors")); grep -E 'Sig(Blk|Ign)' /proc/self/status >\(folder.file("signals"))")
        // One that would be inherited.
        let leak = open(folder.file("leak"), O_CREAT | O_RDWR, 0o600)
        defer { close(leak) }
        _ = await #expect(throws: VirtError.self) {
            try await Connection.open("test+ext:///default?command=\(folder.file("look"))")
        }
        let lines = try String(contentsOfFile: folder.file("descriptors"), encoding: .utf8).split(separator: "\n")
            .filter { $0.contains("->") }
        // ls has its output in the file, and the folder open.
        #expect(lines.count == 4, "\(lines)")
        #expect(lines.filter { $0.contains("socket:") }.count == 2)
        #expect(!lines.contains { $0.contains("leak") })
        let signals = try String(contentsOfFile: folder.file("signals"), encoding: .utf8)
        let sets = signals.split(separator: "\n").compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } }
        // glibc ignores two of its own in whatever it starts.
        #expect(sets.count == 2 && sets.allSatisfy { $0 & ~(3 << 31) == 0 }, "\(signals)")
    }

    /// Descriptors cannot go through it, and are refused instead of lost.
    @Test func passesNoDescriptors() async throws {
        let daemon = try await TestDaemon(.virtd)
        let connection = try await Connection.open("test+ext:///default?command=nc&argv=-U&argv=\(daemon.socket)")
        let domain = try #require(try await connection.domains().first)
        let descriptor = OwnedDescriptor(dup(2))
        let error = await #expect(throws: VirtError.self) {
            try await domain.openGraphics(index: 0, descriptors: [descriptor])
        }
        #expect(error?.code == .noSupport)
        #expect(error?.message.contains("UNIX sockets only") == true)
        await connection.close()
    }
}
