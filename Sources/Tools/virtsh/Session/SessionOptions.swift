internal import LibvirtRemote

/// Options of the connection, from those of the command line.
enum SessionOptions {
    static func make(interval: Int?, count: Int?) -> ConnectionOptions {
        ConnectionOptions()
    }
}
