internal import CSASL
internal import NIOPosix
internal import Synchronization

/// The client's side of an exchange.
///
/// A step either has something for the server, or asks for ``Prompt``s: then the same step is made again with their
/// answers. Also after a server's success one step is due: it shows whether the server knows the secret, too.
package final class SASLClient: @unchecked Sendable {
    // SAFETY: `prompts` and `answers` are used under the session's lock only. The library keeps pointers to the answers,
    // which stay where they are until `deinit`; `session` is let go of after that, and does not look at them any more.

    /// What the library wants to know.
    package struct Prompt: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case authenticationName, password, realm
            /// Something else; the answer may be shown.
            case text
            /// Something else; the answer may not be shown.
            case secret
        }

        package var kind: Kind
        /// For people: "Please enter your password".
        package var prompt: String
        /// What the server has said about it.
        package var challenge: String?
        package var fallback: String?
    }

    package enum Step: Sendable, Equatable {
        /// For the server; nil and no bytes differ. Complete: nothing more is expected of it.
        case data([UInt8]?, isComplete: Bool)
        case prompts([Prompt])
    }

    package let session: SASLSession
    /// The mechanism that was chosen; empty before ``start(mechanisms:answers:)``.
    package var mechanism: String { name.withLock { $0 } }
    private let name = Mutex("")
    private var prompts: UnsafeMutablePointer<sasl_interact_t>?
    private var answers: [UnsafeMutableRawBufferPointer] = []

    private static let kinds: [Int32: Prompt.Kind] = [
        SASL_CB_AUTHNAME: .authenticationName, SASL_CB_PASS: .password, SASL_CB_GETREALM: .realm,
        SASL_CB_ECHOPROMPT: .text, SASL_CB_NOECHOPROMPT: .secret,
    ]

    /// - Parameter host: of the server; Kerberos needs its full name.
    /// - Throws: ``SASLError``, also if the library cannot be started.
    package init(host: String, protection: SASLProtection) throws(SASLError) {
        try SASLLibrary.startClient()
        session = try SASLSession(prompts: Array(Self.kinds.keys), protection: protection) { callbacks, connection in
            sasl_client_new(
                SASLLibrary.service, host, nil, nil, callbacks, UInt32(SASL_SUCCESS_DATA), &connection)
        }
    }

    deinit {
        for answer in answers {
            answer.withMemoryRebound(to: UInt8.self) { $0.update(repeating: 0) }
            answer.deallocate()
        }
    }

    /// Chooses the best of these mechanisms that is installed and strong enough, and makes its first step.
    ///
    /// - Parameter mechanisms: separated by commas or spaces.
    /// - Throws: ``SASLError``.
    package func start(mechanisms: String, answers: [String] = []) async throws -> Step {
        try await Self.apart { try self.startNow(mechanisms: mechanisms, answers: answers) }
    }

    /// Answers the server.
    ///
    /// - Throws: ``SASLError``.
    package func step(_ data: [UInt8]?, answers: [String] = []) async throws -> Step {
        try await Self.apart { try self.stepNow(data, answers: answers) }
    }

    /// On a thread that may block: Kerberos asks servers.
    private static func apart(_ body: @escaping @Sendable () throws -> Step) async throws -> Step {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    private func startNow(mechanisms: String, answers: [String]) throws(SASLError) -> Step {
        try advance("cannot begin with any of \(mechanisms)", answers) { connection, prompts, output, count in
            var chosen: UnsafePointer<CChar>?
            let result = sasl_client_start(connection, mechanisms, &prompts, &output, &count, &chosen)
            if let chosen { name.withLock { $0 = String(cString: chosen) } }
            return result
        }
    }

    private func stepNow(_ data: [UInt8]?, answers: [String]) throws(SASLError) -> Step {
        try SASLData.with(data) { (input, length) throws(SASLError) in
            try advance("mechanism \(mechanism)", answers) { connection, prompts, output, count in
                sasl_client_step(connection, input, length, &prompts, &output, &count)
            }
        }
    }

    private func advance(
        _ doing: String, _ given: [String],
        _ body: (
            OpaquePointer, inout UnsafeMutablePointer<sasl_interact_t>?, inout UnsafePointer<CChar>?, inout UInt32
        ) -> Int32
    ) throws(SASLError) -> Step {
        try session.withConnection { (connection) throws(SASLError) in
            fill(given)
            var output: UnsafePointer<CChar>?
            var count: UInt32 = 0
            let result = body(connection, &prompts, &output, &count)
            try session.check(result, doing, accepting: [SASL_OK, SASL_CONTINUE, SASL_INTERACT])
            if result == SASL_INTERACT { return .prompts(open().map(Self.prompt)) }
            return .data(SASLData.copy(output, count), isComplete: result == SASL_OK)
        }
    }

    // MARK: prompts

    /// The library's list of what it wants to know now.
    private func open() -> UnsafeMutableBufferPointer<sasl_interact_t> {
        guard let prompts else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
        var count = 0
        while prompts[count].id != UInt(SASL_CB_LIST_END) { count += 1 }
        return UnsafeMutableBufferPointer(start: prompts, count: count)
    }

    private func fill(_ given: [String]) {
        for (index, text) in zip(open().indices, given) {
            var text = text
            let answer: UnsafeMutableRawBufferPointer = text.withUTF8 { bytes in
                // One byte more: some mechanisms take it for a C string.
                let answer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 1, alignment: 1)
                answer.copyBytes(from: bytes)
                answer[bytes.count] = 0
                return answer
            }
            answers.append(answer)
            open()[index].result = UnsafeRawPointer(answer.baseAddress)
            open()[index].len = UInt32(answer.count - 1)
        }
    }

    private static func prompt(_ prompt: sasl_interact_t) -> Prompt {
        Prompt(
            kind: kinds[Int32(truncatingIfNeeded: prompt.id)] ?? .secret,
            prompt: prompt.prompt.map { String(cString: $0) } ?? "",
            challenge: prompt.challenge.map { String(cString: $0) },
            fallback: prompt.defresult.map { String(cString: $0) })
    }
}
