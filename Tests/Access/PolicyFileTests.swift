import Foundation
import Libvirt
import TestProcesses
import Testing

@testable import VirtDaemon

/// The actions that polkit has to know, in `Packaging/polkit`: made from the protocol's annotations, and the same ones,
/// with the same defaults, as libvirt installs.
///
/// With `VIRT_REGENERATE=1` the file is written.
@Suite struct PolicyFileTests {
    private static let installed = URL(filePath: "/usr/share/polkit-1/actions")
    private static let ours = TestDaemon.root.appending(path: "Packaging/polkit")

    /// What libvirt does not let everybody do, though it only looks.
    private static let kept: Set<String> = [
        "node_device:read", "storage_pool:search_storage_vols", "network:search_ports",
    ]

    /// Everybody may look, unless a rule says otherwise.
    private var policy: String {
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD PolicyKit Policy Configuration 1.0//EN"
              "http://www.freedesktop.org/standards/PolicyKit/1/policyconfig.dtd">
            <policyconfig>
              <!-- What clients may do where access_drivers names "polkit"; made from Protocol/*.x by the tests. -->

            """
        let names = AccessPermissions.all.map { ($0.object, $0.permission) }.sorted { $0 < $1 }
        for (object, permission) in names {
            let rule = ProcedureInfo.AccessRule(object, permission)
            let answer = rule.isReading && !Self.kept.contains("\(object):\(permission)") ? "yes" : "no"
            let what = "\(permission) on \(object)".replacing("_", with: "-")
            text += """
                  <action id="org.libvirt.api.\(object.replacing("_", with: "-")).\(permission.replacing("_", with: "-"))">
                    <description>\(what)</description>
                    <message>'\(what)' needs permission</message>
                    <defaults>
                      <allow_any>\(answer)</allow_any>
                      <allow_inactive>\(answer)</allow_inactive>
                      <allow_active>\(answer)</allow_active>
                    </defaults>
                  </action>

                """
        }
        return text + "</policyconfig>\n"
    }

    @Test func isMadeFromTheProtocol() throws {
        let file = Self.ours.appending(path: "org.libvirt.api.policy")
        if ProcessInfo.processInfo.environment["VIRT_REGENERATE"] == "1" {
            try policy.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == policy, "VIRT_REGENERATE=1 rewrites it")
    }

    @Test(arguments: ["org.libvirt.api.policy", "org.libvirt.unix.policy"])
    func actionsAndDefaultsAreLibvirts(_ name: String) throws {
        let ours = try defaults(Self.ours.appending(path: name))
        let theirs = try defaults(Self.installed.appending(path: name))
        #expect(!ours.isEmpty)
        for (action, answers) in theirs { #expect(ours[action] == answers, "\(action)") }
        #expect(Set(ours.keys).subtracting(theirs.keys) == [])
    }

    /// The three answers of each action.
    private func defaults(_ file: URL) throws -> [String: [String]] {
        let text = try String(contentsOf: file, encoding: .utf8)
        var result: [String: [String]] = [:]
        for match in text.matches(of: /(?s)<action id="([^"]+)">(.*?)<\/action>/) {
            result[String(match.1)] = match.2.matches(of: /<allow_\w+>(\w+)</).map { String($0.1) }
        }
        return result
    }
}
