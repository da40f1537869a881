package import VirtUtil

/// What an attribute of a rule asks of packets.
package struct NWFilterValue: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case variable(NWFilterVariable)
        case number(UInt32, isHexadecimal: Bool)
        case hardwareAddress(MACAddress)
        case address(NWFilterAddress)
        /// A mask: how many bits count, from the front.
        case prefix(UInt32)
        case boolean(Bool)
        /// A comment, the name of a set of addresses.
        case text(String)
        /// Whether each part of a set is looked up by the packet's source; else by its destination.
        case sides([Bool])
        /// Bits of ``NWFilterWords/states``.
        case states(UInt8)
        /// Bits of ``NWFilterWords/tcpFlags``: those looked at, and those that must be set.
        case tcpFlags(mask: UInt8, set: UInt8)
    }

    package var content: Content
    /// Packets match that do not have it.
    package var isNegated = false
}
