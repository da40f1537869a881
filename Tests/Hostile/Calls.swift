import Libvirt
import VirtRPC
import XDR

/// A call as it stands on the wire.
func call<Arguments: XDRCodable, Result>(
    _ procedure: Procedure<Arguments, Result>, _ arguments: Arguments, serial: UInt32
) -> [UInt8] {
    let header = MessageHeader(
        prog: procedure.program, vers: procedure.version, proc: Int32(procedure.number), type: .call, serial: serial,
        status: .ok)
    return (try? Frame.encode(header, arguments))?.withUnsafeBytes { Array($0) } ?? []
}

/// Any message.
func message(
    _ program: UInt32, _ procedure: Int32, version: UInt32 = 1, type: MessageType = .call, serial: UInt32 = 0,
    status: MessageStatus = .ok, _ payload: [UInt8] = []
) -> [UInt8] {
    let header = MessageHeader(
        prog: program, vers: version, proc: procedure, type: type, serial: serial, status: status)
    return payload.withUnsafeBytes { Frame.encode(header, bytes: $0) }.withUnsafeBytes { Array($0) }
}

let openCall = call(RemoteProgram.connectOpen, ConnectOpenArgs(name: "test:///default", flags: 0), serial: 0)

extension RawPeer {
    /// A client that has opened the test driver's host.
    static func opened(_ address: Address, seconds: Int = 5) throws -> RawPeer {
        let peer = try RawPeer(address, seconds: seconds)
        peer.send(openCall)
        guard try peer.message()?.header.status == .ok else { throw Failure(text: "cannot open") }
        return peer
    }
}

extension RawPeer.Message {
    var error: WireError? { try? decode() }

    func decode<Value: XDRCodable>(_ type: Value.Type = Value.self) throws -> Value {
        try payload.withUnsafeBytes { try MessageBuffer(copying: $0).decode(Value.self) }
    }
}
