package import VirtUtil

/// Who may use a directory or a file of the host; what is nil is left to the system.
package struct StoragePermissions: XMLMapped {
    /// Permission bits, at most 0777.
    package var mode: UInt32?
    /// User and group of the host.
    package var owner: UInt32?
    package var group: UInt32?
    /// Of SELinux.
    package var label: String?

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        mapMode(x)
        mapID(x, "owner", &owner)
        mapID(x, "group", &group)
        x.textElement("label", &label)
    }

    private mutating func mapMode(_ x: XMLCoder) {
        var text = x.isWriting ? mode.map { "0" + String($0, radix: 8) } : nil
        x.textElement("mode", &text)
        guard x.isReading, let text else { return }
        mode = UInt32(text.trimmedLeadingBlanks, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        if mode == nil { x.failStorage("malformed octal mode") }
    }

    /// A number; -1 and its unsigned twin are nobody.
    private func mapID(_ x: XMLCoder, _ name: StaticString, _ value: inout UInt32?) {
        guard x.isReading else {
            var text = value.map { String(Int32(bitPattern: $0)) }
            return x.textElement(name, &text)
        }
        guard let text = x.node?.child(name)?.text else { return }
        guard let number = Int64(text.trimmedLeadingBlanks), number >= -1, number <= UInt32.max else {
            return x.failStorage("malformed \(name) element")
        }
        value = number == -1 || number == UInt32.max ? nil : UInt32(number)
    }
}
