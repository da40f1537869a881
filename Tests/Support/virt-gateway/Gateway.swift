internal import Gateway
internal import Libvirt
internal import Logging
internal import VirtDaemon
internal import VirtNet
internal import VirtRPC

/// `virt-gateway DAEMON-SOCKET SOCKET TCP-PORT TLS-PORT PKI`: serves libvirt's clients, and passes all they ask on to
/// another daemon through the SDK. For scripts/conformance.
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 5, let tcp = Int(arguments[3]), let tls = Int(arguments[4]) else {
            fatalError("usage: virt-gateway DAEMON-SOCKET SOCKET TCP-PORT TLS-PORT PKI")
        }
        ServiceSignal.surviveBrokenPipes()
        let server = Server(
            drivers: [GatewayDriver(socket: arguments[1])], logger: Logger(label: "gateway"))
        let loops = LinkLoops()
        let pki = arguments[5]
        let credentials = try TLSCredentials(
            TLSConfiguration(
                role: .server, caFile: "\(pki)/cacert.pem", certificateFile: "\(pki)/servercert.pem",
                keyFile: "\(pki)/serverkey.pem"))
        var listeners: [any LinkListener] = []
        for (address, isReadOnly): (ListenAddress, Bool) in [
            (.tcp(hosts: ["127.0.0.1"], port: tcp), false), (.tls(hosts: ["127.0.0.1"], port: tls, credentials), false),
            (.unix(path: arguments[2] + "-ro", mode: 0o777), true), (.unix(path: arguments[2], mode: 0o777), false),
        ] {
            var settings = ClientSession.Settings()
            settings.isReadOnly = isReadOnly
            listeners.append(try await loops.listen(on: address) { [settings] in server.accept($0, settings: settings) })
        }
        // Until it is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
