#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where libvirt looks for certificates when it is not told.
package struct PKIPaths: Sendable, Equatable {
    package var caFile: String
    /// Only if it exists.
    package var crlFile: String?
    package var certificateFile: String
    package var keyFile: String

    package init(caFile: String, crlFile: String? = nil, certificateFile: String, keyFile: String) {
        self.caFile = caFile
        self.crlFile = crlFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The daemon's files below `root`, which is empty or `/` for the system's own.
    package static func server(root: String = "") -> PKIPaths {
        let etc = (root == "/" ? "" : root) + "/etc/pki"
        return PKIPaths(
            caFile: "\(etc)/CA/cacert.pem", crlFile: firstExisting("\(etc)/CA/cacrl.pem", "\(etc)/CA/crl.pem"),
            certificateFile: "\(etc)/libvirt/servercert.pem", keyFile: "\(etc)/libvirt/private/serverkey.pem")
    }

    /// A client's files: all from `pkipath` if that is given; else the user's, one by one (certificate and key as a
    /// pair), and the system's for those the user does not have.
    package static func client(userHome: String?, pkipath: String? = nil, root: String = "") -> PKIPaths {
        if let pkipath {
            return PKIPaths(
                caFile: "\(pkipath)/cacert.pem", crlFile: firstExisting("\(pkipath)/cacrl.pem", "\(pkipath)/crl.pem"),
                certificateFile: "\(pkipath)/clientcert.pem", keyFile: "\(pkipath)/clientkey.pem")
        }
        var paths = server(root: root)
        let etc = (root == "/" ? "" : root) + "/etc/pki"
        paths.certificateFile = "\(etc)/libvirt/clientcert.pem"
        paths.keyFile = "\(etc)/libvirt/private/clientkey.pem"
        guard let userHome else { return paths }
        let own = "\(userHome)/.pki"
        paths.caFile = firstExisting("\(own)/cacert.pem", "\(own)/libvirt/cacert.pem") ?? paths.caFile
        paths.crlFile = firstExisting("\(own)/cacrl.pem", "\(own)/libvirt/cacrl.pem") ?? paths.crlFile
        if exists("\(own)/libvirt/clientcert.pem"), exists("\(own)/libvirt/clientkey.pem") {
            paths.certificateFile = "\(own)/libvirt/clientcert.pem"
            paths.keyFile = "\(own)/libvirt/clientkey.pem"
        }
        return paths
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func firstExisting(_ paths: String...) -> String? { paths.first(where: exists) }
}
