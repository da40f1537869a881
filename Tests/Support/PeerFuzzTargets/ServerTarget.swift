internal import FuzzTargets
internal import Libvirt
internal import Logging
internal import Synchronization
internal import TestDriver
internal import VirtDaemon
internal import VirtRPC
internal import XDR

/// A client of the daemon that sends what it likes: everything that comes back is a message, and an answer to something.
///
/// The first byte says whether the client opens `test:///default` first and in what pieces its bytes come; then come
/// steps: a message, bytes that may be none, descriptors, a while in which it does not read.
package enum ServerTarget {
    /// Whose drivers and tables serve all inputs; a host of the driver is an input's own.
    private static let server = Server(
        drivers: [TestDriver()],
        logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
    private static let inputs = Atomic(0)

    /// - Throws: ``Finding``.
    package static func run(_ bytes: [UInt8]) throws {
        var input = InputReader(bytes)
        let flags = input.byte()
        var settings = ClientSession.Settings()
        settings.isReadOnly = flags & 1 != 0
        settings.maximumWaitingBytes = 4096
        settings.maximumUnsentReplies = 1 << 14
        settings.maximumUnsentBytes = 1 << 16
        var client = Client(server: server, settings: settings, pieces: [Int.max, 1, 7, 4096][Int(flags >> 1) & 3])
        if flags & 8 == 0 { try client.open(inputs.wrappingAdd(1, ordering: .relaxed).newValue) }
        while !input.isAtEnd, !client.link.isClosed {
            client.step(&input)
            try client.check()
        }
        client.link.end(.endOfFile)
        try client.check()
        try require(server.clientCount == 0, "a client that has gone is still counted")
    }

    private struct Client {
        let link = FuzzLink()
        let pieces: Int
        /// Calls that were sent and not answered yet, by what their answer repeats.
        private var calls: [[UInt32]: Int] = [:]
        /// It has sent bytes that may be any message.
        private var isWild = false

        init(server: Server, settings: ClientSession.Settings, pieces: Int) {
            self.pieces = pieces
            if let session = server.accept(link, settings: settings) { link.attach(session) }
        }

        mutating func open(_ host: Int) throws {
            let uri = "test:///default?host=h\(host)&clock=manual"
            send(RemoteProgram.number, RemoteProgram.connectOpen.number, encoded(ConnectOpenArgs(name: uri, flags: 0)))
            let answers = try messages(in: link.takeSent())
            try require(answers.count == 1 && answers[0].header.status == .ok, "a client cannot open: \(answers)")
            calls = [:]
        }

        mutating func step(_ input: inout InputReader) {
            switch input.byte() & 7 {
            case 0, 1:
                let procedure = UInt32(input.word())
                let program = Self.programs[Int(input.byte()) % Self.programs.count]
                let (serial, kind) = (UInt32(input.byte()), input.byte())
                let payload = input.data(input.word())
                send(
                    program, procedure, payload, serial: serial, type: MessageType(rawValue: Int32(kind & 7)),
                    status: MessageStatus(rawValue: Int32(kind >> 6)), version: kind & 8 == 0 ? 1 : 2)
            case 2, 3:
                let (serial, kind) = (UInt32(input.byte()), input.byte())
                send(
                    RemoteProgram.number, UInt32(input.word()), input.data(input.word()), serial: serial,
                    type: kind & 1 == 0 ? .stream : .streamHole, status: [.continue, .ok, .error][Int(kind >> 1) % 3])
            case 4:
                isWild = true
                link.deliver(input.data(Int(input.byte())), pieces: pieces)
            case 5:
                isWild = true
                let descriptors = (0..<input.byte() % 4).map { _ in nullDevice() }.filter { $0 >= 0 }
                link.deliver([UInt8](repeating: 0, count: max(1, descriptors.count)), descriptors: descriptors)
            case 6: link.setPending(input.byte() & 1 == 0 ? 0 : 1 << 20)
            default:
                // Others get their turn: workers, relays of streams.
                pause()
                link.settle()
            }
        }

        private static let programs = [
            RemoteProgram.number, QEMUProgram.number, LXCProgram.number, KeepaliveProgram.number, 77,
        ]

        private mutating func send(
            _ program: UInt32, _ procedure: UInt32, _ payload: [UInt8], serial: UInt32 = 0, type: MessageType = .call,
            status: MessageStatus = .ok, version: UInt32 = 1
        ) {
            if type == .call { calls[[program, version, procedure, serial], default: 0] += 1 }
            if type == .callWithFds { isWild = true }
            let header = MessageHeader(
                prog: program, vers: version, proc: Int32(bitPattern: procedure), type: type, serial: serial,
                status: status)
            link.deliver(message(header, payload), pieces: pieces)
        }

        /// Looks at what the daemon has sent.
        mutating func check() throws {
            for (header, payload) in try messages(in: link.takeSent()) {
                switch header.type {
                case .reply, .replyWithFds:
                    let key = [header.prog, header.vers, UInt32(bitPattern: header.proc), header.serial]
                    try require(
                        isWild || calls[key, default: 0] > 0, "a reply to nothing, or the second: \(header)")
                    calls[key, default: 0] -= 1
                    try require([.ok, .error].contains(header.status), "a reply of status \(header.status)")
                    if header.status == .error { try checkError(payload) }
                case .message:
                    try require(header.status == .ok && header.serial <= 1, "an event that is none: \(header)")
                case .stream:
                    try require(
                        payload.count <= Frame.streamChunk, "\(payload.count) bytes of a stream in one message")
                    if header.status == .error { try checkError(payload) }
                case .streamHole: try require(payload.count == 12, "a hole of \(payload.count) bytes")
                default: throw Finding("a message of type \(header.type)")
                }
            }
        }

        private func checkError(_ payload: [UInt8]) throws {
            do {
                let error = try payload.withUnsafeBytes { raw in
                    try MessageBuffer(copying: raw).decode(WireError.self)
                }
                try require(error.code.rawValue != 0 && error.message != nil, "an error without words: \(error)")
            } catch let error as XDRError {
                throw Finding("an error that cannot be read: \(error)")
            }
        }
    }
}
