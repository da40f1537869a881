internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Answers `GET` requests with texts, for monitors: few clients, small answers, no state.
///
/// A client may take ten seconds for a request, and there are at most 32 of them; others are closed.
package final class HTTPListener: Sendable {
    /// For logs: the path, or host and port.
    package let address: String
    package let port: Int?
    private let channel: any Channel

    private init(_ channel: any Channel, address: String) {
        self.channel = channel
        self.address = address
        port = channel.localAddress?.port
    }

    package func close() { channel.close(promise: nil) }

    /// Listens on a UNIX socket (a path), or on `HOST:PORT`.
    ///
    /// - Parameter respond: the text for a path, nil for one that there is not.
    package static func listen(
        on address: String, loops: LinkLoops, respond: @escaping @Sendable (String) async -> String?
    ) async throws(NetError) -> HTTPListener {
        let group = try loops.eventLoopGroup()
        let clients = ClientBound(limit: 32)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: address.hasPrefix("/") ? 0 : 1)
            .childChannelInitializer { channel in
                guard clients.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in clients.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(10)))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(HTTPResponder(respond))
                }
            }
        do {
            if address.hasPrefix("/") {
                let channel = try await bootstrap.bind(unixDomainSocketPath: address, cleanupExistingSocketFile: true).get()
                return HTTPListener(channel, address: address)
            }
            guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
                (0...65535).contains(port)
            else { throw NetError(.invalidAddress, "'\(address)' is neither a path nor HOST:PORT") }
            var host = String(address[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            let channel = try await bootstrap.bind(host: host, port: port).get()
            return HTTPListener(channel, address: "\(host):\(channel.localAddress?.port ?? port)")
        } catch let error as NetError {
            throw error
        } catch let error as IOError {
            throw .system(error.errnoCode, "listen on \(address)")
        } catch {
            throw NetError(.system, "cannot listen on \(address): \(error)")
        }
    }
}

/// How many there are of something that is bounded.
private final class ClientBound: Sendable {
    private let count = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func enter() -> Bool {
        count.withLock { count in
            count += 1
            return count <= limit
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// One client's requests, one after the other.
private final class HTTPResponder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let respond: @Sendable (String) async -> String?
    private var head: HTTPRequestHead?

    init(_ respond: @escaping @Sendable (String) async -> String?) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.method == .GET || head.method == .HEAD else {
            return Self.write(.methodNotAllowed, "Only GET is served here.\n", head, context.channel)
        }
        Self.answer(head, context.channel, respond)
    }

    private static func answer(
        _ head: HTTPRequestHead, _ channel: any Channel, _ respond: @escaping @Sendable (String) async -> String?
    ) {
        let path = String(head.uri.prefix { $0 != "?" })
        Task {
            let text = await respond(path)
            write(text == nil ? .notFound : .ok, text ?? "There is nothing here.\n", head, channel)
        }
    }

    /// From any thread.
    private static func write(
        _ status: HTTPResponseStatus, _ text: String, _ head: HTTPRequestHead, _ channel: any Channel
    ) {
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Content-Length": "\(text.utf8.count)",
            "Connection": head.isKeepAlive ? "keep-alive" : "close",
        ]
        channel.write(
            HTTPServerResponsePart.head(HTTPResponseHead(version: head.version, status: status, headers: headers)),
            promise: nil)
        if head.method != .HEAD {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
        }
        let end = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !head.isKeepAlive { end.whenComplete { _ in channel.close(promise: nil) } }
    }
}
