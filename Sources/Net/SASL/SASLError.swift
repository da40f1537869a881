internal import CSASL

/// Why an exchange has failed, in libsasl2's words.
package struct SASLError: Error, CustomStringConvertible {
    /// libsasl2's number.
    package var number: Int32
    /// For our own eyes: it may tell whether there is such a user, which no peer has to know.
    package var message: String

    package var description: String { message }

    /// None of the mechanisms that were offered is installed here and strong enough.
    package var isMechanismMissing: Bool { number == SASL_NOMECH || number == SASL_TOOWEAK }

    init(number: Int32, message: String) {
        self.number = number
        self.message = message
    }

    /// An error of the library, with what it says about it.
    init(_ number: Int32, _ doing: String, detail: String? = nil) {
        // SAFETY: with no list of languages the text is a constant of the library.
        let text = detail ?? sasl_errstring(number, nil, nil).map { String(cString: $0) } ?? "error \(number)"
        self.init(number: number, message: "\(doing): \(text)")
    }
}

/// What protects the bytes before SASL does, and what SASL therefore has to bring.
package struct SASLProtection: Sendable, Equatable {
    /// Key size, in bits, of what encrypts already.
    package var externalStrength: UInt32
    /// Bounds of the strength that a mechanism's own layer has to have, in bits; 0 is no layer.
    package var strengths: ClosedRange<UInt32>
    /// Whether a mechanism may send the password as it is.
    package var allowsPlaintext: Bool

    /// TLS, or a socket that does not leave the host: SASL only has to say who it is.
    package static func protected(strength: UInt32) -> SASLProtection {
        SASLProtection(externalStrength: strength, strengths: 0...0, allowsPlaintext: true)
    }

    /// Everybody on the way reads along, unless the mechanism brings a layer of its own.
    package static func exposed(minimum: UInt32) -> SASLProtection {
        SASLProtection(
            externalStrength: 0, strengths: min(minimum, 100_000)...100_000, allowsPlaintext: false)
    }
}
