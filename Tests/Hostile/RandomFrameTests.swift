import Glibc
import Libvirt
import TestProcesses
import Testing
import VirtRPC
import XDR

/// Ten thousand messages that are nearly right.
@Suite struct RandomFrameTests {
    /// Whatever an earlier step chose, this one chooses the same again.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0x9e37_79b9_7f4a_7c15
        }
    }

    @Test func othersAreServed() async throws {
        let daemon = try await TestDaemon(.virtd, transports: [.unix, .tcp])
        let problems = try await blocking { () throws -> [String?] in
            let holdings = try Holdings(daemon)
            let bystander = try Bystander(daemon)
            var generator = Generator(state: UInt64.random(in: 0...UInt64.max))
            let seed = generator.state
            for round in 0..<20 { try Self.attack(daemon, round, &generator) }
            let harm = bystander.stop()
            return [harm.map { "seed \(seed): \($0)" }, try holdings.whatIsLeft(daemon)]
        }
        #expect(problems.compactMap { $0 } == [])
    }

    /// Five hundred messages over connections that are made anew when the daemon closes them.
    private static func attack(_ daemon: TestDaemon, _ round: Int, _ generator: inout Generator) throws {
        var peer: RawPeer?
        for number in 0..<500 {
            let current: RawPeer
            if let peer {
                current = peer
            } else {
                current = try RawPeer.opened(round % 2 == 0 ? .unix(daemon.socket) : .tcp(daemon.tcpPort))
                peer = current
            }
            let isTaken = current.send(mutated(UInt32(number), &generator), waits: false)
            // What comes back is of no interest, but has to be taken.
            var space = [UInt8](repeating: 0, count: 1 << 16)
            var count = 0
            repeat { count = recv(current.descriptor, &space, space.count, Int32(MSG_DONTWAIT)) } while count > 0
            if count == 0 || !isTaken { peer = nil }
        }
        if round % 3 == 0 { peer?.reset() }
    }

    private static func mutated(_ serial: UInt32, _ generator: inout Generator) -> [UInt8] {
        var payload = (0..<Int.random(in: 0...96, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator) & (Bool.random(using: &generator) ? 0 : 255)
        }
        if Bool.random(using: &generator) { payload = [0, 0, 0, 4] + Array("test".utf8) + payload }
        let types: [Int32] = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]
        var procedure = Int32.random(in: -1...460, using: &generator)
        // Those that end the connection, or write files where they are told to.
        if [2, 53, 55, 232, 236, 334, 440].contains(procedure) { procedure = 4 }
        var bytes = message(
            Int.random(in: 0..<20, using: &generator) == 0 ? 77 : RemoteProgram.number, procedure,
            type: MessageType(rawValue: types.randomElement(using: &generator) ?? 0), serial: serial,
            status: MessageStatus(rawValue: Int.random(in: 0..<20, using: &generator) == 0 ? 2 : 0), payload)
        // A length that lies breaks the framing: not too often, or nothing else would be tried.
        if Int.random(in: 0..<50, using: &generator) == 0 {
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        return bytes
    }
}
