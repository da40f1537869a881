internal import LibvirtRemote

extension Command {
    static let desc = Command(
        "desc", "Show or change the description or the title of a domain.",
        [
            .domain, .live, .config, .current, .flag("title", "The title instead of the description."),
            .flag("edit", "In an editor."), .rest("new-desc", "The new text."),
        ]
    ) { call in
        try call.excludePairs(["current": "live", "current": "config"])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let domain = try await call.domain()
        let isTitle = call.has("title")
        let type: DomainMetadataType = isTitle ? .title : .description
        let word = isTitle ? "title" : "description"
        func current() async throws -> String {
            do {
                return try await domain.metadata(type, flags: impact)
            } catch let error as VirtError where error.code == .noDomainMetadata {
                return ""
            }
        }
        func set(_ text: String) async throws {
            try await attempt("Failed to set new domain \(word)") {
                try await domain.setMetadata(type, to: text, flags: impact)
            }
        }
        if call.has("edit") {
            let old = call.rest.isEmpty ? try await current() : call.rest.joined(separator: " ")
            let editor = try Editor(text: old, suffix: ".txt")
            var text = try editor.edit()
            // Editors end the last line, which is not meant.
            while text.hasSuffix("\n") { text.removeLast() }
            if text == old, call.rest.isEmpty {
                return call.output.remarkUnended("Domain \(word) not changed")
            }
            try await set(text)
            return call.output.remarkUnended("Domain \(word) updated successfully")
        }
        if !call.rest.isEmpty {
            try await set(call.rest.joined(separator: " "))
            return call.output.remarkUnended("Domain \(word) updated successfully")
        }
        let text = try await current()
        if call.output.isJSON { return call.print(text, as: word, text.isEmpty ? .null : .string(text)) }
        text.isEmpty
            ? call.output.remarkUnended("No \(word) for domain: \(domain.name)") : call.output.printRaw(text)
    }

    static let metadata = Command(
        "metadata", "Show or change the notes of a program on a domain.",
        [
            .domain, .required("uri", "URI of the notes' namespace."), .live, .config, .current,
            .flag("edit", "In an editor."), .text("key", "Prefix of the namespace."), .text("set", "The new XML."),
            .flag("remove", "Remove them."),
        ]
    ) { call in
        try call.excludePairs([
            "current": "live", "current": "config", "edit": "set", "remove": "set", "remove": "edit",
        ])
        let impact: DomainModificationImpact = call.flags(["config": .config, "live": .live])
        let uri = try call.required("uri")
        let key = try call.text("key")
        let text = try call.text("set")
        if call.has("edit") || text != nil, key == nil {
            throw ShellError("namespace key is required when modifying metadata")
        }
        let domain = try await call.domain()
        if let text {
            try await domain.setMetadata(.element, to: text, key: key, uri: uri, flags: impact)
            return call.remark("Metadata modified")
        }
        if call.has("remove") {
            try await domain.setMetadata(.element, to: nil, key: key, uri: uri, flags: impact)
            return call.remark("Metadata removed")
        }
        if call.has("edit") {
            return try await call.edit(
                read: {
                    do {
                        return try await domain.metadata(.element, uri: uri, flags: impact)
                    } catch let error as VirtError where error.code == .noDomainMetadata {
                        return "\n"
                    }
                }, unchanged: "Metadata not changed"
            ) { xml, _ in
                try await domain.setMetadata(.element, to: xml, key: key, uri: uri, flags: impact)
                return "Metadata modified"
            }
        }
        let xml = try await domain.metadata(.element, uri: uri, flags: impact)
        try call.printXML(call.output.isJSON ? xml : xml + "\n")
    }
}
