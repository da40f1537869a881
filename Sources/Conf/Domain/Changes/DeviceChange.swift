internal import VirtUtil

/// Which of a domain's definitions a device is changed in, and who says so in errors.
///
/// libvirt words the same refusal in two ways: one for the definition that is kept, one for the guest that runs.
package struct DeviceChange: Sendable {
    package enum Scope: Sendable { case config, live }

    package var scope: Scope
    /// A `VIR_FROM_*` number: the driver.
    package var origin: Int32
    package var defaults: DomainDefaults

    package init(_ scope: Scope, origin: Int32, defaults: DomainDefaults) {
        self.scope = scope
        self.origin = origin
        self.defaults = defaults
    }

    func failure(_ kind: ConfError.Kind, _ text: String) -> ConfError { ConfError(kind, text, domain: origin) }

    /// The words for the scope.
    func failure(_ kind: ConfError.Kind, config: String, live: String) -> ConfError {
        failure(kind, scope == .config ? config : live)
    }

    func unsupported(_ action: String, _ kind: DeviceKind) -> ConfError {
        let what = "of device '\(kind.word)' is not supported"
        if scope == .config { return failure(.operationUnsupported, "persistent \(action) \(what)") }
        return failure(action == "update" ? .unsupported : .operationUnsupported, "live \(action) \(what)")
    }
}
