internal import CVirtLinux
#if canImport(Darwin)
    internal import Darwin
#endif

/// The calling thread, for logs and debuggers.
package enum CurrentThread {
    /// The kernel's number of it.
    package static var id: Int {
        #if canImport(Darwin)
            Int(pthread_mach_thread_np(pthread_self()))
        #else
            Int(virt_thread_id())
        #endif
    }

    /// Names it; the kernel keeps 15 bytes.
    package static func setName(_ name: String) {
        #if canImport(Darwin)
            pthread_setname_np(name)
        #else
            virt_net_name_thread(name)
        #endif
    }
}
