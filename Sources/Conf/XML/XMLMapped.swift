/// A part of a definition that can say what it looks like as XML.
///
/// One function describes both directions: called with a reading coder it fills `self`, with a writing coder it
/// prints `self`. Steps stand in the order in which libvirt prints; reading looks elements up by name.
///
/// A function that needs to know the direction asks ``XMLCoder/isReading``. It must not change `self` when writing.
package protocol XMLMapped: Sendable {
    init()
    mutating func map(_ x: XMLCoder)
}

/// A closed list of words that an attribute can hold; the raw value is the word.
package protocol XMLKeyword: RawRepresentable, Sendable, Equatable where RawValue == String {}

package enum YesNo: String, XMLKeyword { case yes, no }
package enum OnOff: String, XMLKeyword { case on, off }

/// How a definition is printed: bits of `virDomainXMLFlags`, and whether the object is running.
package struct XMLStyle: Sendable {
    /// Print secrets such as graphics passwords.
    package var isSecure = false
    /// Print the persistent definition, without ids, aliases and what else belongs to a running object.
    package var isInactive = false
    /// Print and keep what only the driver knows of a run, in `<privateData>` of a device.
    package var isStatus = false
    /// Leave out what older versions would not understand.
    package var isMigratable = false

    package init() {}
}
