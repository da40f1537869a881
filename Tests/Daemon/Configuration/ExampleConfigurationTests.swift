import Foundation
import Libvirt
import Testing

@testable import VirtDaemon

/// The annotated example that is installed.
@Suite struct ExampleConfigurationTests {
    private static let path = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Packaging/config/libvirtd.conf").path

    /// Keys whose default depends on the host, so the example shows something else.
    private static let examples: Set<String> = [
        "listen_addr", "unix_sock_group", "unix_sock_rw_perms", "unix_sock_dir", "auth_unix_ro", "auth_unix_rw",
        "access_rules", "sasl_allowed_username_list", "ca_file", "cert_file", "key_file", "crl_file",
        "tls_allowed_dn_list", "tls_priority",
        "log_filters", "log_outputs", "metrics_listen", "host_uuid",
    ]

    private func lines() throws -> [Substring] {
        try String(contentsOfFile: Self.path, encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(#/^\#[a-z_]+ = /#) }.map { $0.dropFirst() }
    }

    @Test func everyKeyIsThereOnce() throws {
        let names = try lines().map { $0.prefix { $0 != " " } }.sorted()
        #expect(names == DaemonConfiguration.keys.map { Substring($0.name) }.sorted())
    }

    @Test func itSaysTheDefaults() throws {
        for line in try lines() {
            let name = String(line.prefix { $0 != " " })
            let configuration = try DaemonConfiguration(ConfigurationFile(parsing: Array(line.utf8), path: "F"))
            if !Self.examples.contains(name) { #expect(configuration == DaemonConfiguration(), "\(line)") }
        }
    }

    /// As it is installed it changes nothing; with all of it switched on it is one that can be read.
    @Test func itCanBeRead() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        #expect(
            try DaemonConfiguration(ConfigurationFile(parsing: Array(text.utf8), path: "F")) == DaemonConfiguration())
        let all = try lines().joined(separator: "\n")
        let file = try ConfigurationFile(parsing: Array(all.utf8), path: "F")
        #expect(DaemonConfiguration.warnings(file) == [])
        #expect(try DaemonConfiguration(file).listenAddress == "192.0.2.1")
    }
}
