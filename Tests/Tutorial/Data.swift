import LibvirtRemote

func upload(_ file: String, as name: String, capacity: UInt64, to pool: StoragePool) async throws -> StorageVolume {
    let volume = try await pool.createVolume(
        xml: "<volume><name>\(name)</name><capacity>\(capacity)</capacity></volume>")
    let stream = try await volume.upload(offset: 0, length: 0, flags: .sparseStream)
    try await stream.upload(fromPath: file, isSparse: true) { sent in
        print("\(sent) bytes sent")
    }
    return volume
}

func download(_ volume: StorageVolume, to file: String) async throws {
    let stream = try await volume.download(offset: 0, length: 0, flags: .sparseStream)
    try await stream.download(toPath: file)
}

func screenshot(of domain: Domain, to file: String) async throws -> String? {
    let (type, stream) = try await domain.screenshot(screen: 0)
    try await stream.download(toPath: file)
    return type
}

func runOnConsole(of domain: Domain, _ command: String, until prompt: String) async throws -> String {
    let console = try await domain.openConsole(flags: .force)
    try await console.write(OpaqueData("\(command)\n".utf8))
    var output = ""
    for try await case .data(let bytes) in console.chunks {
        output += String(decoding: bytes, as: UTF8.self)
        if output.hasSuffix(prompt) { break }
    }
    await console.abort()
    return output
}
