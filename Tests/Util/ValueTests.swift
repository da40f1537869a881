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
