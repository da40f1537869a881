internal import LibvirtRemote

extension Command {
    static let screenshot = Command(
        "screenshot", "Save a picture of a domain's display.",
        [
            .domain, .text("file", "File to write; named after domain and time if there is none.", .files),
            .number("screen", "Number of the display."),
        ]
    ) { call in
        let file = try call.text("file")
        let screen: UInt32 = try call.integer("screen") ?? 0
        let domain = try await call.domain()
        let (type, stream) = try await attempt("could not take a screenshot of \(domain.name)") {
            try await domain.screenshot(screen: screen)
        }
        let name = file ?? Screenshot.fileName(domain: domain.name, type: type, time: LocalTime.now)
        let target: TargetFile
        do {
            target = try TargetFile(name, complaint: "cannot create file \(name)")
        } catch {
            await stream.abort()
            throw error
        }
        let size = try await target.fill(
            from: stream, failure: "could not receive data from domain '\(domain.name)'", total: nil,
            title: "screenshot", output: call.output)
        if call.output.isJSON {
            call.output.print(.object(["file": .string(name), "mimeType": JSON(type), "bytes": .unsigned(size)]))
        } else {
            call.output.remarkUnended("Screenshot saved to \(name), with type of \(type ?? "unknown")")
        }
    }
}

enum Screenshot {
    /// `domain-2026-11-22-23:35:38.png`
    static func fileName(domain: String, type: String?, time: LocalTime) -> String {
        let suffix =
            switch type {
            case "image/png": ".png"
            case "image/x-portable-pixmap": ".ppm"
            default: ""
            }
        return "\(domain)-\(time.date)-\(time.clock)\(suffix)"
    }
}
