internal import ArgumentParser

/// The command line; the names are those of libvirt's daemons, where they have them.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "virtd", abstract: "Serves virtual machines to libvirt's clients.")

    enum MatrixFormat: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(name: [.customShort("f"), .long], help: "Configuration file.", completion: .file())
    var config: String?

    @Option(help: "Directory that stands for / in all default paths.", completion: .directory)
    var root: String?

    @Flag(name: [.customShort("l"), .long], help: "Listen for TLS and TCP connections, as the configuration says.")
    var listen = false

    @Flag(name: .shortAndLong, help: "Log informational messages.")
    var verbose = false

    @Flag(name: .shortAndLong, help: "Run in the background; return when clients can connect.")
    var daemon = false

    @Option(name: .shortAndLong, help: "Exit after this many seconds without clients and running guests.")
    var timeout: Int?

    @Option(name: .shortAndLong, help: "File for the process number.", completion: .file())
    var pidFile: String?

    @Flag(help: "Examine the certificates and keys of TLS, print what is wrong with them, and exit.")
    var checkPki = false

    @Option(help: "Drivers to serve, separated by commas; all if not given.")
    var drivers: String?

    @Flag(help: "Print which driver answers which procedure, and exit.")
    var supportMatrix = false

    @Option(help: "How to print it: table or json.")
    var output = MatrixFormat.table

    @Flag(name: [.customShort("V"), .long], help: "Print the version, and exit.")
    var version = false

    func validate() throws {
        if let timeout, timeout < 1 || timeout > Int(Int32.max) {
            throw ValidationError("Invalid value for timeout: '\(timeout)' is not a positive number of seconds")
        }
        for (name, value) in [("config", config), ("root", root), ("pid-file", pidFile), ("drivers", drivers)] {
            if value?.isEmpty == true { throw ValidationError("The value of --\(name) must not be empty") }
        }
    }
}
