internal import LibvirtRemote

extension Command {
    static let volUpload = Command(
        "vol-upload", "Send a file's content to a volume.",
        [
            .volume, .file("File to read."), .poolOfVolume, .number("offset", "Where in the volume to begin."),
            .number("length", "How many bytes at most; 0: all."), .flag("sparse", "Send holes as holes."),
        ]
    ) { call in
        let offset = try call.integer("offset", as: UInt64.self) ?? 0
        let length = try call.integer("length", as: UInt64.self) ?? 0
        let vol = try call.required("vol")
        let volume = try await call.volume()
        let file = try call.required("file")
        let source = try SourceFile(file, complaint: "cannot read \(file)")
        let stream = try await attempt("cannot upload to volume \(vol)") {
            try await volume.upload(offset: offset, length: length, flags: call.has("sparse") ? .sparseStream : [])
        }
        let size: UInt64
        do {
            size = try await source.send(
                to: stream, isSparse: call.has("sparse"), title: "vol-upload", output: call.output)
        } catch {
            await stream.abort()
            throw ShellError("cannot send data to volume \(vol)", error)
        }
        try await attempt("cannot close volume \(vol)") { try await stream.finish() }
        if call.output.isJSON {
            call.output.print(.object(["volume": .string(volume.name), "bytes": .unsigned(size)]))
        }
    }
}

extension Command {
    static let volDownload = Command(
        "vol-download", "Save a volume's content in a file.",
        [
            .volume, .file("File to write."), .poolOfVolume, .number("offset", "Where in the volume to begin."),
            .number("length", "How many bytes; 0: all."), .flag("sparse", "Keep holes as holes."),
        ]
    ) { call in
        let offset = try call.integer("offset", as: UInt64.self) ?? 0
        let length = try call.integer("length", as: UInt64.self) ?? 0
        let vol = try call.required("vol")
        let volume = try await call.volume()
        let file = try call.required("file")
        let target = try TargetFile(file, complaint: "cannot create \(file)")
        // The size is for the progress bar; a volume that does not tell it is transferred all the same.
        let capacity = (try? await volume.info())?.capacity
        let rest = capacity.map { $0 > offset ? $0 - offset : 0 }
        let stream: any DataStream
        do {
            stream = try await volume.download(
                offset: offset, length: length, flags: call.has("sparse") ? .sparseStream : [])
        } catch {
            target.discard()
            throw ShellError("cannot download from volume \(vol)", error)
        }
        let size = try await target.fill(
            from: stream, failure: "cannot receive data from volume \(vol)",
            total: length == 0 ? rest : rest.map { min($0, length) } ?? length, title: "vol-download",
            output: call.output)
        if call.output.isJSON {
            call.output.print(
                .object(["volume": .string(volume.name), "file": .string(file), "bytes": .unsigned(size)]))
        }
    }
}
