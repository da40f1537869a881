import Libvirt
import Logging
import RPCTesting
import Testing
import VirtDaemon
import VirtRPC
import XDR

/// Clients of a server in this process that take their time.
@Suite struct TimeoutTests {
    private func accept(_ server: Server, authentication: DaemonConfiguration.Authentication) -> ScriptedPeer {
        let (clientEnd, serverEnd) = InProcessLink.pair()
        var settings = ClientSession.Settings()
        settings.authentication = authentication
        settings.authenticationTimeout = .milliseconds(100)
        if let session = server.accept(serverEnd, settings: settings) { serverEnd.attach(session) }
        return ScriptedPeer(clientEnd)
    }

    @Test func whoDoesNotAuthenticateIsClosed() async throws {
        let server = Server(drivers: [], logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let known = accept(server, authentication: .none)
        let stranger = accept(server, authentication: .sasl)
        #expect(server.anonymousCount == 1)
        // Talking does not help.
        try stranger.link.send(
            Frame.encode(
                MessageHeader(prog: 0x2000_8086, vers: 1, proc: 66, type: .call, serial: 0, status: .ok), XDRVoid()))
        let answer = await stranger.message(0)
        #expect(answer?.payload == [0, 0, 0, 1, 0, 0, 0, 1])
        #expect(await eventually { stranger.closed != nil && server.clientCount == 1 })
        #expect(server.anonymousCount == 0 && known.closed == nil)
        server.closeAll()
    }
}
