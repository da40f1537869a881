package import Logging

extension AccessControl {
    /// What `access_drivers` may name. `none` and `nop` deny nothing.
    static let knownDrivers: Set<String> = ["none", "nop", "polkit", "rules"]

    /// The drivers that a configuration asks for; nil if it wants no control.
    ///
    /// - Throws: ``VirtError`` if one of them cannot do its work: a daemon that was to ask somebody does not start
    ///   without.
    package convenience init?(_ configuration: DaemonConfiguration, paths: DaemonPaths, logger: Logger) throws {
        var drivers: [any AccessDriver] = []
        for name in configuration.accessDrivers where !drivers.contains(where: { $0.name == name }) {
            switch name {
            case "polkit": drivers.append(PolkitAccessDriver(try PolkitAuthority.system(for: "access_drivers")))
            case "rules": drivers.append(try RuleAccessDriver(path: configuration.accessRules ?? paths.accessRules))
            default: break
            }
        }
        if drivers.isEmpty { return nil }
        self.init(drivers, logger: logger)
    }

    /// Reads again what drivers have in files.
    ///
    /// - Throws: ``VirtError`` with file and line; what was known before stays.
    package func reload() throws {
        for case let driver as RuleAccessDriver in drivers { try driver.reload() }
    }
}
