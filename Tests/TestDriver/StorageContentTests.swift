import Libvirt
import Testing
import XDR

@testable import TestDriver

/// What a stream gives until its end: runs of data, joined, and holes.
private func chunks(_ stream: any DataStream) async throws -> [String] {
    var runs: [String] = []
    var data = 0
    func join() {
        if data > 0 { runs.append("data \(data)") }
        data = 0
    }
    while let chunk = try await stream.read() {
        switch chunk {
        case .data(let piece): data += piece.count
        case .hole(let length):
            join()
            runs.append("hole \(length)")
        }
    }
    join()
    return runs
}

private func allBytes(_ stream: any DataStream) async throws -> [UInt8] {
    var all: [UInt8] = []
    while case .data(let piece) = try await stream.read() { all += piece }
    return all
}

extension TestConnection {
    fileprivate func upload(
        _ volume: StorageVolumeRef, _ bytes: [UInt8], offset: UInt64 = 0, length: UInt64 = 0
    ) async throws {
        let stream = try await storageVolUpload(volume, offset: offset, length: length, flags: [])
        try await stream.write(OpaqueData(bytes))
        try await stream.finish()
    }

    fileprivate func download(
        _ volume: StorageVolumeRef, offset: UInt64 = 0, length: UInt64 = 0
    ) async throws -> [UInt8] {
        try await allBytes(try await storageVolDownload(volume, offset: offset, length: length, flags: []))
    }

    fileprivate func runs(
        _ volume: StorageVolumeRef, offset: UInt64 = 0, length: UInt64 = 0
    ) async throws -> [String] {
        try await chunks(
            try await storageVolDownload(volume, offset: offset, length: length, flags: [.sparseStream]))
    }

    /// Capacity, allocation and physical size.
    fileprivate func sizes(_ volume: StorageVolumeRef) async throws -> [UInt64] {
        let info = try await storageVolGetInfo(volume)
        let physical = try await storageVolGetInfoFlags(volume, flags: [.getPhysical])
        return [info.capacity, info.allocation, physical.allocation]
    }

    fileprivate func sparseVolume(_ name: String = "v", _ capacity: UInt64 = 1 << 20) async throws -> StorageVolumeRef {
        try await makeVolume(name, capacity, "<allocation>0</allocation>")
    }
}

/// Numbers and words are those of a directory pool of libvirt 9.0's storage driver.
@Suite struct StorageContentTests {
    @Test func bytesComeBackFromWhereTheyWereWritten() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        let written = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await connection.upload(volume, written, offset: 5000)
        let all = try await connection.download(volume)
        #expect(all.count == 1 << 20)
        #expect(all[..<5000].allSatisfy { $0 == 0 } && Array(all[5000..<305_000]) == written)
        #expect(all[305_000...].allSatisfy { $0 == 0 })
        #expect(try await connection.download(volume, offset: 6000, length: 70_000) == Array(written[1000..<71_000]))
        try await connection.upload(volume, [1, 2, 3], offset: 8191)
        #expect(
            try await connection.download(volume, offset: 8190, length: 5) == [written[3190], 1, 2, 3, written[3194]])
    }

    @Test func sizesFollowWhatIsWritten() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let sparse = try await connection.sparseVolume("a")
        let full = try await connection.makeVolume("b", 1 << 20)
        #expect(try await connection.sizes(sparse) == [1 << 20, 0, 1 << 20])
        #expect(try await connection.sizes(full) == [1 << 20, 1 << 20, 1 << 20])
        try await connection.upload(sparse, [UInt8](repeating: 1, count: 5000))
        #expect(try await connection.sizes(sparse) == [1 << 20, 8192, 1 << 20])
        try await connection.upload(full, [UInt8](repeating: 1, count: 5000))
        #expect(try await connection.sizes(full) == [1 << 20, 1 << 20, 1 << 20])
        try await connection.upload(sparse, [UInt8](repeating: 1, count: 5000), offset: 1 << 20)
        #expect(try await connection.sizes(sparse) == [1_053_576, 16384, 1_053_576])
        #expect(try await connection.numbers(pool)[1] == 16384 + 1 << 20)
        try await connection.storageVolDelete(sparse, flags: [])
        #expect(try await connection.numbers(pool)[1] == 1 << 20)
    }

    @Test(
        arguments: [
            (0, 0, ["hole 4096", "data 12288", "hole 1032192"]), (0, 5000, ["hole 4096", "data 904"]),
            (5000, 0, ["data 11384", "hole 1032192"]), (13000, 5000, ["data 3384", "hole 1616"]),
            (20000, 0, ["hole 1028576"]), (1 << 20, 0, []), (1 << 21, 0, []), (14096, 100, ["data 100"]),
            (0, 1 << 30, ["hole 4096", "data 12288", "hole 1032192"]),
        ] as [(UInt64, UInt64, [String])])
    func sparseDownloads(_ offset: UInt64, _ length: UInt64, _ expected: [String]) async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        try await connection.upload(volume, [UInt8](repeating: 7, count: 10_000), offset: 4096)
        #expect(try await connection.runs(volume, offset: offset, length: length) == expected)
    }

    /// A file ends behind each hole; what comes after it lengthens the file again.
    @Test func sparseUploads() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        func upload(_ items: [(data: Int, hole: UInt64)], length: UInt64 = 0) async throws {
            let stream = try await connection.storageVolUpload(
                volume, offset: 0, length: length, flags: [.sparseStream])
            for item in items {
                if item.data > 0 { try await stream.write(OpaqueData([UInt8](repeating: 9, count: item.data))) }
                try await stream.writeHole(item.hole)
            }
            try await stream.finish()
        }
        try await upload([(4096, 8192), (4096, 0)])
        #expect(try await connection.sizes(volume) == [16384, 8192, 16384])
        #expect(try await connection.runs(volume) == ["data 4096", "hole 8192", "data 4096"])
        try await upload([(10, 1 << 21)])
        #expect(try await connection.sizes(volume) == [2_097_162, 8192, 2_097_162])
        try await upload([(0, 8192)], length: 4096)
        #expect(try await connection.sizes(volume) == [4096, 4096, 4096])
        #expect(
            await failure { try await upload([(0, 1 << 62)]) } == "38/38 cannot write to stream: File too large")
        #expect(
            await failure {
                let stream = try await connection.storageVolUpload(volume, offset: 0, length: 0, flags: [])
                try await stream.writeHole(1)
            } == "55/7 Requested operation is not valid: Skipping is not supported with this stream")
    }

    @Test func moreThanAnnouncedIsRefused() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        let stream = try await connection.storageVolUpload(volume, offset: 0, length: 4096, flags: [])
        try await stream.write(OpaqueData([UInt8](repeating: 1, count: 4000)))
        let noSpace = "38/38 cannot write to stream: No space left on device"
        #expect(await failure { try await stream.write(OpaqueData([UInt8](repeating: 2, count: 97))) } == noSpace)
        await stream.abort()
        // What fits is written.
        #expect(try await connection.download(volume, offset: 3999, length: 2) == [1, 2])
        #expect(try await connection.download(volume, offset: 4095, length: 2) == [2, 0])
    }

    /// An end in whichever way is told once, and what came before it stays.
    @Test func endsOfUploads() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        let recorder = Recorder(connection)
        for isAborted in [false, true] {
            let stream = try await connection.storageVolUpload(volume, offset: 0, length: 0, flags: [])
            async let end = stream.read()
            try await stream.write([isAborted ? 2 : 1])
            if isAborted { await stream.abort() } else { try await stream.finish() }
            await stream.abort()
            #expect(try await end == nil)
            #expect(recorder.take() == ["default-pool refresh"])
            #expect(try await connection.download(volume, length: 1) == [isAborted ? 2 : 1])
            #expect(await failure { try await stream.write([3]) }.hasPrefix("55/38"))
        }
        _ = try await connection.download(volume)
        #expect(recorder.count == 0)
    }

    @Test func aVolumeMayGoWhileItIsUsed() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        try await connection.upload(volume, [1])
        let up = try await connection.storageVolUpload(volume, offset: 0, length: 0, flags: [])
        let down = try await connection.storageVolDownload(volume, offset: 0, length: 0, flags: [])
        try await connection.storageVolDelete(volume, flags: [])
        // Another volume of that name is not what was opened.
        let other = try await connection.sparseVolume()
        try await up.write([5])
        try await up.finish()
        #expect(try await connection.download(other, length: 1) == [0])
        #expect(await failure { _ = try await down.read() }.hasPrefix("50/18 "))
    }

    @Test func aHostHoldsOnlySoMuch() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume("v", 1 << 30)
        let stream = try await connection.storageVolUpload(volume, offset: 0, length: 0, flags: [])
        let piece = OpaqueData([UInt8](repeating: 1, count: 16 << 20))
        for _ in 0..<16 { try await stream.write(piece) }
        let full = """
            38/38 cannot write to stream: the volumes of this host hold at most 256 MiB of content: \
            No space left on device
            """
        #expect(await failure { try await stream.write([1]) } == full)
        #expect(
            await failure {
                _ = try await connection.storageVolCreateXMLFrom(
                    try await connection.pool, xml: volumeXML("w", 1 << 30), clonevol: volume, flags: [])
            }.hasPrefix("38/18 cannot copy volume 'v': "))
        try await connection.storageVolWipe(volume, flags: 0)
        try await stream.write([1])
        #expect(try await connection.sizes(volume)[0] == 1 << 30)
    }

    @Test func wiped() async throws {
        let connection = newConnection()
        let sparse = try await connection.sparseVolume("s", 65536)
        let full = try await connection.makeVolume("f", 65536)
        for algorithm in UInt32(0)..<9 {
            for volume in [sparse, full] {
                try await connection.upload(volume, [UInt8](repeating: 1, count: 4096))
                try await connection.storageVolWipePattern(volume, algorithm: algorithm, flags: 0)
                #expect(try await connection.download(volume).allSatisfy { $0 == 0 })
            }
            #expect(try await connection.sizes(sparse) == [65536, algorithm == 0 ? 0 : 65536, 65536])
            #expect(try await connection.sizes(full) == [65536, 65536, 65536])
        }
        func wipe(_ algorithm: UInt32, _ flags: UInt32 = 0) async -> String {
            await failure { try await connection.storageVolWipePattern(sparse, algorithm: algorithm, flags: flags) }
        }
        #expect(await wipe(9) == "74/18 argument unsupported: 'trim' algorithm not supported")
        #expect(await wipe(10) == "8/18 invalid argument: wiping algorithm 10 not supported")
        #expect(await wipe(10, 1) == "8/18 unsupported flags (0x1) in function storageVolWipePattern")
    }

    @Test func resized() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume("v", 65536)
        try await connection.upload(volume, [UInt8](repeating: 1, count: 4096))
        let shrink = "8/18 invalid argument: Can't shrink capacity below current capacity unless shrink flag"
        let allocation = "8/18 invalid argument: can't shrink capacity below existing allocation"
        let zero = "8/18 capacity in virStorageVolResize cannot be zero without 'delta' or 'shrink' flags set"
        let steps: [(UInt64, UInt32, String, UInt64, UInt64)] = [
            (131_072, 0, "-", 131_072, 4096), (65536, 0, shrink + " explicitly specified", 131_072, 4096),
            (65536, 4, "-", 65536, 4096), (100, 4, allocation, 65536, 4096), (100, 0, allocation, 65536, 4096),
            (1 << 20, 1, "-", 1 << 20, 1 << 20), (1 << 20, 2, "-", 1 << 21, 1 << 20),
            (4096, 6, "-", 2_093_056, 1 << 20),
            (0, 0, zero, 2_093_056, 1 << 20), (0, 2, "-", 2_093_056, 1 << 20),
            (1 << 62, 0, "38/0 Failed to truncate file '/default-pool/v': File too large", 2_093_056, 1 << 20),
            (.max, 2, "38/0 Failed to truncate file '/default-pool/v': File too large", 2_093_056, 1 << 20),
            (1 << 40, 1, "9/18 operation failed: Not enough space left in storage pool", 2_093_056, 1 << 20),
            (10, 8, "8/18 unsupported flags (0x8) in function storageVolResize", 2_093_056, 1 << 20),
        ]
        for (capacity, flags, expected, size, taken) in steps {
            let said = await failure {
                try await connection.storageVolResize(volume, capacity: capacity, flags: .init(rawValue: flags))
            }
            #expect(said == expected)
            #expect(try await connection.sizes(volume) == [size, taken, size])
        }
        #expect(try await connection.download(volume, length: 4097) == [UInt8](repeating: 1, count: 4096) + [0])
    }

    @Test func copied() async throws {
        let connection = newConnection()
        let pool = try await connection.pool
        let volume = try await connection.sparseVolume()
        try await connection.upload(volume, [UInt8](repeating: 6, count: 10_000), offset: 4096)
        func copy(_ name: String, _ capacity: UInt64, _ inside: String = "") async throws -> StorageVolumeRef {
            try await connection.storageVolCreateXMLFrom(
                pool, xml: volumeXML(name, capacity, inside), clonevol: volume, flags: [])
        }
        let same = try await copy("same", 1 << 20, "<allocation>0</allocation>")
        #expect(try await connection.runs(same) == ["hole 4096", "data 12288", "hole 1032192"])
        #expect(try await connection.sizes(same) == [1 << 20, 12288, 1 << 20])
        let short = try await copy("short", 5000)
        #expect(try await connection.sizes(short) == [5000, 5000, 5000])
        #expect(
            try await connection.download(short) == [UInt8](repeating: 0, count: 4096)
                + [UInt8](repeating: 6, count: 904))
        try await connection.upload(same, [1], offset: 4096)
        #expect(try await connection.download(volume, offset: 4096, length: 1) == [6])
        let image = "3/18 this function is not supported by the connection driver: volume 'v' cannot be converted"
        #expect(
            await failure { _ = try await copy("i", 1, "<target><format type='qcow2'/></target>") }.hasPrefix(image))
    }

    /// An image tells its capacity itself.
    @Test func images() async throws {
        let connection = newConnection()
        let volume = try await connection.makeVolume(
            "v", 1 << 20, "<allocation>0</allocation><target><format type='qcow2'/></target>")
        #expect(try await connection.sizes(volume) == [1 << 20, 0, 0])
        #expect(try await connection.download(volume) == [])
        var head: [UInt8] = [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 16)
        head += [0, 0, 0, 2, 0, 0, 0, 0]
        try await connection.upload(volume, head + [UInt8](repeating: 1, count: 5000))
        #expect(try await connection.sizes(volume) == [2 << 32, 8192, 5032])
        try await connection.upload(volume, [0])
        #expect(try await connection.sizes(volume) == [5032, 8192, 5032])
    }

    @Test func refusals() async throws {
        let connection = newConnection()
        let volume = try await connection.sparseVolume()
        func open(_ volume: StorageVolumeRef, _ offset: UInt64 = 0, _ flags: UInt32 = 0) async -> String {
            let up = await failure {
                _ = try await connection.storageVolUpload(
                    volume, offset: offset, length: 0, flags: .init(rawValue: flags))
            }
            let down = await failure {
                _ = try await connection.storageVolDownload(
                    volume, offset: offset, length: 0, flags: .init(rawValue: flags))
            }
            #expect(up.replacing("Upload", with: "Download") == down)
            return up
        }
        let seek = "38/38 Unable to seek /default-pool/v to 9223372036854775807: Invalid argument"
        #expect(await open(volume, UInt64(Int64.max)) == seek)
        #expect(await open(volume, 0, 2) == "8/18 unsupported flags (0x2) in function storageVolUpload")
        let absent = StorageVolumeRef(pool: "default-pool", name: "absent", key: "")
        let missing = "50/18 Storage volume not found: no storage vol with matching name 'absent'"
        #expect(await open(absent) == missing)
        #expect(await failure { try await connection.storageVolWipe(absent, flags: 0) } == missing)
        #expect(await failure { try await connection.storageVolResize(absent, capacity: 1, flags: []) } == missing)
        try await connection.storagePoolDestroy(try await connection.pool)
        let stopped = "55/18 Requested operation is not valid: storage pool 'default-pool' is not active"
        #expect(await open(volume) == stopped)
        #expect(await failure { try await connection.storageVolWipe(volume, flags: 0) } == stopped)
        #expect(await failure { try await connection.storageVolResize(volume, capacity: 1, flags: []) } == stopped)
    }

    @Test func poolsByTargetPath() async throws {
        let connection = newConnection()
        for path in ["/default-pool", "/default-pool/", "///default-pool"] {
            #expect(try await connection.storagePoolLookupByTargetPath(path: path).name == "default-pool")
        }
        func missing(_ path: String) async -> String {
            await failure { _ = try await connection.storagePoolLookupByTargetPath(path: path) }
        }
        let text = "49/18 Storage pool not found: no storage pool with matching target path"
        #expect(await missing("nope//x/") == text + " 'nope//x/' (nope/x)")
        #expect(await missing("") == text + " ''")
        try await connection.storagePoolDestroy(try await connection.pool)
        #expect(await missing("/default-pool") == text + " '/default-pool'")
        let capabilities = try await connection.connectGetStoragePoolCapabilities(flags: 0)
        #expect(capabilities.contains("<pool type='vstorage' supported='yes'>") && !capabilities.contains("'no'"))
    }
}
