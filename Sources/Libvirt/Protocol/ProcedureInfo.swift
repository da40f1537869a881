/// What the protocol's annotations say of a procedure, for checks, limits and the support matrix.
public struct ProcedureInfo: Sendable {
    public enum Kind: Sendable, Equatable {
        /// A requirement of the driver role of that name.
        case role(String)
        /// Answered by the RPC session itself.
        case session
        /// An older call, answered from a listing of that role.
        case legacy(String)
        case registration
        case event
    }

    /// What libvirt does on a read-only connection where the access rules do not say it.
    public enum ReadOnly: Sendable { case refused, allowed }
    public enum Stream: Sendable { case toClient, toServer, twoWay }

    /// A permission that a caller needs.
    public struct AccessRule: Sendable, Equatable {
        public let object: String
        public let permission: String
        /// The rule holds if the call's flags have one of these bits; nil: always.
        public let flags: UInt64?
        /// The rule holds if the call's flags have none of these bits.
        public let absentFlags: UInt64?

        public init(
            _ object: String, _ permission: String, if flags: UInt64? = nil, unless absentFlags: UInt64? = nil
        ) {
            self.object = object
            self.permission = permission
            self.flags = flags
            self.absentFlags = absentFlags
        }

        public var isConditional: Bool { flags != nil || absentFlags != nil }

        /// Whether it holds for a call with these flags.
        public func applies(to callFlags: UInt64) -> Bool {
            if let flags { return callFlags & flags != 0 }
            if let absentFlags { return callFlags & absentFlags == 0 }
            return true
        }

        /// Whether a read-only connection may use the permission.
        public var isReading: Bool {
            permission == "getattr" || permission == "read" || permission.hasPrefix("search_")
        }
    }

    public let number: UInt32
    /// `domain_get_xml_desc`
    public let name: String
    /// `virDomainGetXMLDesc`
    public let api: String
    /// The file of the protocol it stands in: `domain`.
    public let group: String
    public let kind: Kind
    /// Whether it may run while long calls hold all ordinary workers.
    public let isHighPriority: Bool
    public let access: [AccessRule]
    /// The permission without which entries of a list are left out.
    public let filter: AccessRule?
    public let stream: Stream?
    public let since: String?
    /// Whether a read-only connection is refused it, whatever the flags.
    public let isRefusedReadOnly: Bool

    public init(
        number: UInt32, name: String, api: String, group: String, kind: Kind, isHighPriority: Bool = false,
        access: [AccessRule] = [], filter: AccessRule? = nil, readOnly: ReadOnly? = nil, stream: Stream? = nil,
        since: String? = nil
    ) {
        self.number = number
        self.name = name
        self.api = api
        self.group = group
        self.kind = kind
        self.isHighPriority = isHighPriority
        self.access = access
        self.filter = filter
        self.stream = stream
        self.since = since
        isRefusedReadOnly =
            switch readOnly {
            case .refused: true
            case .allowed: false
            case nil: access.contains { !$0.isConditional && !$0.isReading }
            }
    }
}
