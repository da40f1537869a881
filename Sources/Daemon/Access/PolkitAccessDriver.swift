internal import VirtUtil

/// Access as polkit's rules have it: an action for each permission, with the object's attributes as details.
///
/// Only processes of this host are known to polkit. Nobody is asked for a password here: what would need that is
/// denied.
package final class PolkitAccessDriver: AccessDriver {
    package let name = "polkit"
    private let authority: PolkitAuthority

    package init(_ authority: PolkitAuthority) { self.authority = authority }

    package func decide(_ question: AccessQuestion, on objects: [AccessObject]) async throws -> [Bool] {
        let action = Self.action(question)
        guard let basis = PolkitAuthority.question(action, question.subject.client) else {
            throw PolkitError(description: "polkit is asked about \(action), and the client is no process of this host")
        }
        let authority = authority
        return try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for (index, object) in objects.enumerated() {
                var asked = basis
                asked.details = Self.details(object, driver: question.driver)
                group.addTask { [asked] in (index, try await authority.ask(asked) == .allowed) }
            }
            var answers = Array(repeating: false, count: objects.count)
            for try await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    /// `org.libvirt.api.storage-pool.search-storage-vols`
    static func action(_ question: AccessQuestion) -> String {
        "org.libvirt.api.\(question.object.rawValue).\(question.permission)".replacing("_", with: "-")
    }

    static func details(_ object: AccessObject, driver: String) -> [PolkitQuestion.Detail] {
        [PolkitQuestion.Detail(name: "connect_driver", value: driver)]
            + object.attributes.map { PolkitQuestion.Detail(name: $0.name, value: $0.value) }
    }
}
