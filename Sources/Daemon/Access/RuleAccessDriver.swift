internal import Libvirt
internal import Synchronization
internal import VirtUtil

/// Access as a file of rules has it, for hosts without polkit and for clients that polkit does not know.
package final class RuleAccessDriver: AccessDriver {
    package let name = "rules"
    private let path: String
    private let rules: Mutex<[AccessRule]>
    private let groups = HostGroups()

    /// - Throws: ``VirtError`` with file and line if the file is missing or wrong.
    package init(path: String) throws {
        self.path = path
        rules = Mutex(try AccessRuleFile.read(path).rules)
    }

    package init(_ file: AccessRuleFile) {
        path = file.path
        rules = Mutex(file.rules)
    }

    /// Reads the file again. Calls that are being asked about are decided by the rules of before.
    ///
    /// - Throws: as `init`; the rules of before stay.
    package func reload() throws {
        let new = try AccessRuleFile.read(path).rules
        rules.withLock { $0 = new }
        groups.forget()
    }

    package func decide(_ question: AccessQuestion, on objects: [AccessObject]) async throws -> [Bool] {
        let covering = rules.withLock { $0 }.filter { $0.covers(question) }
        let names =
            covering.contains { $0.subjects[.group] != nil } ? await groups.names(of: question.subject.client) : []
        let rules = covering.filter { $0.concerns(question.subject) { _ in names } }
        return objects.map { object in
            rules.first { $0.holds(for: object, driver: question.driver) }?.effect == .allow
        }
    }
}
