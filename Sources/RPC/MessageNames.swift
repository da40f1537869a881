package import Libvirt

package typealias NetMessageHeader = MessageHeader
package typealias NetMessageType = MessageType
package typealias NetMessageStatus = MessageStatus

extension MessageType {
    package static var callWithFDs: MessageType { callWithFds }
    package static var replyWithFDs: MessageType { replyWithFds }
}

package var virNetMessageNumFDsMax: Int64 { virNetMessageNumFdsMax }
