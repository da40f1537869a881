/// What an event registration is for.
package struct EventTopic: Sendable {
    package var kind: EventKind
    package var eventID: Int32
    /// The only object to hear of; nil: all.
    package var object: (any ObjectReference)?

    package init(_ kind: EventKind, eventID: Int32, object: (any ObjectReference)?) {
        self.kind = kind
        self.eventID = eventID
        self.object = object
    }

    /// Whether a daemon takes the two for the same: it refuses a second registration then.
    package func isSame(as other: EventTopic) -> Bool {
        guard kind == other.kind, eventID == other.eventID else { return false }
        switch (object, other.object) {
        case (nil, nil): return true
        case (let first?, let second?): return Self.same(first, second)
        default: return false
        }
    }

    private static func same<Object: ObjectReference>(_ first: Object, _ second: any ObjectReference) -> Bool {
        (second as? Object).map(first.isSame) ?? false
    }
}
