internal import Libvirt
internal import XDR

/// Calls of a client that wait for their turn, as whole messages with their descriptors: first in, first out.
///
/// There may be tens of thousands: taking one costs the same however many wait.
struct WaitingCalls {
    typealias Call = (message: MessageBuffer, descriptors: [OwnedDescriptor])

    private var calls: [Call?] = []
    private var head = 0

    var isEmpty: Bool { head == calls.count }

    mutating func append(_ call: Call) { calls.append(call) }

    mutating func removeFirst() -> Call? {
        guard head < calls.count else { return nil }
        defer {
            calls[head] = nil
            head += 1
            if head == calls.count {
                calls = []
                head = 0
            } else if head >= 1024, head * 2 >= calls.count {
                calls.removeFirst(head)
                head = 0
            }
        }
        return calls[head]
    }
}
