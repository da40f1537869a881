/// `<storagepoolCapabilities>`: which types of pools a host serves, with the formats of each.
package struct StoragePoolCapabilities: Sendable {
    package var supported: Set<StoragePoolKind>

    package init(supported: Set<StoragePoolKind>) {
        self.supported = supported
    }

    package func xml() -> String {
        let x = XMLCoder(writing: XMLStyle())
        x.element("storagepoolCapabilities") {
            x.forceEndTag()
            for kind in StoragePoolKind.allCases {
                x.element("pool") {
                    x.put("type", kind.rawValue)
                    x.put("supported", supported.contains(kind) ? "yes" : "no")
                    x.forceEndTag()
                    options(x, "poolOptions", kind.defaultSourceFormat, "sourceFormatType", kind.sourceFormats ?? [])
                    // Images of RBD are raw, whatever else a definition is allowed to say.
                    let words = kind == .rbd ? [] : kind.volumeFormats.words
                    options(x, "volOptions", kind.volumeFormats.standard, "targetFormatType", words)
                }
            }
        }
        return x.text
    }

    private func options(
        _ x: XMLCoder, _ name: StaticString, _ standard: String?, _ list: String, _ words: [String]
    ) {
        guard let standard else { return }
        x.element(name) {
            x.element("defaultFormat") { x.put("type", standard) }
            x.element("enum") {
                x.put("name", list)
                x.forceEndTag()
                var words = words
                x.textElements("value", &words)
            }
        }
    }
}
