internal import Libvirt
internal import VirtConf

/// A network interface of a host.
struct TestInterface {
    var definition: InterfaceDefinition
    var isActive: Bool

    var name: String { definition.name }
    var reference: InterfaceRef { InterfaceRef(name: name, mac: definition.mac ?? "") }
}

/// The interfaces of a host in their order of appearance, and how they were before a change that is under way.
struct TestInterfaces {
    private(set) var all: [TestInterface] = []
    private var before: [TestInterface]?

    /// What does not grow with what came and went.
    var tableSizes: [Int] { [all.count, before?.count ?? 0] }

    func find(_ name: String) throws -> TestInterface {
        guard let found = all.first(where: { $0.name == name }) else { throw Self.missing(name) }
        return found
    }

    private static func missing(_ name: String) -> VirtError {
        .test(.noInterface, "no interface with matching name '\(name)'")
    }

    /// The only one that has a MAC address, in whatever case it is written.
    func find(mac: String) throws -> TestInterface {
        let found = all.filter { $0.definition.mac?.lowercased() == mac.lowercased() }
        guard let first = found.first else {
            throw VirtError.test(.noInterface, "no interface with matching mac '\(mac)'")
        }
        guard found.count == 1 else { throw VirtError.test(.multipleInterfaces) }
        return first
    }

    /// Takes a definition: in the place of the one of its name, or as a new one, which does not run.
    @discardableResult
    mutating func define(_ definition: InterfaceDefinition, isActive: Bool = false) -> InterfaceRef {
        if let index = all.firstIndex(where: { $0.name == definition.name }) {
            all[index].definition = definition
            return all[index].reference
        }
        let added = TestInterface(definition: definition, isActive: isActive)
        all.append(added)
        return added.reference
    }

    mutating func undefine(_ name: String) throws {
        let found = try find(name)
        all.removeAll { $0.name == found.name }
    }

    mutating func setActive(_ name: String, _ isActive: Bool) throws {
        guard let index = all.firstIndex(where: { $0.name == name }) else { throw Self.missing(name) }
        guard all[index].isActive != isActive else { throw VirtError.test(.operationInvalid) }
        all[index].isActive = isActive
    }

    // MARK: changes as a whole

    mutating func beginChange() throws {
        guard before == nil else { throw VirtError.test(.operationInvalid, "there is another transaction running.") }
        before = all
    }

    mutating func commitChange() throws {
        guard before != nil else {
            throw VirtError.test(.operationInvalid, "no transaction running, nothing to be committed.")
        }
        before = nil
    }

    mutating func rollBackChange() throws {
        guard let before else {
            throw VirtError.test(.operationInvalid, "no transaction running, nothing to rollback.")
        }
        // As in libvirt: what comes back does not run.
        all = before.map { TestInterface(definition: $0.definition, isActive: false) }
        self.before = nil
    }
}
