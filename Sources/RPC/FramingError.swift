/// What makes a connection unusable: the peer does not speak the protocol.
package enum FramingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A length word outside 28...33,554,436.
    case length(UInt32)
    case descriptors(String)
    /// A message that its sender may not send, or not now.
    case violation(String)

    package var description: String {
        switch self {
        case .length(let length) where length < Frame.minimumLength:
            "packet \(length) bytes too small, want \(Frame.minimumLength)"
        case .length(let length): "packet \(length) bytes received from server too large, want \(Frame.maximumLength)"
        case .descriptors(let text), .violation(let text): text
        }
    }
}
