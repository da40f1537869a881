import CVirtLinux
import Glibc
import Testing
import VirtRPC

@testable import VirtNet

@Suite struct UNIXListenerTests {
    let folder = TemporaryFolder()
    let loops = LinkLoops()

    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test func setsTheModeAndRemovesItsFile() async throws {
        let path = folder.file("s")
        let listener = try await loops.listen(on: .unix(path: path, mode: 0o620)) { _ in nil }
        var information = stat()
        #expect(lstat(path, &information) == 0)
        #expect(information.st_mode & 0o777 == 0o620)
        listener.close()
        #expect(!exists(path))
        await loops.shutdown()
    }

    @Test func replacesAStaleSocket() async throws {
        let path = folder.file("s")
        let stale = virt_net_unix_socket()
        #expect(virt_net_unix_bind(stale, path) == 0)
        close(stale)
        let listener = try await loops.listen(on: .unix(path: path)) { _ in nil }
        listener.close()
        await loops.shutdown()
    }

    @Test func secondInstanceIsTold() async throws {
        let path = folder.file("s")
        let accepted = Accepted(.echo)
        let listener = try await loops.listen(on: .unix(path: path), accept: accepted.accept)
        let error = await #expect(throws: NetError.self) {
            _ = try await loops.listen(on: .unix(path: path)) { _ in nil }
        }
        #expect(error?.code == .addressInUse)
        #expect(error?.message == "cannot listen on \(path): another process is listening there")
        // The first still works.
        let client = try await loops.connect(to: .unix(path: path))
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("x")
        #expect(await recorder.receives("x"))
        listener.close()
        await loops.shutdown()
    }

    @Test func leavesAnothersFileAlone() async throws {
        let path = folder.file("s")
        let first = try await loops.listen(on: .unix(path: path)) { _ in nil }
        unlink(path)
        let second = try await loops.listen(on: .unix(path: path)) { _ in nil }
        first.close()
        #expect(exists(path))
        second.close()
        #expect(!exists(path))
        await loops.shutdown()
    }

    @Test func refusesAFileThatIsNoSocket() async throws {
        let path = folder.file("s")
        write("precious", to: path)
        let error = await #expect(throws: NetError.self) {
            _ = try await loops.listen(on: .unix(path: path)) { _ in nil }
        }
        #expect(error?.message == "cannot listen on \(path): it exists and is not a socket")
        #expect(exists(path))
        await loops.shutdown()
    }

    @Test func pausedListenerLeavesConnectionsWaiting() async throws {
        let path = folder.file("s")
        let accepted = Accepted(.echo)
        let listener = try await loops.listen(on: .unix(path: path), accept: accepted.accept)
        listener.setAccepting(false)
        let client = try await loops.connect(to: .unix(path: path))
        let recorder = Recorder()
        client.attach(recorder)
        client.link.send("x")
        try await Task.sleep(for: .milliseconds(30))
        #expect(accepted.count == 0)
        listener.setAccepting(true)
        #expect(await recorder.receives("x"))
        listener.close()
        await loops.shutdown()
    }

    @Test func connectErrorsNameThePath() async throws {
        let missing = folder.file("none")
        var error = await #expect(throws: NetError.self) { _ = try await loops.connect(to: .unix(path: missing)) }
        #expect(error?.code == .notFound)
        #expect(error?.message == "cannot connect to \(missing): No such file or directory")
        let stale = folder.file("stale")
        let descriptor = virt_net_unix_socket()
        #expect(virt_net_unix_bind(descriptor, stale) == 0)
        error = await #expect(throws: NetError.self) { _ = try await loops.connect(to: .unix(path: stale)) }
        #expect(error?.code == .refused)
        close(descriptor)
        let long = folder.file(String(repeating: "x", count: 200))
        error = await #expect(throws: NetError.self) { _ = try await loops.connect(to: .unix(path: long)) }
        #expect(error?.code == .invalidAddress)
        await loops.shutdown()
    }

    @Test func fullBacklogEndsAtTheDeadlineOrWithTheTask() async throws {
        let path = folder.file("s")
        let descriptor = virt_net_unix_socket()
        #expect(virt_net_unix_bind(descriptor, path) == 0)
        listen(descriptor, 0)
        let filler = virt_net_unix_socket()
        #expect(virt_net_unix_connect(filler, path) == 0)
        let error = await #expect(throws: NetError.self) {
            _ = try await loops.connect(to: .unix(path: path), options: .init(timeout: .milliseconds(60)))
        }
        #expect(error?.code == .timedOut)
        let task = Task { try await loops.connect(to: .unix(path: path)) }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        let cancelled = await #expect(throws: NetError.self) { _ = try await task.value }
        #expect(cancelled?.code == .cancelled)
        close(filler)
        close(descriptor)
        await loops.shutdown()
    }
}
