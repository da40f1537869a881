/// What a document may cost before it is refused. The only place that says so.
package struct XMLLimits: Sendable {
    /// Longest text that is handed to the parser; the wire's own limit for a string is 4 MiB.
    package var bytes = 16 << 20
    /// Deepest nesting. libxml2 itself stops at 256 unless told otherwise, and it is never told.
    package var depth = 250

    package init() {}

    package static let standard = XMLLimits()
}
