internal import ArgumentParser
internal import LibvirtRemote

struct VolUploadCommand: ShellCommand {
    static let abstract = "Send a file's content to a volume."
    static let syntax = Syntax(
        command: "vol-upload",
        operands: [
            .required("vol"), .required("file"), .optional("pool"), .optional("offset", number: true),
            .optional("length", number: true),
        ], flags: ["sparse"])

    @Option(help: "Name, key or path of the volume.") var vol: String
    @Option(help: "File to read.") var file: String
    @Option(help: "Name or UUID of the volume's pool.") var pool: String?
    @Option(help: "Where in the volume to begin.") var offset: String?
    @Option(help: "How many bytes at most; 0: all.") var length: String?
    @Flag(help: "Send holes as holes.") var sparse = false

    func run(in shell: Shell) async throws {
        let offset = try Self.number(offset, "offset", in: 0...UInt64.max) ?? 0
        let length = try Self.number(length, "length", in: 0...UInt64.max) ?? 0
        let volume = try await shell.volume(vol, inPool: pool)
        let source = try SourceFile(file, complaint: "cannot read \(file)")
        let stream = try await attempt("cannot upload to volume \(vol)") {
            try await volume.upload(offset: offset, length: length, flags: sparse ? .sparseStream : [])
        }
        let size: UInt64
        do {
            size = try await source.send(to: stream, isSparse: sparse, title: "vol-upload", output: shell.output)
        } catch {
            await stream.abort()
            throw ShellError("cannot send data to volume \(vol)", error)
        }
        try await attempt("cannot close volume \(vol)") { try await stream.finish() }
        if shell.output.isJSON {
            shell.output.print(.object(["volume": .string(volume.name), "bytes": .unsigned(size)]))
        }
    }
}

struct VolDownloadCommand: ShellCommand {
    static let abstract = "Save a volume's content in a file."
    static let syntax = Syntax(
        command: "vol-download",
        operands: [
            .required("vol"), .required("file"), .optional("pool"), .optional("offset", number: true),
            .optional("length", number: true),
        ], flags: ["sparse"])

    @Option(help: "Name, key or path of the volume.") var vol: String
    @Option(help: "File to write.") var file: String
    @Option(help: "Name or UUID of the volume's pool.") var pool: String?
    @Option(help: "Where in the volume to begin.") var offset: String?
    @Option(help: "How many bytes; 0: all.") var length: String?
    @Flag(help: "Keep holes as holes.") var sparse = false

    func run(in shell: Shell) async throws {
        let offset = try Self.number(offset, "offset", in: 0...UInt64.max) ?? 0
        let length = try Self.number(length, "length", in: 0...UInt64.max) ?? 0
        let volume = try await shell.volume(vol, inPool: pool)
        let target = try TargetFile(file, complaint: "cannot create \(file)")
        // The size is for the progress bar; a volume that does not tell it is transferred all the same.
        let capacity = (try? await volume.info())?.capacity
        let rest = capacity.map { $0 > offset ? $0 - offset : 0 }
        let stream: any DataStream
        do {
            stream = try await volume.download(offset: offset, length: length, flags: sparse ? .sparseStream : [])
        } catch {
            target.discard()
            throw ShellError("cannot download from volume \(vol)", error)
        }
        let size = try await target.fill(
            from: stream, failure: "cannot receive data from volume \(vol)",
            total: length == 0 ? rest : rest.map { min($0, length) } ?? length, title: "vol-download",
            output: shell.output)
        if shell.output.isJSON {
            shell.output.print(
                .object(["volume": .string(volume.name), "file": .string(file), "bytes": .unsigned(size)]))
        }
    }
}
