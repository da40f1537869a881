internal import Libvirt
internal import VirtConf
internal import VirtUtil

/// Errors in libvirt's words. Its helpers for all drivers report as "domain", the test driver as "test".
extension VirtError {
    static func test(_ code: ErrorCode, _ details: String? = nil) -> VirtError {
        VirtError(code, domain: .test, details)
    }

    static func domain(_ code: ErrorCode, _ details: String) -> VirtError {
        VirtError(code, domain: .domain, details)
    }

    /// A definition that is refused.
    init(_ error: ConfError) {
        self.init(ErrorCode(rawValue: error.code), domain: ErrorDomain(rawValue: error.domain), error.detail)
        message = error.message
        cause = error
    }

    /// A call of the system failed; the reason follows the text, its number is the first detail.
    static func system(_ text: String, _ failure: TestFile.Failure) -> VirtError {
        var error = VirtError(.systemError, domain: .test, "\(text): \(failure.reason)")
        error.details.number1 = failure.errno
        return error
    }

    /// An argument that libvirt reports with the function and the argument's name.
    static func argument(_ name: String, in function: String, domain: ErrorDomain = .domain, _ text: String)
        -> VirtError
    {
        VirtError(
            .invalidArg, domain: domain, message: text,
            details: Details(string1: function, string2: name, number1: 0, number2: 0))
    }

    static func exclusiveFlags(in function: String) -> VirtError {
        argument(
            "flags", in: function,
            "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive")
    }

    static let notRunning = VirtError.domain(.operationInvalid, "domain is not running")
}

/// Refuses flags that libvirt's function of that name does not know.
func check(_ flags: UInt32, _ known: UInt32, _ function: StaticString, domain: ErrorDomain = .test) throws {
    let unknown = flags & ~known
    guard unknown != 0 else { return }
    throw VirtError.argument(
        "flags", in: "\(function)", domain: domain,
        "unsupported flags (0x\(String(unknown, radix: 16))) in function \(function)")
}

func check<Flags: OptionSet>(
    _ flags: Flags, _ known: UInt32, _ function: StaticString, domain: ErrorDomain = .test
) throws where Flags.RawValue == UInt32 {
    try check(flags.rawValue, known, function, domain: domain)
}

/// Runs what throws ``ConfError``, at the seam to the public errors.
func conf<Result>(_ body: () throws(ConfError) -> Result) throws -> Result {
    do { return try body() } catch { throw VirtError(error) }
}

/// Holds a text against libvirt's schema for it, if a flag asks for that.
///
/// A text that is no XML, or of another kind, passes: whoever reads it then says what is wrong with it.
///
/// - Parameter root: the element that the text must be.
func validate(_ xml: String, _ schema: String, root: StaticString, if isAsked: Bool) throws {
    guard isAsked, let document = try? XMLDocument(xml, name: schema), document.root.isNamed(root) else { return }
    try conf { () throws(ConfError) in try XMLSchema.validate(document, against: schema) }
}
