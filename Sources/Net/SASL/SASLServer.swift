internal import CSASL
internal import Synchronization

/// The server's side of an exchange.
///
/// ```
/// ready ──start──▶ under way ──step…──▶ complete
/// ```
/// A call out of this order, one step too many, and each failure end it: what follows fails, too.
package final class SASLServer: Sendable {
    package struct Reply: Sendable, Equatable {
        package var isComplete: Bool
        /// For the client; nil and no bytes differ.
        package var data: [UInt8]?
    }

    private enum Phase {
        case ready
        case underway(steps: Int)
        case complete, over
    }

    /// Mechanisms need up to four.
    private static let mostSteps = 16

    package let session: SASLSession
    private let phase = Mutex(Phase.ready)

    /// - Parameter address: of the client, `192.0.2.7;51234`; nil on a socket without addresses.
    /// - Throws: ``SASLError``, also if the library cannot be started.
    package init(client address: String?, protection: SASLProtection) throws(SASLError) {
        try SASLLibrary.startServer()
        session = try SASLSession(protection: protection) { callbacks, connection in
            sasl_server_new(
                SASLLibrary.service, nil, nil, nil, address, callbacks, UInt32(SASL_SUCCESS_DATA), &connection)
        }
    }

    /// What this client may use, separated by commas.
    ///
    /// - Throws: ``SASLError`` if there is nothing.
    package func mechanisms() throws(SASLError) -> String {
        try session.withConnection { (connection) throws(SASLError) in
            var list: UnsafePointer<CChar>?
            try session.check(
                sasl_listmech(connection, nil, "", ",", "", &list, nil, nil), "no SASL mechanism can be offered")
            return list.map { String(cString: $0) } ?? ""
        }
    }

    /// Who the client is, once the exchange is complete; before, the library has a name that nothing has proved.
    package var userName: String? {
        guard phase.withLock({ if case .complete = $0 { true } else { false } }) else { return nil }
        return session.userName
    }

    /// Begins with the client's choice. May block.
    package func start(_ mechanism: String, _ data: [UInt8]?) throws(SASLError) -> Reply {
        let isFirst = phase.withLock { phase in
            guard case .ready = phase else {
                phase = .over
                return false
            }
            phase = .underway(steps: 0)
            return true
        }
        guard isFirst else { throw Self.outOfOrder("begins a second time") }
        guard Self.isName(mechanism) else { throw SASLError(SASL_NOMECH, "the client names no mechanism") }
        return try reply("mechanism \(mechanism)", data) { connection, input, length, output, count in
            sasl_server_start(connection, mechanism, input, length, &output, &count)
        }
    }

    /// Goes on with the client's answer. May block.
    package func step(_ data: [UInt8]?) throws(SASLError) -> Reply {
        let mayGoOn = phase.withLock { phase in
            guard case .underway(let steps) = phase, steps < Self.mostSteps else {
                phase = .over
                return false
            }
            phase = .underway(steps: steps + 1)
            return true
        }
        // The library crashes on a step before the start.
        guard mayGoOn else { throw Self.outOfOrder("goes on before it has begun, after its end, or without end") }
        return try reply("step", data) { connection, input, length, output, count in
            sasl_server_step(connection, input, length, &output, &count)
        }
    }

    /// RFC 4422: up to 20 letters, digits, hyphens and underscores.
    private static func isName(_ mechanism: String) -> Bool {
        (1...Int(SASL_MECHNAMEMAX)).contains(mechanism.utf8.count)
            && mechanism.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    private static func outOfOrder(_ what: String) -> SASLError {
        SASLError(number: SASL_BADPROT, message: "the client \(what)")
    }

    private func reply(
        _ doing: String, _ data: [UInt8]?,
        _ body: (OpaquePointer, UnsafePointer<CChar>?, UInt32, inout UnsafePointer<CChar>?, inout UInt32) -> Int32
    ) throws(SASLError) -> Reply {
        do throws(SASLError) {
            let reply = try session.withConnection { (connection) throws(SASLError) in
                try SASLData.with(data) { (input, length) throws(SASLError) in
                    var output: UnsafePointer<CChar>?
                    var count: UInt32 = 0
                    let result = body(connection, input, length, &output, &count)
                    try session.check(result, doing, accepting: [SASL_OK, SASL_CONTINUE])
                    return Reply(isComplete: result == SASL_OK, data: SASLData.copy(output, count))
                }
            }
            if reply.isComplete { phase.withLock { $0 = .complete } }
            return reply
        } catch {
            phase.withLock { $0 = .over }
            throw error
        }
    }
}
