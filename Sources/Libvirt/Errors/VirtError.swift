internal import XDR

/// What went wrong, in libvirt's terms.
///
/// Codes and domains are open: a number of a newer peer stays what it is. `message` is the whole sentence for people.
public struct VirtError: Error, Sendable {
    public var code: ErrorCode
    /// The part of the system that reports it.
    public var domain: ErrorDomain
    public var level: ErrorLevel
    public var message: String
    /// Up to three texts and two numbers whose meaning depends on the code; -1 where there is none.
    public var details: Details
    /// The local error behind this one, if it did not come from a peer.
    public var cause: (any Error)?

    public struct Details: Sendable, Equatable {
        public var string1: String?
        public var string2: String?
        public var string3: String?
        public var number1: Int32
        public var number2: Int32

        public init(
            string1: String? = nil, string2: String? = nil, string3: String? = nil, number1: Int32 = -1,
            number2: Int32 = -1
        ) {
            self.string1 = string1
            self.string2 = string2
            self.string3 = string3
            self.number1 = number1
            self.number2 = number2
        }
    }

    /// An error whose sentence is the code's own, with details behind it, as libvirt words it.
    public init(_ code: ErrorCode, domain: ErrorDomain, _ details: String? = nil, cause: (any Error)? = nil) {
        let format = code.format(hasDetails: details != nil)
        self.code = code
        self.domain = domain
        level = .error
        message = details.map { format.replacingPlaceholder(with: $0) } ?? format
        self.details = Details(string1: format, string2: details)
        self.cause = cause
    }

    /// An error with a sentence and details of its own.
    public init(
        _ code: ErrorCode, domain: ErrorDomain, message: String, details: Details, cause: (any Error)? = nil
    ) {
        self.code = code
        self.domain = domain
        level = .error
        self.message = message
        self.details = details
        self.cause = cause
    }

    /// The driver has no such function.
    ///
    /// - Parameter api: the C function, such as `virDomainSuspend`; what it is about decides the error's domain.
    public static func noSupport(_ api: String) -> VirtError {
        VirtError(.noSupport, domain: ErrorDomain.ofAPI(api), api)
    }

    /// Flags that a function does not know.
    public static func unsupportedFlags(_ flags: UInt64, in function: String, domain: ErrorDomain) -> VirtError {
        let text = "unsupported flags (0x\(String(flags, radix: 16))) in function \(function)"
        return invalidArgument("flags", in: function, domain: domain, text)
    }

    /// An argument that a function cannot take.
    public static func invalidArgument(
        _ argument: String, in function: String, domain: ErrorDomain, _ text: String
    ) -> VirtError {
        VirtError(
            .invalidArg, domain: domain, message: text,
            details: Details(string1: function, string2: argument, number1: 0, number2: 0))
    }
}

extension VirtError: CustomStringConvertible {
    public var description: String { message }
}

extension ErrorDomain {
    /// The domain of errors that libvirt's public functions report themselves: it follows from the object.
    package static func ofAPI(_ api: String) -> ErrorDomain {
        let name = api.dropFirst(3)
        let table: [(String, ErrorDomain)] = [
            ("DomainCheckpoint", .domainCheckpoint), ("DomainSnapshot", .domainSnapshot),
            ("DomainRevertToSnapshot", .domainSnapshot), ("DomainListAllCheckpoints", .domainCheckpoint),
            ("DomainListAllSnapshots", .domainSnapshot), ("DomainHasCurrentSnapshot", .domainSnapshot),
            ("NWFilter", .nwfilter), ("ConnectListAllNWFilter", .nwfilter), ("ConnectListNWFilter", .nwfilter),
            ("ConnectNumOfNWFilter", .nwfilter), ("Network", .network), ("ConnectListAllNetworks", .network),
            ("ConnectNetworkEvent", .network), ("StoragePool", .storage), ("StorageVol", .storage),
            ("ConnectListAllStoragePools", .storage), ("ConnectFindStoragePoolSources", .storage),
            ("ConnectGetStoragePoolCapabilities", .storage), ("ConnectStoragePoolEvent", .storage),
            ("NodeDevice", .nodedev), ("NodeNumOfDevices", .nodedev), ("NodeListDevices", .nodedev),
            ("ConnectListAllNodeDevices", .nodedev), ("ConnectNodeDeviceEvent", .nodedev), ("Interface", .interface),
            ("ConnectListAllInterfaces", .interface), ("ConnectListInterfaces", .interface), ("Secret", .secret),
            ("ConnectListAllSecrets", .secret), ("ConnectListSecrets", .secret), ("ConnectNumOfSecrets", .secret),
            ("ConnectSecretEvent", .secret),
        ]
        for (prefix, domain) in table where name.hasPrefix(prefix) { return domain }
        return .domain
    }
}

extension String {
    func replacingPlaceholder(with text: String) -> String {
        guard let start = utf8.firstIndex(of: UInt8(ascii: "%")) else { return self }
        return String(self[..<start]) + text + String(self[utf8.index(start, offsetBy: 2)...])
    }
}

// MARK: On the wire

extension VirtError {
    /// The payload of an error reply.
    package var wire: WireError {
        WireError(
            code: code, domain: domain, message: message, level: level, dom: nil, str1: details.string1,
            str2: details.string2, str3: details.string3, int1: details.number1, int2: details.number2, net: nil)
    }

    package init(_ wire: WireError) {
        code = wire.code
        domain = wire.domain
        level = wire.level
        message = wire.message ?? "unknown error"
        details = Details(
            string1: wire.str1, string2: wire.str2, string3: wire.str3, number1: wire.int1, number2: wire.int2)
        cause = nil
    }
}
