import Foundation
import LibvirtRemote
import Testing
import TestProcesses

@Suite(.timeLimit(.minutes(2))) struct MetricsTests {
    /// The sample of a name and labels, as it stands in the text.
    private func value(_ sample: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .flatMap { Double($0.split(separator: " ").last ?? "") }
    }

    private func work(_ daemon: TestDaemon) async throws -> Connection {
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        for _ in 0..<10 { _ = try await connection.hostname() }
        await #expect(throws: VirtError.self) { try await connection.lookupDomain(byName: "nobody") }
        return connection
    }

    /// What a client did is found in the numbers; over a UNIX socket and over TCP.
    @Test(arguments: [true, false]) func numbersTellWhatHappened(_ overUNIX: Bool) async throws {
        let path = "/tmp/virt-metrics-\(UInt32.random(in: 0..<UInt32.max))"
        let port = 20000 + Int.random(in: 0..<20000)
        let daemon = try await TestDaemon(
            .virtd, configuration: ["metrics_listen = \"\(overUNIX ? path : "127.0.0.1:\(port)")\""])
        let connection = try await work(daemon)
        let source = overUNIX ? ["--unix-socket", path, "http://host/metrics"] : ["http://127.0.0.1:\(port)/metrics"]
        let text = try await Command(["curl", "-sf"] + source).runChecked()
        #expect(value("virtd_clients{server=\"libvirtd\"}", in: text) == 1)
        #expect(value("virtd_call_duration_seconds_count{procedure=\"connect_get_hostname\"}", in: text) == 10)
        #expect(value("virtd_call_duration_seconds_bucket{procedure=\"connect_get_hostname\",le=\"+Inf\"}", in: text) == 10)
        let seconds = try #require(value("virtd_call_duration_seconds_sum{procedure=\"connect_get_hostname\"}", in: text))
        #expect(seconds > 0 && seconds < 10)
        #expect(value("virtd_call_errors_total{procedure=\"domain_lookup_by_name\"}", in: text) == 1)
        #expect(value("virtd_call_errors_total{procedure=\"connect_get_hostname\"}", in: text) == 0)
        #expect(value("virtd_domains{driver=\"Test\",state=\"running\"}", in: text) == 1)
        #expect(try #require(value("process_resident_memory_bytes", in: text)) > 1_000_000)
        // Every sample has a type, and each metric's samples stand together.
        var type = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") { type = String(words[2]) }
            if !line.hasPrefix("#") { #expect(line.hasPrefix(type), "\(line)") }
        }
        let missing = try await Command(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"] + source.map {
            $0.replacing("/metrics", with: "/other")
        }).runChecked()
        #expect(missing == "404")
        await connection.close()
    }

    @Test func onlyThisHostIsTold() async throws {
        let folder = try TemporaryRoot()
        let file = "\(folder.path)/libvirtd.conf"
        for address in ["0.0.0.0:9177", "192.0.2.1:9177", "9177", "[::]:9177"] {
            try "metrics_listen = \"\(address)\"".write(toFile: file, atomically: true, encoding: .utf8)
            let outcome = try await Command([LifeTests.virtd, "--root", folder.path, "--config", file]).run()
            #expect(outcome.status == 1 && outcome.errors.contains("metrics_listen"), "\(address)")
        }
    }

    /// Each call can be followed in the log.
    @Test func callsAreTraced() async throws {
        let daemon = try await TestDaemon(.virtd, configuration: ["trace_calls = 1", "log_filters = \"1:trace\""])
        let connection = try await work(daemon)
        await connection.close()
        let deadline = ContinuousClock.now + .seconds(10)
        while !daemon.output.contains("connect_close ok"), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(daemon.output.matches(of: /client \d+ serial \d+: connect_get_hostname ok after \d+ µs/).count == 10)
        #expect(daemon.output.contains(/domain_lookup_by_name failed with noDomain after/))
    }
}

@Suite(.timeLimit(.minutes(2))) struct AuditTests {
    @Test func guestsAreAudited() async throws {
        let daemon = try await TestDaemon(.virtd, configuration: ["audit_logging = 1", "log_level = 2"])
        let connection = try await Connection.open(daemon.uri(.unix, "test", "/default"))
        let domain = try await connection.lookupDomain(byName: "test")
        try await domain.destroy()
        try await domain.start()
        let uuid = "6695eb01-f6a4-8304-79aa-97f2502e193f"
        let end = "success=yes virt=test op=start reason=booted vm=\"test\" uuid=\(uuid) vm-pid=0"
        let deadline = ContinuousClock.now + .seconds(10)
        while !daemon.output.contains(end), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(daemon.output.contains(end))
        #expect(daemon.output.contains("success=yes virt=test op=stop reason=destroyed vm=\"test\" uuid=\(uuid) vm-pid=0"))
        #expect(daemon.output.contains("virt=test resrc=mem reason=start vm=\"test\" uuid=\(uuid) old-mem=0 new-mem="))
        await connection.close()
    }
}
