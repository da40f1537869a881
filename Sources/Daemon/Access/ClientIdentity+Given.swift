internal import Libvirt
internal import VirtUtil

extension ClientIdentity {
    /// The attributes of `CONNECT_SET_IDENTITY`, and their types there.
    private static let attributes: [String: CheckedParameters.Kind] = [
        "user-name": .string, "unix-user-id": .ullong, "group-name": .string, "unix-group-id": .ullong,
        "process-id": .llong, "process-time": .ullong, "sasl-user-name": .string, "x509-distinguished-name": .string,
        "selinux-context": .string,
    ]

    /// The client for which this one speaks from now on; what is not given is not known.
    ///
    /// - Throws: ``VirtError`` for an attribute that there is not, or that has another type, as libvirt words it.
    func speaking(with attributes: [TypedParameter]) throws -> ClientIdentity {
        let given = try CheckedParameters(attributes, Self.attributes)
        var other = self
        other.address = nil
        other.userName = given.string("user-name")
        other.userID = given.ullong("unix-user-id").flatMap { UInt32(exactly: $0) }
        other.groupName = given.string("group-name")
        other.groupID = given.ullong("unix-group-id").flatMap { UInt32(exactly: $0) }
        other.processID = given.llong("process-id").flatMap { Int32(exactly: $0) }
        other.processStartTime = given.ullong("process-time")
        other.saslUserName = given.string("sasl-user-name")
        other.distinguishedName = given.string("x509-distinguished-name")
        other.securityContext = given.string("selinux-context")
        return other
    }
}
