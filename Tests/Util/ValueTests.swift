import Testing
import VirtUtil

@Suite("Values of definitions")
struct ValueTests {
    @Test func uuids() {
        let text = "6dd3e4a5-1d76-44ce-961f-f119f5aad935"
        #expect(DomainUUID(text)?.description == text)
        #expect(DomainUUID(" 6DD3E4A51D7644CE961FF119F5AAD935\n")?.description == text)
        for wrong in [
            "", "6dd3e4a5", text + "0", "6dd3e4a5-1d76-44ce-961f-f119f5aad93g", "6-dd3e4a51d7644ce961ff119f5aad935",
        ] {
            #expect(DomainUUID(wrong) == nil)
        }
        let random = DomainUUID.random()
        #expect(random.high >> 12 & 15 == 4)
        #expect(random.low >> 62 == 2)
        #expect(random != DomainUUID.random())
    }

    @Test func macs() {
        #expect(MACAddress("52:54:0:AB:c:FF")?.description == "52:54:00:ab:0c:ff")
        for wrong in [
            "", "52:54:00:ab:0c", "52:54:00:ab:0c:ff:00", "52:54:00:ab:0c:fff", "52-54-00-ab-0c-ff", "::::::",
        ] {
            #expect(MACAddress(wrong) == nil)
        }
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress.random().description.hasPrefix("52:54:00:"))
    }

    @Test(
        "sets of CPUs",
        arguments: [
            ("0", "0"), ("0-3", "0-3"), ("0-3,^2", "0-1,3"), ("5,1,2,3", "1-3,5"), (" 1 , 2 ", "1-2"),
            ("63-65", "63-65"),
            ("0-3,^0,^1,^2,^3", ""),
        ])
    func cpuSets(text: String, printed: String) throws {
        #expect(try CPUSet(text).description == printed)
    }

    @Test("wrong sets of CPUs", arguments: ["", "x", "1-", "3-1", "^1", "1,", ",1", "0-99999999999999999999", "20000"])
    func wrongCPUSets(text: String) {
        #expect {
            try CPUSet(text)
        } throws: {
            ($0 as? ConfError)?.message == "invalid argument: Failed to parse bitmap '\(text)'"
        }
    }

    @Test(
        "units",
        arguments: [
            ("", 1024), ("b", 1), ("bytes", 1), ("KB", 1000), ("k", 1024), ("KiB", 1024), ("MB", 1_000_000),
            ("M", 1 << 20), ("GiB", 1 << 30), ("tb", 1_000_000_000_000), ("PiB", 1 << 50), ("E", 1 << 60),
        ] as [(String, UInt64)])
    func units(unit: String, bytes: UInt64) throws {
        #expect(try ScaledSize.bytes(3, unit: unit, standard: 1024) == 3 * bytes)
    }

    @Test func wrongSizes() {
        #expect {
            try ScaledSize.bytes(1, unit: "q", standard: 1)
        } throws: {
            ($0 as? ConfError)?.message == "invalid argument: unknown suffix 'q'"
        }
        #expect {
            try ScaledSize.bytes(1024, unit: "EiB", standard: 1)
        } throws: {
            ($0 as? ConfError)?.code == 82
        }
    }
}

@Suite("IP addresses")
struct IPAddressTests {
    static let texts: [(String, String?)] = [
        ("10.0.0.1", "10.0.0.1"), ("10.1", "10.0.0.1"), ("010.0x10.1", "8.16.0.1"), ("0x0a000001", "10.0.0.1"),
        ("255.255.255.255", "255.255.255.255"), ("FD00:0:0:0::1", "fd00::1"), ("::", "::"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("", nil), ("10.0.0.256", nil), ("10.0.0.1.", nil), (" 10.0.0.1", nil),
        ("10.0.0.1 ", nil), ("10.0.0.1 x", nil), ("localhost", nil), ("fd00::1::2", nil), ("fd00::/64", nil),
        (":", nil),
        ("fe80::1%lo", nil),
    ]

    @Test("reading and printing", arguments: texts)
    func reading(text: String, printed: String?) {
        #expect(IPAddress(text)?.description == printed)
    }

    @Test(
        arguments: [
            ("255.255.255.0", 24), ("255.254.0.0", 15), ("0.0.0.0", 0), ("255.255.255.255", 32), ("ffff:8000::", 17),
            ("255.0.255.0", nil), ("0.0.0.1", nil), ("255.255.255.1", nil),
        ] as [(String, Int?)])
    func masks(text: String, length: Int?) throws {
        #expect(try #require(IPAddress(text)).maskLength == length)
    }

    @Test(arguments: [
        ("10.1.2.3", 24, "10.1.2.0", "10.1.2.255"), ("10.1.2.3", 0, "0.0.0.0", "255.255.255.255"),
        ("10.1.2.3", 32, "10.1.2.3", "10.1.2.3"), ("10.1.2.3", 13, "10.0.0.0", "10.7.255.255"),
        ("fd00:1:2:3::9", 48, "fd00:1:2::", "fd00:1:2:ffff:ffff:ffff:ffff:ffff"),
    ])
    func networks(text: String, prefix: Int, first: String, last: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.masked(prefix).description == first)
        #expect(address.broadcast(prefix).description == last)
        #expect(address.masked(prefix) <= address && address <= address.broadcast(prefix))
    }

    @Test func maskOfAnotherAddress() throws {
        let mask = try #require(IPAddress("255.0.255.0"))
        #expect(IPAddress("10.1.2.3")?.masked(mask).description == "10.0.2.0")
    }

    @Test(
        arguments: [
            ("10.0.0.250", 21, 4, "10.0.1.15"), ("255.255.255.255", 1, 4, "0.0.0.0"), ("10.0.0.1", 0, 4, "10.0.0.1"),
            ("fd00::fe", 81, 1, "fd00::4f"), ("10.0.0.1", 4_294_967_295, 4, "10.0.0.0"),
        ] as [(String, UInt32, Int, String)])
    func counting(text: String, offset: UInt32, count: Int, result: String) {
        #expect(IPAddress(text)?.advanced(by: offset, within: count).description == result)
    }
}
