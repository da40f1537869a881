internal import Libvirt
internal import VirtNet
internal import VirtRPC
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Finds the way to the daemon of a URI.
struct RemoteConnector {
    let uri: ConnectURI
    let readOnly: Bool
    let options: ConnectOptions
    let environment: ClientEnvironment

    func connect() async throws -> UnattachedLink {
        try TransportParameters.check(uri)
        switch uri.effectiveTransport {
        case .unix: return try await connectUNIX()
        case .tcp:
            // Nothing else encrypts here: SASL may have to.
            return SASLLink.over(
                try await connect(to: .tcp(host: uri.host ?? "localhost", port: uri.port ?? 16509)))
        case .tls:
            return try await connect(
                to: .tls(host: uri.host ?? "localhost", port: uri.port ?? 16514, try credentials()))
        case .ssh, .libssh, .libssh2:
            return try await connect(to: .command(try SSHCommand(uri: uri, readOnly: readOnly).arguments()))
        case .ext:
            guard let command = uri.value("command"), !command.isEmpty else {
                throw uri.invalidHere("for 'ext' transport, command is required")
            }
            let arguments = uri.parameters.filter { $0.name == "argv" }.map(\.value)
            return try await connect(to: .command([command] + arguments))
        }
    }

    private func connectUNIX() async throws -> UnattachedLink {
        if uri.host != nil {
            throw uri.invalidHere("using unix socket and remote server '\(uri.host ?? "")' is not supported")
        }
        let sockets = try uri.sockets(readOnly: readOnly, in: environment)
        var failures: [NetError] = []
        for socket in sockets {
            do throws(NetError) {
                return try await LinkLoops.shared.connect(to: .unix(path: socket), options: netOptions)
            } catch {
                // A daemon that is not there leaves it to the next one; any other failure is the answer.
                guard error.code == .notFound || error.code == .refused else { throw translate(error) }
                failures.append(error)
            }
        }
        let reasons = failures.map(\.message).joined(separator: "; ")
        throw VirtError(
            .systemError, domain: .remote, "Failed to connect socket: no daemon answers for '\(uri)': \(reasons)",
            cause: failures.last)
    }

    private func connect(to address: ConnectAddress) async throws -> UnattachedLink {
        do throws(NetError) {
            return try await LinkLoops.shared.connect(to: address, options: netOptions)
        } catch {
            throw translate(error)
        }
    }

    private var netOptions: VirtNet.ConnectOptions {
        var timeout = options.connectTimeout
        if let deadline = currentDeadline { timeout = max(min(timeout, ContinuousClock.now.duration(to: deadline)), .zero) }
        return VirtNet.ConnectOptions(timeout: timeout)
    }

    private func credentials() throws -> TLSCredentials {
        let pkipath = uri.value("pkipath")
        let paths = PKIPaths.client(userHome: environment.isRoot ? nil : environment.home, pkipath: pkipath)
        var configuration = TLSConfiguration(role: .client, paths: paths)
        // A client without a certificate tries its luck; a directory that was named has to have one.
        if pkipath == nil, access(paths.certificateFile, F_OK) != 0, access(paths.keyFile, F_OK) != 0 {
            configuration.certificateFile = nil
            configuration.keyFile = nil
        }
        configuration.verifiesPeer = try !uri.flag("no_verify")
        configuration.checksSanity = try !uri.flag("no_sanity")
        configuration.handshakeTimeout = options.connectTimeout
        if let priority = uri.value("tls_priority") { configuration.priority = priority }
        do throws(NetError) {
            return try TLSCredentials(configuration)
        } catch {
            throw translate(error)
        }
    }

    private func translate(_ error: NetError) -> any Error {
        switch error.code {
        case .cancelled: return CancellationError()
        case .timedOut:
            return VirtError(.operationTimeout, domain: .remote, error.message, cause: error)
        case .tlsConfiguration, .tlsHandshake, .peerNotTrusted, .rejectedByServer:
            return VirtError(.rpc, domain: .rpc, error.message, cause: error)
        default:
            return VirtError(.systemError, domain: .remote, error.message, cause: error)
        }
    }
}

extension ConnectURI {
    func invalidHere(_ reason: String) -> VirtError {
        VirtError(.invalidArg, domain: .remote, "cannot use the URI '\(self)': \(reason)")
    }
}
