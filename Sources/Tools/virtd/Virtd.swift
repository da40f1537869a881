internal import ArgumentParser
internal import Libvirt
internal import Logging
internal import VirtDaemon

@main
enum Virtd {
    static func main() async {
        ServiceSignal.surviveBrokenPipes()
        let options = Options.parseOrExit()
        let status: Int32
        do { status = try await run(options) } catch {
            Host.printError("\(error)")
            status = 1
        }
        Host.end(status)
    }

    private static func run(_ options: Options) async throws -> Int32 {
        if options.version {
            print("virtd (swift-libvirt) \(ProjectVersion.text)")
            return 0
        }
        if options.supportMatrix {
            let matrix = SupportMatrix(try Drivers.chosen(options.drivers))
            print(options.output == .json ? matrix.json : matrix.table, terminator: "")
            return 0
        }
        if options.checkPki {
            let (facts, problems) = try Startup.examinePKI(options)
            for fact in facts { print(fact) }
            for problem in problems { Host.printError(problem) }
            return problems.isEmpty ? 0 : 1
        }
        if options.daemon, !Background.isBackground { return try Background.start() }
        let startup = try Startup(options)
        // Its end removes the file: not before everything else is done.
        defer { withExtendedLifetime(startup.pidFile) {} }
        defer { startup.log.flush() }
        do {
            try await serve(startup)
            return 0
        } catch {
            startup.logger.error("\(error)")
            // In the background the log is elsewhere; whoever waits for us sees this one.
            if options.daemon { Host.printError("\(error)") }
            return 1
        }
    }
}
