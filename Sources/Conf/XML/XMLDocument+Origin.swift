package import VirtUtil

extension XMLDocument {
    /// Parses a text; what is wrong with it is said in the name of `domain`, a `VIR_FROM_*` number.
    package convenience init(_ text: String, name: String, domain: Int32) throws(ConfError) {
        do {
            try self.init(text, name: name)
        } catch {
            var error = error
            if error.domain == ConfError.fromDomain { error.domain = domain }
            throw error
        }
    }
}
