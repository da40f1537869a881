/// A value kept on the heap, copied when it is changed while somebody else has it, too.
///
/// For large values: whoever holds one pays for a pointer, and passing it on is one reference more.
package struct Boxed<Value: Sendable>: Sendable {
    private final class Storage: @unchecked Sendable {
        // SAFETY: changed only by a box that alone refers to it, as it would change a value of its own.
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    package init(_ value: Value) { storage = Storage(value) }

    package var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}
