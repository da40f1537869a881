import Foundation
import Libvirt
import VirtRPC
import XDR

/// A client that says what a test wants, also what no client would.
final class RawClient {
    struct Failure: Error { var text: String }

    enum Answer: Equatable {
        case result([UInt8])
        case error(code: Int32, message: String)
        /// The daemon has closed the connection.
        case closed
        /// Nothing came in time.
        case silence
    }

    let descriptor: Int32
    private var serial: UInt32 = 0

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let result = withUnsafeBytes(of: address) {
            connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard result == 0 else { throw Failure(text: "no connection to \(port): \(errno)") }
        setPatience(.seconds(5))
    }

    deinit { close(descriptor) }

    /// How long an answer is waited for.
    func setPatience(_ patience: Duration) {
        var time = timeval(
            tv_sec: Int(patience.components.seconds), tv_usec: Int(patience.components.attoseconds / 1_000_000_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            offset += count
        }
    }

    func message(_ procedure: UInt32, _ body: some XDRCodable = XDRVoid()) throws -> [UInt8] {
        defer { serial += 1 }
        let header = MessageHeader(
            prog: 0x2000_8086, vers: 1, proc: Int32(procedure), type: .call, serial: serial, status: .ok)
        return try Frame.encode(header, body).withUnsafeBytes { Array($0) }
    }

    func call(_ procedure: UInt32, _ body: some XDRCodable = XDRVoid()) throws -> Answer {
        send(try message(procedure, body))
        return receive()
    }

    func receive() -> Answer {
        guard let head = read(4) else { return lastFailure }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard (28...1 << 22).contains(length), let rest = read(length - 4) else { return lastFailure }
        let payload = Array(rest[24...])
        if rest[20..<24].allSatisfy({ $0 == 0 }) { return .result(payload) }
        guard
            let error = try? payload.withUnsafeBytes({ (bytes) throws(XDRError) in
                var reader = XDRReader(bytes)
                return try WireError(from: &reader)
            })
        else { return .error(code: -1, message: "") }
        return .error(code: error.code.rawValue, message: error.message ?? "")
    }

    /// Whatever comes next; nil if nothing does.
    func receiveSome() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private var lastFailure = Answer.closed

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var offset = 0
        while offset < count {
            let got = bytes[offset...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard got > 0 else {
                lastFailure = got < 0 && errno == EAGAIN ? .silence : .closed
                return nil
            }
            offset += got
        }
        return bytes
    }

    // MARK: the procedures of authentication

    func list() throws -> Answer { try call(66) }
    func begin() throws -> Answer { try call(67) }

    func start(_ mechanism: String, _ data: [UInt8]?) throws -> Answer {
        try call(68, AuthSASLStartArgs(mech: mechanism, nil: data == nil ? 1 : 0, data: Self.wire(data)))
    }

    func step(_ data: [UInt8]?) throws -> Answer {
        try call(69, AuthSASLStepArgs(nil: data == nil ? 1 : 0, data: Self.wire(data)))
    }

    /// The data in the answer to START or STEP.
    static func data(_ payload: [UInt8]) throws -> [UInt8]? {
        let answer = try payload.withUnsafeBytes { (bytes) throws(XDRError) in
            var reader = XDRReader(bytes)
            return try AuthSASLStepRet(from: &reader)
        }
        return answer.nil != 0 ? nil : answer.data.map { UInt8(bitPattern: $0) }
    }

    static func wire(_ data: [UInt8]?) -> [Int8] { (data ?? []).map { Int8(bitPattern: $0) } }
}

extension RawClient.Answer {
    static var refused: Self { .error(code: 45, message: "authentication failed: authentication failed") }
    static var required: Self { .error(code: 39, message: "authentication required") }

    var isResult: Bool { if case .result = self { true } else { false } }
}
