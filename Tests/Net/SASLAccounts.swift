import Glibc
import Testing

/// Users and passwords for servers in this process; the library reads its configuration once.
enum SASLAccounts {
    static func prepare() throws { try #require(isReady) }

    private static let isReady: Bool = {
        // Removed when the process ends.
        let folder = TemporaryFolder()
        atexit { SASLAccounts.folder = nil }
        SASLAccounts.folder = folder
        write(
            """
            mech_list: scram-sha-256 scram-sha-1 digest-md5 plain login cram-md5 anonymous gssapi
            sasldb_path: \(folder.file("passwords"))

            """, to: folder.file("libvirt.conf"))
        setenv("SASL_CONF_PATH", folder.path, 1)
        guard let pipe = popen("saslpasswd2 -p -c -f \(folder.file("passwords")) -a libvirt fred", "w") else {
            return false
        }
        fputs("secret", pipe)
        return pclose(pipe) == 0
    }()

    // SAFETY: set once, by the initialiser of `isReady`, and cleared when the process ends.
    nonisolated(unsafe) private static var folder: TemporaryFolder?
}
