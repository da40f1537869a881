// Defines domains as the test driver would and prints them, for scripts/compare-domain-xml.
//
// Reads `length\n` and that many bytes, again and again; answers each with `OK length\n` or `ERR length\n` and text.
// An error's text is `code domain message`.
internal import VirtConf
internal import VirtUtil

#if canImport(Glibc)
    internal import Glibc
#endif

func readExactly(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let got = bytes.withUnsafeMutableBytes { read(0, $0.baseAddress! + filled, count - filled) }
        guard got > 0 else { return nil }
        filled += got
    }
    return bytes
}

func readLength() -> Int? {
    var digits = ""
    while let byte = readExactly(1)?[0] {
        if byte == 0x0A { return Int(digits) }
        digits.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return nil
}

func writeAll(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { write(1, $0.baseAddress!, $0.count) }
        guard sent > 0 else { return }
        rest.removeFirst(sent)
    }
}

// `--time N`: defines and prints the first text N times, and says how long one round took.
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--time", let rounds = Int(CommandLine.arguments[2]) {
    if let length = readLength(), let bytes = readExactly(length) {
        let clock = ContinuousClock()
        var printed = 0
        for round in 1...5 {
            let time = try clock.measure {
                for _ in 0..<rounds {
                    let document = try XMLDocument(bytes: bytes, name: "(domain_definition)")
                    printed = try DomainDefinition(document: document, defaults: .test).xml().utf8.count
                }
            }
            print("\(round): \(time / rounds) a round, \(printed) bytes printed")
        }
        let document = try XMLDocument(bytes: bytes, name: "(domain_definition)")
        let definition = try DomainDefinition(document: document, defaults: .test)
        let time = clock.measure { for _ in 0..<rounds { printed = definition.xml().utf8.count } }
        print("printing alone: \(time / rounds)")
    }
}

while let length = readLength(), let bytes = readExactly(length) {
    var kind = "OK"
    var text: String
    do {
        let document = try XMLDocument(bytes: bytes, name: "(domain_definition)")
        text = try DomainDefinition(document: document, defaults: .test).xml()
    } catch {
        kind = "ERR"
        text = "\(error.code) \(error.domain) \(error.message)"
    }
    writeAll("\(kind) \(text.utf8.count)\n\(text)")
}
