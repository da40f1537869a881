/// A definition or one of its values is refused: libvirt's number, origin and wording of the refusal.
///
/// Made close to the cause; one seam above the drivers turns it into the public `VirtError`.
package struct ConfError: Error, Equatable, Sendable {
    /// A `VIR_ERR_*` number.
    package var code: Int32
    /// A `VIR_FROM_*` number.
    package var domain: Int32
    /// The whole text, with libvirt's prefix for the code.
    package var message: String
    /// The part of the text behind the prefix, which libvirt sends as `str2`; nil if the code has none.
    package var detail: String?

    package init(code: Int32, domain: Int32, message: String, detail: String? = nil) {
        self.code = code
        self.domain = domain
        self.message = message
        self.detail = detail
    }

    /// An error whose text is libvirt's fixed prefix for the code, and a detail.
    package init(_ kind: Kind, _ detail: String, domain: Int32 = Self.fromDomain) {
        self.init(code: kind.code, domain: domain, message: kind.prefix + detail, detail: detail)
    }

    /// The codes that definitions are refused with, and the prefix each of them prints.
    package enum Kind: Sendable {
        case `internal`, invalidArgument, unsupported, xml, overflow, xmlDetail
        case noName, noSource, noTarget, operationFailed, noSupport
        case systemError, operationInvalid, operationUnsupported, deviceMissing, incompatibleCPU

        package var code: Int32 {
            switch self {
            case .internal: 1
            case .noSupport: 3
            case .invalidArgument: 8
            case .operationFailed: 9
            case .noSource: 19
            case .noTarget: 20
            case .noName: 21
            case .xml: 27
            case .xmlDetail: 35
            case .systemError: 38
            case .operationInvalid: 55
            case .unsupported: 67
            case .overflow: 82
            case .operationUnsupported: 84
            case .incompatibleCPU: 91
            case .deviceMissing: 99
            }
        }

        var prefix: String {
            switch self {
            case .internal: "internal error: "
            case .noSupport: "this function is not supported by the connection driver: "
            case .invalidArgument: "invalid argument: "
            case .operationFailed: "operation failed: "
            case .unsupported: "unsupported configuration: "
            case .xml: "XML error: "
            case .overflow: "numerical overflow: "
            case .operationInvalid: "Requested operation is not valid: "
            case .operationUnsupported: "Operation not supported: "
            case .deviceMissing: "device not found: "
            case .incompatibleCPU: "the CPU is incompatible with host CPU: "
            case .noName, .noSource, .noTarget, .xmlDetail, .systemError: ""
            }
        }
    }

    /// `VIR_FROM_NONE`: helpers that belong to no object.
    package static let fromNone: Int32 = 0
    /// `VIR_FROM_XML`: the reader of attributes and elements.
    package static let fromXML: Int32 = 5
    /// `VIR_FROM_QEMU`.
    package static let fromQEMU: Int32 = 10
    /// `VIR_FROM_TEST`.
    package static let fromTest: Int32 = 12
    /// `VIR_FROM_NET`: virtual ports.
    package static let fromNet: Int32 = 11
    /// `VIR_FROM_NETWORK`: networks.
    package static let fromNetwork: Int32 = 19
    /// `VIR_FROM_STORAGE`: pools and volumes.
    package static let fromStorage: Int32 = 18
    /// `VIR_FROM_NODEDEV`.
    package static let fromNodeDevice: Int32 = 22
    /// `VIR_FROM_INTERFACE`.
    package static let fromInterface: Int32 = 26
    /// `VIR_FROM_DOMAIN_SNAPSHOT`.
    package static let fromSnapshot: Int32 = 35
    /// `VIR_FROM_DOMAIN_CHECKPOINT`.
    package static let fromCheckpoint: Int32 = 69
    /// `VIR_FROM_RESCTRL`.
    package static let fromResourceControl: Int32 = 67
    /// `VIR_FROM_DEVICE`.
    package static let fromDevice: Int32 = 49
    /// `VIR_FROM_SECRET`: secrets.
    package static let fromSecret: Int32 = 30
    /// `VIR_FROM_NWFILTER`: packet filters and their bindings.
    package static let fromNWFilter: Int32 = 33
    /// `VIR_FROM_CPU`: the guest's processor.
    package static let fromCPU: Int32 = 31
    /// `VIR_FROM_DOMAIN`: the domain definition.
    package static let fromDomain: Int32 = 20
}
