import Libvirt
import Testing

@testable import VirtDaemon

private final class HalfConnection: DriverConnection, DomainLifecycle {
    static var unimplemented: Set<String> { ["domain_shutdown"] }
}

private struct HalfDriver: Driver {
    let name = "Half"
    let schemes: Set<String> = ["half"]
    let connectionType: any DriverConnection.Type = HalfConnection.self
    func open(_ uri: String, flags: UInt32) async throws -> any DriverConnection { HalfConnection() }
}

@Suite struct SupportMatrixTests {
    @Test func namesOfATypeAreThoseOfItsConnections() {
        #expect(Roles.names(of: HalfConnection.self) == ["DomainLifecycle"])
        #expect(Roles.names(of: HalfConnection.self) == Roles(HalfConnection()).names)
    }

    @Test func followsConformances() throws {
        let matrix = SupportMatrix([HalfDriver()])
        #expect(matrix.drivers == ["Half"])
        func isSupported(_ name: String) throws -> Bool {
            try #require(matrix.rows.first { $0.procedure.name == name }).isSupported[0]
        }
        let own = RemoteProgram.procedures.filter { $0.kind == .role("DomainLifecycle") }.map(\.name)
        #expect(own.contains("domain_shutdown"))
        for name in own { #expect(try isSupported(name) == (name != "domain_shutdown"), "\(name)") }
        let others = RemoteProgram.procedures.filter {
            if case .role(let role) = $0.kind { role != "DomainLifecycle" } else { false }
        }
        for procedure in others { #expect(try !isSupported(procedure.name)) }
        #expect(!matrix.rows.contains { $0.procedure.kind == .event })
    }

    @Test func prints() {
        let info = ProcedureInfo(number: 7, name: "p", api: "virP", group: "domain", kind: .role("DomainLifecycle"))
        let matrix = SupportMatrix([HalfDriver(), HalfDriver()], procedures: [info])
        #expect(
            matrix.table == """
                procedure  role             Half  Half
                p          DomainLifecycle  yes   yes
                supported                   1/1   1/1

                """)
        #expect(
            SupportMatrix([HalfDriver()], procedures: [info]).json == """
                {
                  "drivers": ["Half"],
                  "procedures": [
                    {"number": 7, "name": "p", "api": "virP", "role": "DomainLifecycle", "drivers": {"Half": true}}
                  ]
                }

                """)
    }
}
