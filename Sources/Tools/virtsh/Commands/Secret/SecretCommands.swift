internal import LibvirtRemote

extension CommandGroup {
    static let secret = CommandGroup(
        "Secret", keyword: "secret",
        [
            .secretDefine, .secretDumpxml, .secretEvent, .secretGetValue, .secretList, .secretSetValue, .secretUndefine,
        ])
}

extension Command {
    static let secretDefine = Command(
        "secret-define", "Define a secret, or change its definition.",
        [.file("File with the secret's XML."), .validate]
    ) { call in
        let file = try call.required("file")
        let xml = try TextFile.read(file)
        let connection = try await call.connection()
        let secret = try await attempt("Failed to set attributes from \(file)") {
            try await connection.defineSecret(xml: xml, flags: call.has("validate") ? .validate : [])
        }
        call.remark("Secret \(secret.reference.uuid) created")
    }

    static let secretDumpxml = Command("secret-dumpxml", "Print a secret's XML.", [.secret, .xpath, .wrap]) { call in
        try call.printXML(try await call.secret().xml())
    }

    static let secretUndefine = Command("secret-undefine", "Forget a secret.", [.secret]) { call in
        let secret = try await call.secret()
        let uuid = try call.required("secret")
        try await attempt("Failed to delete secret \(uuid)") { try await secret.undefine() }
        call.remark("Secret \(uuid) deleted")
    }

    private static let usages = ["Unused", "volume", "ceph", "iscsi", "tls", "vtpm"]

    static let secretList = Command(
        "secret-list", "List secrets.",
        [
            .flag("ephemeral", "Secrets that go with the daemon."), .flag("no-ephemeral", "Secrets that are kept."),
            .flag("private", "Secrets whose value nobody is told."),
            .flag("no-private", "Secrets whose value can be asked for."),
        ]
    ) { call in
        var flags: ConnectListAllSecretsFlags = call.flags([
            "ephemeral": .ephemeral, "no-ephemeral": .noEphemeral, "no-private": .noPrivate,
        ])
        if call.has("private") { flags.insert(ConnectListAllSecretsFlags(rawValue: 4)) }
        let filter = flags
        let connection = try await call.connection()
        let secrets = try await attempt("Failed to list secrets") { try await connection.secrets(flags: filter) }
            .sorted { $0.reference.uuid.description < $1.reference.uuid.description }
        var table = Table(header: ["UUID", "Usage"])
        for secret in secrets {
            let type = Int(secret.reference.usageType.rawValue)
            let word = usages.indices.contains(type) ? usages[type] : "unknown"
            table.rows.append([
                Table.Cell(secret.reference.uuid.description),
                type == 0 ? Table.Cell(word, json: .null) : Table.Cell("\(word) \(secret.reference.usageID)"),
            ])
        }
        call.print(table)
    }

    static let secretGetValue = Command(
        "secret-get-value", "Print the value of a secret.", [.secret, .flag("plain", "As it is, not as base64.")]
    ) { call in
        let secret = try await call.secret()
        let value = Array(try await secret.value())
        if call.output.isJSON {
            call.output.print(.object(["base64": .string(Base64.encode(value))]))
        } else if call.has("plain") {
            _ = call.output.standardOutput.writeAll(value)
        } else {
            // The end of the command ends the line.
            call.output.printRaw(Base64.encode(value))
        }
    }

    static let secretSetValue = Command(
        "secret-set-value", "Set the value of a secret.",
        [
            .secret, .named("file", "File with the value.", .files),
            .flag("plain", "The file holds the value as it is."),
            .flag("interactive", "Ask for the value."), .text("base64", "The value as base64; others can see it."),
        ]
    ) { call in
        try call.excludePairs([
            "file": "base64", "plain": "base64", "interactive": "base64", "interactive": "plain", "interactive": "file",
        ])
        let secret = try await call.secret()
        var value: [UInt8]
        var isPlain = call.has("plain")
        if let text = try call.text("base64") {
            call.output.errors(["Passing secret value as command-line argument is insecure!"])
            value = Array(text.utf8)
        } else if let file = try call.text("file") {
            value = try TextFile.readBytes(file)
        } else if call.has("interactive") {
            call.output.printRaw("Enter new value for secret:")
            guard let text = HiddenInput.readLine() else { throw ShellError("Failed to read secret") }
            value = Array(text.utf8)
            isPlain = true
        } else {
            throw ShellError("Input secret value is missing")
        }
        if !isPlain { value = Base64.decode(value) }
        let bytes = value
        try await attempt("Failed to set secret value") { try await secret.setValue(OpaqueData(bytes[...])) }
        call.remark("Secret value set")
    }

    static let secretEvent = Command(
        "secret-event", "Wait for events of secrets, or list their kinds.",
        EventWaiting.options(
            of: .text("secret", "Only events of this secret.", .secrets), names: ["lifecycle", "value-changed"])
    ) { call in
        try await EventWaiting.run(call, names: ["lifecycle", "value-changed"]) { kind in
            let secret = call.has("secret") ? try await call.secret() : nil
            return try await call.connection().secretEvents([SecretEventID(rawValue: kind)], secret: secret)
        } describe: { (event: SecretEvent) in
            switch event {
            case .lifecycle(_, let type, _):
                EventText(
                    "lifecycle", "secret", event.object.uuid.description,
                    detail: EventText.word(["Defined", "Undefined"], type.rawValue))
            default: EventText("value-changed", "secret", event.object.uuid.description)
            }
        }
    }
}
