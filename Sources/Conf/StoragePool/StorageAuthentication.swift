package import VirtUtil

/// Who logs in to a storage server, and by which secret.
package struct StorageAuthentication: XMLMapped {
    package enum Kind: String, XMLKeyword { case chap, ceph }

    /// Nil if the document says `none`, or nothing.
    package var kind: Kind?
    package var username = ""
    package var secret = StorageSecret()
    /// What the secret is for. As it was given; nobody checks it.
    package var secretType: String?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            x.put("type", kind?.rawValue ?? "none")
            x.put("username", username)
            return x.element("secret") {
                x.put("type", secretType)
                secret.map(x)
            }
        }
        guard let name = x.peek("username"), !name.isEmpty else { return x.failStorage("missing username for auth") }
        username = name
        if let word = x.peek("type"), !word.isEmpty, word != "none" {
            kind = Kind(rawValue: word)
            if kind == nil {
                x.fail(ConfError(.unsupported, "unknown auth type '\(word)'", domain: ConfError.fromStorage))
            }
        }
        var isPresent = false
        x.element("secret", present: &isPresent) {
            secretType = x.peek("type")
            secret.map(x)
        }
        if !isPresent { x.failStorage("Missing <secret> element in auth") }
    }
}

/// A secret by its UUID or by what it is used for.
package struct StorageSecret: XMLMapped {
    package var uuid: DomainUUID?
    package var usage: String?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        guard x.isReading else {
            x.put("uuid", uuid?.description)
            return x.put("usage", usage)
        }
        let text = x.peek("uuid")
        usage = x.peek("usage")
        func refuse(_ message: String) { x.fail(ConfError(.xml, message, domain: ConfError.fromNone)) }
        if text == nil, usage == nil { refuse("missing secret uuid or usage attribute") }
        if text != nil, usage != nil { refuse("either secret uuid or usage expected") }
        guard let text else { return }
        uuid = DomainUUID(text)
        if uuid == nil { refuse("invalid secret uuid '\(text)'") }
    }
}
