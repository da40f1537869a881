package import VirtUtil

/// How a volume is encrypted, and which secrets open it.
package struct StorageEncryption: XMLMapped {
    package enum Format: String, XMLKeyword { case `default`, qcow, luks, luks2 }
    package enum Engine: String, XMLKeyword { case qemu, librbd }

    package struct Secret: XMLMapped {
        package var reference = StorageSecret()

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("type", "passphrase")
            if x.isReading {
                let word = x.peek("type") ?? ""
                if word.isEmpty {
                    x.failStorage("unknown volume encryption secret type")
                } else if word != "passphrase" {
                    let message = "unknown volume encryption secret type \(word)"
                    x.fail(ConfError(.unsupported, message, domain: ConfError.fromStorage))
                }
            }
            reference.map(x)
        }
    }

    /// For LUKS: the cipher, and how its initialisation vectors come about.
    package struct Cipher: XMLMapped {
        package var name = ""
        /// Bits of the key.
        package var size: UInt32?
        package var mode: String?
        package var hash: String?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", name)
            if x.isReading {
                if let name = x.peek("name") {
                    self.name = name
                } else {
                    x.failStorage("cipher info missing 'name' attribute")
                }
            }
            x.attribute("size", &size)
            if x.isReading, size == nil { x.failMissing("size") }
            x.attribute("mode", &mode)
            x.attribute("hash", &hash)
        }
    }

    package struct VectorGenerator: XMLMapped {
        package var name = ""
        package var hash: String?

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            x.put("name", name)
            if x.isReading {
                if let name = x.peek("name") {
                    self.name = name
                } else {
                    x.failStorage("missing ivgen info name string")
                }
            }
            x.attribute("hash", &hash)
        }
    }

    package var format = Format.default
    package var engine: Engine?
    package var secrets: [Secret] = []
    /// Only of `luks`; the others have no choice.
    package var cipher: Cipher?
    package var vectorGenerator: VectorGenerator?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.put("format", format.rawValue)
        if x.isReading { readFormat(x) }
        x.attribute("engine", &engine)
        x.forceEndTag()
        x.elements("secret", &secrets)
        guard format == .luks else { return }
        x.element("cipher", &cipher)
        if x.isReading, cipher == nil, x.node?.child("ivgen") != nil {
            return x.failStorage("ivgen element found, but cipher is missing")
        }
        x.element("ivgen", &vectorGenerator)
    }

    private mutating func readFormat(_ x: XMLCoder) {
        guard let word = x.peek("format"), !word.isEmpty else {
            return x.failStorage("unknown volume encryption format")
        }
        if let read = Format(rawValue: word) {
            format = read
        } else {
            let message = "unknown volume encryption format type \(word)"
            x.fail(ConfError(.unsupported, message, domain: ConfError.fromStorage))
        }
    }
}
