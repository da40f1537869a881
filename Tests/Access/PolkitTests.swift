import Foundation
import TestProcesses
import Testing

/// Clients of several users on our daemon and on libvirtd, each with a polkit of its own that has the same rules: both
/// let them do the same, in the same words, and ask polkit the same.
@Suite struct PolkitTests {
    private static let files = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Polkit")

    private struct Outcome {
        var answers: [String]
        var questions: [String]
    }

    @Test func asLibvirtd() async throws {
        async let ours = virtd()
        async let theirs = libvirtd()
        let (our, their) = try await (ours, theirs)
        #expect(our.answers.count > 30)
        #expect(our.answers == their.answers)
        #expect(our.questions.count > 40)
        #expect(our.questions == their.questions)
    }

    private func virtd() async throws -> Outcome {
        try await withFolder { folder in
            let configuration = folder.appending(path: "etc/libvirt")
            try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: true)
            let lines = """
                access_drivers = ["polkit"]
                auth_unix_rw = "polkit"
                auth_unix_ro = "polkit"
                """
            try lines.write(
                to: configuration.appending(path: "libvirtd.conf"), atomically: true, encoding: .utf8)
            let virtd = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "virtd")
            let socket = folder.appending(path: "run/libvirt/SOCKET").path
            let script = """
                "$1" --root "$2" >"$2/log" 2>&1 & daemon=$!
                until [ -S "$2/run/libvirt/libvirt-sock-ro" ]; do kill -0 $daemon && sleep 0.02 || exit 1; done
                /usr/bin/python3 "$3" "test+unix:///default?socket=$4" test "$2"
                status=$?
                kill $daemon
                exit $status
                """
            return try await run(
                "private-polkit",
                [
                    folder.path, Self.files.appending(path: "polkit.rules").path, "sh", "-c", script, "sh", virtd.path,
                    folder.path, Self.files.appending(path: "clients.py").path, socket,
                ], folder, driver: "Test")
        }
    }

    private func libvirtd() async throws -> Outcome {
        try await withFolder { folder in
            try await run(
                "private-libvirtd",
                [
                    "--polkit", Self.files.appending(path: "polkit.rules").path, folder.path, "/usr/bin/python3",
                    Self.files.appending(path: "clients.py").path,
                    "qemu+unix:///system?socket=/run/libvirt/SOCKET", "qemu", folder.path,
                ], folder, driver: "QEMU")
        }
    }

    private func run(_ script: String, _ arguments: [String], _ folder: URL, driver: String) async throws -> Outcome {
        let result = try await Command(TestDaemon.root.appending(path: "scripts/\(script)"), arguments).run()
        #expect(result.status == 0, "\(script): \(result.errors)")
        let log = try String(contentsOf: folder.appending(path: "polkitd.log"), encoding: .utf8)
        // What distinguishes the two: the driver's name, the guest that the test driver has from the start, and a key
        // that libvirtd takes from memory that is not its.
        func normal(_ line: String) -> String {
            var line = line.replacingOccurrences(of: "'\(driver)'", with: "'DRIVER'")
                .replacingOccurrences(of: "connect_driver=\(driver)", with: "connect_driver=DRIVER")
                .replacingOccurrences(of: folder.path, with: "FOLDER")
            if let key = line.range(of: " vol_key=[Invalid") { line.removeSubrange(key.lowerBound...) }
            return line
        }
        let questions = log.split(separator: "\n").compactMap { line in
            line.range(of: "ASKED ").map { normal(String(line[$0.lowerBound...])) }
        }
        return Outcome(
            answers: result.output.split(separator: "\n").map { normal(String($0)) },
            // Lists come in any order.
            questions: questions.filter { !$0.contains("domain_name=test ") }.sorted())
    }

    private func withFolder(_ body: (URL) async throws -> Outcome) async throws -> Outcome {
        // Short: a UNIX socket's path may have 107 bytes. Open to users that the clients are.
        let folder = URL(filePath: "/tmp/virt-polkit-\(UInt32.random(in: 0..<UInt32.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
