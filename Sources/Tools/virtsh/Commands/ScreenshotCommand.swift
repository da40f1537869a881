internal import ArgumentParser
internal import LibvirtRemote
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

struct ScreenshotCommand: ShellCommand {
    static let abstract = "Save a picture of a domain's display."
    static let syntax = Syntax(
        command: "screenshot",
        operands: [.required("domain"), .optional("file"), .optional("screen", number: true)], flags: [])

    @Option(help: "Name, id or UUID of the domain.") var domain: String
    @Option(help: "File to write; named after domain and time if there is none.") var file: String?
    @Option(help: "Number of the display.") var screen: String?

    func run(in shell: Shell) async throws {
        let screen: UInt32 = try Self.number(screen, "screen", in: 0...UInt32.max) ?? 0
        let domain = try await shell.domain(domain)
        let (type, stream) = try await attempt("could not take a screenshot of \(domain.name)") {
            try await domain.screenshot(screen: screen)
        }
        let name = file ?? Self.fileName(domain: domain.name, type: type, time: LocalTime.now)
        let target: TargetFile
        do {
            target = try TargetFile(name, complaint: "cannot create file \(name)")
        } catch {
            await stream.abort()
            throw error
        }
        let size = try await target.fill(
            from: stream, failure: "could not receive data from domain '\(domain.name)'", total: nil,
            title: "screenshot", output: shell.output)
        if shell.output.isJSON {
            shell.output.print(.object(["file": .string(name), "mimeType": JSON(type), "bytes": .unsigned(size)]))
        } else {
            shell.output.remarkUnended("Screenshot saved to \(name), with type of \(type ?? "unknown")")
        }
    }

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
