internal import LibvirtRemote

/// The connection that all commands of one run share; opened by the first that needs it.
actor Session {
    private(set) var uri: String?
    private(set) var isReadOnly: Bool
    /// Whether commands come from a prompt.
    let isInteractive: Bool
    private let options: ConnectOptions
    private var opened: Connection?

    init(uri: String?, isReadOnly: Bool, isInteractive: Bool = false, options: ConnectOptions) {
        self.uri = uri
        self.isReadOnly = isReadOnly
        self.isInteractive = isInteractive
        self.options = options
    }

    func connection() async throws -> Connection {
        if let opened { return opened }
        do {
            let connection = try await Connection.open(uri, readOnly: isReadOnly, options: options)
            opened = connection
            return connection
        } catch {
            throw ShellError("failed to connect to the hypervisor", error)
        }
    }

    /// The URI of the connection: the caller's, or the one that stands for it, as virsh has it. The daemon's own name
    /// for the hypervisor (`Connection.uri()`) lacks transport and parameters.
    func connectionURI() async throws -> String {
        _ = try await connection()
        let environment = ClientEnvironment.current
        let configuration = try ClientConfiguration(path: environment.configurationFile)
        return try configuration.resolve(uri, in: environment).description
    }

    /// Another connection for the commands to come; nil: with the same hypervisor again.
    func reconnect(to uri: String?, readOnly: Bool) async throws {
        await close()
        self.uri = uri ?? self.uri
        isReadOnly = readOnly
        _ = try await connection()
    }

    /// A connection beside the one of the commands, such as to the other host of a migration.
    func another(_ uri: String) async throws -> Connection {
        try await Connection.open(uri, readOnly: false, options: options)
    }

    /// Whether a connection was opened, whatever became of it.
    var isOpen: Bool { opened != nil }

    func close() async {
        await opened?.close()
        opened = nil
    }
}

/// Thrown by a command that ends the shell.
struct SessionEnd: Error {}
