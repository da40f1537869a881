/// Something that must not be: what a fuzz target throws.
package struct Finding: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

package func require(_ holds: Bool, _ description: @autoclosure () -> String) throws {
    if !holds { throw Finding(description()) }
}
