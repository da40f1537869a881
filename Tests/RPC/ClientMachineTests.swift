import Libvirt
import Testing
import VirtRPC
import XDR

@Suite struct ClientMachineTests {
    static func header(
        _ type: MessageType, serial: UInt32, status: MessageStatus = .ok, program: UInt32 = 77, procedure: Int32 = 5
    ) -> MessageHeader {
        MessageHeader(prog: program, vers: 1, proc: procedure, type: type, serial: serial, status: status)
    }

    enum Outcome: Sendable, Equatable {
        case action(ClientMachine.Action)
        case violation
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let header: MessageHeader
        var payload = 0
        let outcome: Outcome
        init(_ text: String, _ header: MessageHeader, payload: Int = 0, _ outcome: Outcome) {
            testDescription = text
            self.header = header
            self.payload = payload
            self.outcome = outcome
        }
    }

    /// Serial 0 is a call, 1 opens a stream that is open, 2 opened one that has ended, 3 is given up, 4 is given up and
    /// was to open a stream, 5 is not used; the server of 6 has ended its data.
    static let cases = [
        Case("result", header(.reply, serial: 0), .action(.result(0, hasDescriptors: false))),
        Case("result with descriptors", header(.replyWithFds, serial: 0), .action(.result(0, hasDescriptors: true))),
        Case("error", header(.reply, serial: 0, status: .error), .action(.failure(0))),
        Case("error with another program", header(.reply, serial: 0, status: .error, program: 1), .action(.failure(0))),
        Case("reply of another procedure", header(.reply, serial: 0, procedure: 6), .violation),
        Case("reply of another program", header(.reply, serial: 0, program: 78), .violation),
        Case("reply that continues", header(.reply, serial: 0, status: .continue), .violation),
        Case("second reply", header(.reply, serial: 1), .action(.drop)),
        Case("reply to nothing", header(.reply, serial: 99), .violation),
        Case("late reply", header(.reply, serial: 3), .action(.drop)),
        Case("late error", header(.reply, serial: 3, status: .error), .action(.drop)),
        Case("late stream", header(.reply, serial: 4), .action(.abortStream(4))),
        Case("late stream that failed", header(.reply, serial: 4, status: .error), .action(.drop)),
        Case("data of a given-up stream", header(.stream, serial: 4, status: .continue), payload: 3, .action(.drop)),
        Case("data", header(.stream, serial: 1, status: .continue), payload: 3, .action(.streamData(1))),
        Case("end of data", header(.stream, serial: 1, status: .continue), .action(.streamEnd(1))),
        Case("finished", header(.stream, serial: 1), .action(.streamFinished(1))),
        Case("stream error", header(.stream, serial: 1, status: .error), payload: 4, .action(.streamFailure(1))),
        Case("hole", header(.streamHole, serial: 1, status: .continue), payload: 12, .action(.streamHole(1))),
        Case("data of an ended stream", header(.stream, serial: 2, status: .continue), payload: 1, .action(.drop)),
        Case("hole of a call", header(.streamHole, serial: 0, status: .continue), payload: 12, .action(.drop)),
        Case(
            "data behind the end", header(.stream, serial: 6, status: .continue), payload: 1,
            .action(.streamViolation(6, "the server has sent stream data behind the end of data"))),
        Case("event", header(.message, serial: 1, procedure: 318), .action(.event(program: 77, number: 318))),
        Case("call", header(.call, serial: 0), .violation),
        Case("call with descriptors", header(.callWithFds, serial: 0), .violation),
        Case("unknown type", header(MessageType(rawValue: 9), serial: 0), .violation),
        Case("ping", header(.message, serial: 0, program: 0x6b65_6570, procedure: 1), .action(.pong)),
        Case("pong", header(.message, serial: 0, program: 0x6b65_6570, procedure: 2), .action(.drop)),
    ]

    @Test(arguments: cases) func reaction(_ item: Case) {
        var machine = ClientMachine()
        for serial in 0..<5 {
            let opensStream = serial == 1 || serial == 2 || serial == 4
            #expect(
                machine.begin(program: 77, version: 1, procedure: 5, opensStream: opensStream).serial == UInt32(serial))
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(throws: Never.self) {
            _ = try machine.receive(Self.header(.reply, serial: 1), payload: nothing)
            _ = try machine.receive(Self.header(.reply, serial: 2), payload: nothing)
            _ = try machine.receive(Self.header(.stream, serial: 2), payload: nothing)
            machine.abandon(3)
            machine.abandon(4)
            let first = machine.begin(program: 77, version: 1, procedure: 5)
            machine.withdraw(first.serial)
            let sixth = machine.begin(program: 77, version: 1, procedure: 5, opensStream: true)
            _ = try machine.receive(Self.header(.reply, serial: sixth.serial), payload: nothing)
            _ = try machine.receive(
                Self.header(.stream, serial: sixth.serial, status: .continue), payload: nothing)
        }
        let payload = [UInt8](repeating: 1, count: item.payload)
        payload.withUnsafeBytes { bytes in
            do throws(ClientMachine.Violation) {
                #expect(try machine.receive(item.header, payload: bytes) == .some(item.expectedAction ?? .drop))
                #expect(item.outcome != .violation)
            } catch {
                #expect(item.outcome == .violation, "\(error)")
            }
        }
    }

    @Test func waitingCallsAreCounted() throws {
        var machine = ClientMachine()
        let first = machine.begin(program: 1, version: 1, procedure: 1)
        let second = machine.begin(program: 1, version: 1, procedure: 2)
        #expect(machine.waitingCalls == 2)
        #expect(machine.abandon(second.serial))
        #expect(!machine.abandon(second.serial))
        #expect(machine.waitingCalls == 1)
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        var reply = first
        reply.type = .reply
        _ = try machine.receive(reply, payload: nothing)
        #expect(machine.waitingCalls == 0)
        reply = second
        reply.type = .reply
        #expect(try machine.receive(reply, payload: nothing) == .drop)
        #expect(machine.waitingCalls == 0)
    }
}

extension ClientMachineTests.Case {
    var expectedAction: ClientMachine.Action? {
        if case .action(let action) = outcome { action } else { nil }
    }
}
