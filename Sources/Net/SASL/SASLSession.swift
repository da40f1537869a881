internal import CSASL
internal import Synchronization
internal import XDR

/// One SASL exchange, and the security layer that it may have negotiated; ``SASLServer`` and ``SASLClient`` drive it.
///
/// It belongs to the connection and ends with it, whatever step that has come to. Every call of the library is made
/// under one lock. Steps may block: they read files, and Kerberos asks servers.
package final class SASLSession: @unchecked Sendable {
    // SAFETY: `connection` and `notes` are used under `lock` only. `callbacks` holds a pointer to this object without
    // owning it: the library uses it within calls, and `deinit`, which nobody else can be in, disposes of the
    // connection first. What the library returns is copied, or used before the next call that may change it.
    private let lock = Mutex(())
    private var connection: OpaquePointer?
    private var callbacks: SASLLibrary.Callbacks?
    /// What the library wants to be logged during a call.
    private var notes: [String] = []

    /// What we take at once, in bytes: the most that the other side may put into one packet of its layer.
    static let bufferSize: UInt32 = 65536
    private static let mostNotes = 8

    /// - Parameter prompts: numbers of callbacks that are answered when the library asks.
    /// - Parameter make: makes the connection with these callbacks.
    init(
        prompts: [Int32] = [], protection: SASLProtection,
        _ make: (UnsafePointer<sasl_callback_t>, inout OpaquePointer?) -> Int32
    ) throws(SASLError) {
        let log = virt_sasl_log_callback(
            { context, level, message in
                guard let context, let message, (SASL_LOG_ERR...SASL_LOG_WARN).contains(level) else { return SASL_OK }
                Unmanaged<SASLSession>.fromOpaque(context).takeUnretainedValue().note(String(cString: message))
                return SASL_OK
            }, Unmanaged.passUnretained(self).toOpaque())
        let callbacks = SASLLibrary.Callbacks([log] + prompts.map { virt_sasl_prompt(UInt($0)) })
        self.callbacks = callbacks
        try check(make(callbacks.pointer, &connection), "cannot begin a SASL exchange")
        try protect(protection)
    }

    deinit {
        // With the secrets that it holds.
        if connection != nil { sasl_dispose(&connection) }
    }

    private func protect(_ protection: SASLProtection) throws(SASLError) {
        var strength: sasl_ssf_t = protection.externalStrength
        try check(sasl_setprop(connection, SASL_SSF_EXTERNAL, &strength), "cannot tell SASL of the encryption")
        var flags = SASL_SEC_NOANONYMOUS
        if !protection.allowsPlaintext { flags |= SASL_SEC_NOPLAINTEXT }
        var properties = sasl_security_properties_t()
        properties.min_ssf = protection.strengths.lowerBound
        properties.max_ssf = protection.strengths.upperBound
        properties.maxbufsize = Self.bufferSize
        properties.security_flags = UInt32(flags)
        try check(sasl_setprop(connection, SASL_SEC_PROPS, &properties), "cannot tell SASL what is strong enough")
    }

    // MARK: calls

    /// Calls the library. Under the lock; `body` gets the connection.
    func withConnection<Value>(_ body: (OpaquePointer) throws(SASLError) -> Value) throws(SASLError) -> Value {
        try lock.withLock { (_) throws(SASLError) in
            guard let connection else { throw SASLError(SASL_NOTINIT, "the SASL exchange is over") }
            notes = []
            virt_sasl_forget_error(connection)
            return try body(connection)
        }
    }

    /// Throws unless the result is one of the good ones. Under the lock.
    func check(
        _ result: Int32, _ doing: String, accepting good: [Int32] = [SASL_OK]
    ) throws(SASLError) {
        if good.contains(result) { return }
        var detail = connection.flatMap { sasl_errdetail($0) }.map { String(cString: $0) }
        if !notes.isEmpty {
            let others = notes.filter { note in !(detail?.contains(note) ?? false) }
            detail = ([detail].compactMap { $0 } + others).joined(separator: "; ")
        }
        throw SASLError(result, doing, detail: detail)
    }

    private func note(_ text: String) {
        if notes.count < Self.mostNotes { notes.append(text) }
    }

    // MARK: what came of it

    /// The strength of the layer that was negotiated, in bits; 0: there is none.
    package var layerStrength: UInt32 { number(SASL_SSF) }

    /// The name of the user on the other side, on servers; see ``SASLServer/userName``.
    var userName: String? {
        (try? withConnection { (connection) throws(SASLError) -> String? in
            var value: UnsafeRawPointer?
            guard sasl_getprop(connection, SASL_USERNAME, &value) == SASL_OK, let value else { return nil }
            return String(cString: value.assumingMemoryBound(to: CChar.self))
        }) ?? nil
    }

    /// Most bytes that one packet of the layer takes from us.
    private var mostEncoded: Int { Int(number(SASL_MAXOUTBUF)) }

    private func number(_ property: Int32) -> UInt32 {
        (try? withConnection { (connection) throws(SASLError) -> UInt32 in
            var value: UnsafeRawPointer?
            guard sasl_getprop(connection, property, &value) == SASL_OK, let value else { return 0 }
            return value.loadUnaligned(as: UInt32.self)
        }) ?? 0
    }

    // MARK: the layer

    /// What goes over the wire for these bytes.
    func encode(_ bytes: UnsafeRawBufferPointer) throws(SASLError) -> MessageBuffer {
        let most = mostEncoded
        guard most > 0 else { throw SASLError(SASL_BUFOVER, "the peer takes no bytes") }
        return try withConnection { (connection) throws(SASLError) in
            // A packet has a length, padding and a tag.
            let output = MessageBuffer(capacity: bytes.count + (bytes.count / most + 1) * 64)
            var offset = 0
            while offset < bytes.count {
                let count = min(most, bytes.count - offset)
                var encoded: UnsafePointer<CChar>?
                var length: UInt32 = 0
                let piece = bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
                try check(
                    sasl_encode(connection, piece, UInt32(count), &encoded, &length), "cannot encrypt with SASL")
                output.append(UnsafeRawBufferPointer(start: encoded, count: Int(length)))
                offset += count
            }
            return output
        }
    }

    /// What the peer has said with these bytes, which may be nothing yet; on the link's loop only.
    ///
    /// The library keeps an incomplete packet, of at most ``bufferSize`` bytes.
    ///
    /// - Returns: memory of the library, valid until the next call of this function.
    func decode(_ bytes: UnsafeRawBufferPointer) throws(SASLError) -> UnsafeRawBufferPointer {
        try withConnection { (connection) throws(SASLError) in
            var decoded: UnsafePointer<CChar>?
            var length: UInt32 = 0
            let input = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            try check(
                sasl_decode(connection, input, UInt32(bytes.count), &decoded, &length), "cannot decrypt with SASL")
            return UnsafeRawBufferPointer(start: decoded, count: decoded == nil ? 0 : Int(length))
        }
    }
}

/// Bytes of an exchange, where none at all and an empty text differ.
enum SASLData {
    static func with<Value>(
        _ data: [UInt8]?, _ body: (UnsafePointer<CChar>?, UInt32) throws(SASLError) -> Value
    ) throws(SASLError) -> Value {
        guard let data else { return try body(nil, 0) }
        // A terminator is not part of it, but makes the pointer of an empty text one.
        let text = data.map { CChar(bitPattern: $0) } + [0]
        return try text.withUnsafeBufferPointer { (buffer) throws(SASLError) in
            try body(buffer.baseAddress, UInt32(data.count))
        }
    }

    static func copy(_ start: UnsafePointer<CChar>?, _ count: UInt32) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(count))) }
    }
}
