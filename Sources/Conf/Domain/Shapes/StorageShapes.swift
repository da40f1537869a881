import VirtUtil

/// Parts of a disk's `<source>`, in the order in which they are printed.
enum StorageShapes {
    struct Part: Sendable {
        var name: String
        var shape: ElementShape
        /// The only kind that has it; nil: all.
        var only: StorageSource.Kind?
        var isRepeated = false

        func isOf(_ kind: StorageSource.Kind) -> Bool { only.map { $0 == kind } ?? true }
    }

    static let parts = [
        Part(name: "host", shape: host, only: .network, isRepeated: true),
        Part(name: "snapshot", shape: ElementShape([.optional("name")]), only: .network),
        Part(name: "config", shape: ElementShape([.optional("file")]), only: .network),
        Part(
            name: "initiator", shape: ElementShape([], [.one("iqn", [.optional("name")])]), only: .network),
        Part(name: "address", shape: address, only: .nvme),
        Part(name: "seclabel", shape: deviceLabel, isRepeated: true),
        Part(name: "ssl", shape: ElementShape([.required("verify", .yesNo)]), only: .network),
        Part(
            name: "cookies",
            shape: ElementShape([], [.many("cookie", ElementShape([.required("name")], text: .any))]), only: .network),
        Part(name: "readahead", shape: ElementShape([.required("size", .positive)]), only: .network),
        Part(name: "timeout", shape: ElementShape([.required("seconds", .positive)]), only: .network),
        Part(name: "reservations", shape: reservations),
        Part(
            name: "reconnect", shape: ElementShape([.required("enabled", .yesNo), .optional("timeout", .unsigned())]),
            only: .vhostuser),
        Part(
            name: "slices",
            shape: ElementShape([], [
                .many("slice", [.required("type", .words(["storage"])), .required("offset", .number64), .required("size", .number64)])
            ])),
    ]

    static let host = ElementShape([
        .optional("transport", .words(["tcp", "unix", "rdma"], unknown: "unknown protocol transport type")),
        .optional("name"), .optional("port"), .optional("socket"),
    ])
    private static let address = ElementShape([
        .optional("domain", .hexadecimal(4)), .optional("bus", .hexadecimal(2)), .optional("slot", .hexadecimal(2)),
        .optional("function", .hexadecimal(1)),
    ])
    static let deviceLabel = ElementShape(
        [.optional("model"), .optional("labelskip", .yesNo), .optional("relabel", .yesNo)], [.text("label")])
    private static let reservations = ElementShape(
        [.required("managed", .yesNo)],
        [.one("source", [.optional("type"), .optional("path"), .optional("mode")])])

    private static let secret: [ElementShape.Attribute] = [.optional("type"), .optional("uuid"), .optional("usage")]
    static let authentication = ElementShape([.optional("username"), .optional("type")], [.one("secret", secret)])
    static let encryption = ElementShape(
        [
            .required("format", .words(["default", "qcow", "luks", "luks2"])),
            .optional("engine", .words(["qemu", "librbd"])),
        ],
        [
            .many("secret", secret),
            .one("cipher", [
                .required("name"), .required("size", .unsigned()), .optional("mode"), .optional("hash"),
            ]),
            .one("ivgen", [.required("name"), .optional("hash")]),
        ])
}

extension GenericElement {
    /// A label that is given is put on the image unless the element says otherwise.
    mutating func completeDeviceLabel() {
        guard child("label") != nil, attribute("relabel") == nil, attribute("labelskip") == nil else { return }
        set("relabel", "yes")
    }
}

extension StorageSource {
    /// Refuses what `<auth>` lacks.
    func checkAuthentication(_ auth: GenericElement, _ x: XMLCoder) {
        guard auth.attribute("username") != nil else {
            return x.fail(ConfError(.xml, "missing username for auth", domain: ConfError.fromStorage))
        }
        guard let secret = auth.child("secret") else {
            return x.fail(ConfError(.xml, "missing <secret> element in auth", domain: ConfError.fromStorage))
        }
        if (secret.attribute("uuid") == nil) == (secret.attribute("usage") == nil) {
            return x.fail(ConfError(.xml, "either secret uuid or usage expected", domain: ConfError.fromNone))
        }
    }

    /// Refuses a secret of another kind than the protocol has.
    func validateSecret(of auth: GenericElement?) throws(ConfError) {
        guard let expected = networkProtocol == .iscsi ? "iscsi" : networkProtocol == .rbd ? "ceph" : nil,
            let secret = auth?.child("secret")
        else { return }
        guard let type = secret.attribute("type") else {
            throw ConfError(.unsupported, "unknown secret type '<null>'")
        }
        if type != expected { throw ConfError(.internal, "invalid secret type '\(type)'") }
    }
}
