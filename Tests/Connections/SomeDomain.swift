import LibvirtRemote

extension Connection {
    /// A running domain of the caller's own, with a console.
    func someDomain() async throws -> Domain {
        try await createDomain(
            xml: """
                <domain type='test'>
                  <name>d\(UInt64.random(in: 0..<UInt64.max))</name>
                  <memory>1</memory>
                  <os><type>hvm</type></os>
                  <devices><console type='pty'/></devices>
                </domain>
                """)
    }
}
