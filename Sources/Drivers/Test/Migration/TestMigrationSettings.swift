/// How a guest would leave for another host.
struct TestMigrationSettings: Equatable {
    /// Milliseconds.
    var maximumDowntime: UInt64 = 300
    /// Bytes per second; nil: the host's rate.
    var rate: UInt64?
    /// Bytes.
    var compressionCache: UInt64 = 64 << 20
    /// Whether the migration that is under way may be switched to post-copy.
    var allowsPostcopy = false
}
