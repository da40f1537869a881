internal import Libvirt
package import Logging
internal import Synchronization

/// Who asks: what transport and authentication have shown, and whether the connection is for reading only.
package struct AccessSubject: Sendable, Equatable {
    package var client: ClientIdentity
    package var isReadOnly: Bool

    package init(_ client: ClientIdentity, isReadOnly: Bool) {
        self.client = client
        self.isReadOnly = isReadOnly
    }
}

/// What is asked: may the subject use a permission, on a connection to a driver.
package struct AccessQuestion: Sendable {
    package let subject: AccessSubject
    package let object: AccessObject.Kind
    /// As `@acl` has it: `read_secure`.
    package let permission: String
    /// Name of the connection's driver as libvirt has it: `QEMU`, `Test`.
    package let driver: String

    package init(subject: AccessSubject, object: AccessObject.Kind, permission: String, driver: String) {
        self.subject = subject
        self.object = object
        self.permission = permission
        self.driver = driver
    }
}

/// One of those that `access_drivers` names.
package protocol AccessDriver: Sendable {
    /// As `access_drivers` names it.
    var name: String { get }

    /// The answers for each of the objects, all of the question's kind, in their order. No object is there twice.
    ///
    /// It may wait, but never blocks: it is asked on links' loops.
    ///
    /// - Throws: whatever keeps it from an answer; that is logged, and counts as a no to all.
    func decide(_ question: AccessQuestion, on objects: [AccessObject]) async throws -> [Bool]
}

/// All access drivers: what one of them denies is denied.
package final class AccessControl: Sendable {
    package let drivers: [any AccessDriver]
    private let logger: Logger

    package init(_ drivers: [any AccessDriver], logger: Logger) {
        self.drivers = drivers
        self.logger = logger
    }

    /// The answers for each of the objects, in their order; no driver is asked about the same one twice.
    package func decide(_ question: AccessQuestion, on objects: [AccessObject]) async -> [Bool] {
        if objects.count == 1 { return [await allows(question, on: objects)[0]] }
        var places: [AccessObject: Int] = [:]
        var distinct: [AccessObject] = []
        let indices = objects.map { object -> Int in
            if let place = places[object] { return place }
            places[object] = distinct.count
            distinct.append(object)
            return distinct.count - 1
        }
        let answers = await allows(question, on: distinct)
        return indices.map { answers[$0] }
    }

    private func allows(_ question: AccessQuestion, on objects: [AccessObject]) async -> [Bool] {
        var answers = Array(repeating: true, count: objects.count)
        for driver in drivers {
            // Of those that are denied already the next driver need not know.
            let open = answers.indices.filter { answers[$0] }
            if open.isEmpty { break }
            let given: [Bool]
            do {
                given = try await driver.decide(question, on: open.map { objects[$0] })
            } catch {
                let asked = "\(question.object.rawValue):\(question.permission)"
                logger.error("access driver '\(driver.name)' cannot say about \(asked): \(error)")
                return answers.map { _ in false }
            }
            for (place, index) in open.enumerated() { answers[index] = place < given.count && given[place] }
        }
        return answers
    }

    /// What a client is told that may not; libvirt names its driver and nothing else.
    static func denied(_ driver: String) -> VirtError {
        VirtError(.accessDenied, domain: .access, "'\(driver)' denied access")
    }
}

/// Access control as it meets one client. There is none of these where access is not controlled.
final class ClientAccess: Sendable {
    let control: AccessControl
    let events = Mutex(EventsToAsk())
    private let known = Mutex<(raw: ClientIdentity, completed: ClientIdentity)?>(nil)

    init(_ control: AccessControl) { self.control = control }

    /// The client with all that the host knows of it. What it does not know yet is asked on a worker.
    func subject(_ session: ClientSession) async -> AccessSubject {
        let raw = session.identity
        let isReadOnly = session.isReadOnly
        if let completed = known.withLock({ $0?.raw == raw ? $0?.completed : nil }) {
            return AccessSubject(completed, isReadOnly: isReadOnly)
        }
        let completed = await Task(executorPreference: session.server.priorityWorkers) { raw.completed() }.value
        known.withLock { $0 = (raw, completed) }
        return AccessSubject(completed, isReadOnly: isReadOnly)
    }

    /// The answers of all drivers about a permission.
    func decide(
        _ rule: ProcedureInfo.AccessRule, on objects: [AccessObject], in session: ClientSession, driver: String
    ) async -> [Bool] {
        // A rule about an object that we do not know is a mistake of ours, and no reason to let anybody in.
        guard let kind = AccessObject.Kind(rawValue: rule.object) else { return objects.map { _ in false } }
        let question = AccessQuestion(
            subject: await subject(session), object: kind, permission: rule.permission, driver: driver)
        return await control.decide(question, on: objects)
    }
}

extension ClientSession {
    /// Asks whether the client may have a connection to a driver.
    func requireAccess(through driver: String) async throws {
        guard let access else { return }
        let rule = ProcedureInfo.AccessRule(AccessObject.Kind.connect.rawValue, "getattr")
        guard await access.decide(rule, on: [.connection], in: self, driver: driver) == [true] else {
            logger.info("a connection to driver '\(driver)' is denied: connect:getattr")
            throw AccessControl.denied(driver)
        }
    }

    /// The client's calls are another's from now on.
    func speak(for attributes: [TypedParameter]) throws {
        try state.withLock { $0.identity = try $0.identity.speaking(with: attributes) }
    }
}
