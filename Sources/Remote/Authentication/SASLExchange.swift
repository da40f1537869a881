internal import Libvirt
internal import VirtNet
internal import VirtRPC
internal import XDR

/// One SASL exchange with a daemon.
struct SASLExchange {
    let client: RPCClient
    /// The one that the caller insists on; nil: the best that both sides have.
    let mechanism: String?
    var credentials: Credentials

    /// Least strength of a mechanism's own layer where nothing else encrypts, in bits.
    private static let leastStrength: UInt32 = 56
    /// No mechanism needs as many; a daemon that goes on and on is given up.
    private static let mostSteps = 16

    /// Whether nothing encrypts yet and others may read along.
    private var isExposed: Bool { client.link.transport == .tcp }

    /// - Returns: whether everything from now on is encrypted by SASL itself.
    /// - Throws: ``VirtError`` `.authFailed`.
    mutating func run() async throws -> Bool {
        let offered = try await client.call(RemoteProgram.authSASLInit, XDRVoid()).mechlist
        do {
            return try await run(offered)
        } catch let error as SASLError {
            throw failed(error.message, cause: error)
        }
    }

    private mutating func run(_ offered: String) async throws -> Bool {
        let (exchange, first) = try await begin(offered)
        let answer = try await client.callAlone(
            RemoteProgram.authSASLStart,
            AuthSASLStartArgs(
                mech: exchange.mechanism, nil: first.data == nil ? 1 : 0, data: Self.wire(first.data)))
        var isAccepted = answer.complete != 0
        var isComplete = first.isComplete
        var challenge = Self.data(answer.nil, answer.data)
        var steps = 0
        // A daemon that is satisfied still has to show, in mechanisms that can, that it knows the secret, too.
        while !(isAccepted && isComplete) {
            let response = try await step(exchange, challenge)
            isComplete = response.isComplete
            if isAccepted && isComplete { break }
            steps += 1
            guard !isAccepted, steps <= Self.mostSteps else {
                throw failed("the daemon does not keep to the mechanism \(exchange.mechanism)")
            }
            await client.readOn()
            let answer = try await client.callAlone(
                RemoteProgram.authSASLStep,
                AuthSASLStepArgs(nil: response.data == nil ? 1 : 0, data: Self.wire(response.data)))
            isAccepted = answer.complete != 0
            challenge = Self.data(answer.nil, answer.data)
        }
        return try await protect(exchange)
    }

    // MARK: steps

    private typealias Message = (data: [UInt8]?, isComplete: Bool)

    /// Chooses the best mechanism that works here, and makes its first step.
    ///
    /// One that cannot even begin, such as Kerberos without a ticket, leaves it to the next best.
    private mutating func begin(_ offered: String) async throws -> (SASLClient, Message) {
        var names = try mechanisms(in: offered)
        var failures: [String] = []
        while !names.isEmpty {
            let exchange = try SASLClient(
                host: credentials.host,
                protection: isExposed
                    ? .exposed(minimum: Self.leastStrength) : .protected(strength: client.link.peer.tlsKeyBits))
            do {
                return (exchange, try await begin(exchange, names.joined(separator: ",")))
            } catch let error as SASLError where names.contains(exchange.mechanism) && !error.isMechanismMissing {
                names.removeAll { $0 == exchange.mechanism }
                failures.append(error.message)
            } catch let error as SASLError where error.isMechanismMissing {
                break
            }
        }
        if !names.isEmpty {
            let reason =
                isExposed ? "not installed here, or no protection on a connection without TLS" : "not installed here"
            failures.append("\(names.joined(separator: ", ")): \(reason)")
        }
        throw failed(
            "no SASL mechanism of those that the daemon offers can be used: \(failures.joined(separator: "; "))")
    }

    private mutating func begin(_ exchange: SASLClient, _ names: String) async throws -> Message {
        var step = try await exchange.start(mechanisms: names)
        while true {
            switch step {
            case .data(let data, let isComplete): return (data, isComplete)
            case .prompts(let prompts):
                let answers = try await credentials.answers(to: prompts, mechanism: exchange.mechanism)
                step = try await exchange.start(mechanisms: names, answers: answers)
            }
        }
    }

    /// The mechanisms to choose from.
    private func mechanisms(in offered: String) throws -> [String] {
        let offered = offered.split { $0 == "," || $0 == " " }.map(String.init)
        guard let mechanism else { return offered }
        guard let name = offered.first(where: { $0.uppercased() == mechanism.uppercased() }) else {
            throw ClientAuthentication.failed(
                "SASL mechanism \(mechanism) not supported by server, which offers \(offered.joined(separator: ", "))")
        }
        return [name]
    }

    private mutating func step(_ exchange: SASLClient, _ challenge: [UInt8]?) async throws -> Message {
        var step = try await exchange.step(challenge)
        while true {
            switch step {
            case .data(let data, let isComplete): return (data, isComplete)
            case .prompts(let prompts):
                let answers = try await credentials.answers(to: prompts, mechanism: exchange.mechanism)
                step = try await exchange.step(challenge, answers: answers)
            }
        }
    }

    // MARK: the layer

    /// Goes on, encrypted if that was negotiated.
    private func protect(_ exchange: SASLClient) async throws -> Bool {
        let strength = exchange.session.layerStrength
        guard !isExposed || strength >= Self.leastStrength else {
            throw failed("negotiation SSF \(strength) was not strong enough")
        }
        guard strength > 0 else {
            await client.readOn()
            return false
        }
        guard let link = client.link as? SASLLink else {
            throw failed("the mechanism \(exchange.mechanism) encrypts, and this connection cannot")
        }
        await client.readOn { link.protect(with: exchange.session, received: $0) }
        return true
    }

    private func failed(_ text: String, cause: (any Error)? = nil) -> VirtError {
        ClientAuthentication.failed("SASL with \(credentials.host): \(text)", cause: cause)
    }

    private static func wire(_ data: [UInt8]?) -> [Int8] { (data ?? []).map { Int8(bitPattern: $0) } }

    private static func data(_ isNil: Int32, _ data: [Int8]) -> [UInt8]? {
        isNil != 0 ? nil : data.map { UInt8(bitPattern: $0) }
    }
}
