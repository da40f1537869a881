public import Libvirt
internal import VirtConf
internal import VirtUtil

/// What is asked of the guest's agent; libvirt's test driver has none, these answer as QEMU's.
extension TestConnection: DomainGuestAgent {
    /// What the flags do not name is left out; if they name nothing, what the agent does not tell is.
    public func domainGetGuestInfo(_ dom: DomainRef, types: UInt32, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags, 0, "testDomainGetGuestInfo")
        let known = TestGuestInformation.allCases.reduce(0) { $0 | $1.rawValue }
        if types & ~known != 0 {
            let unknown = String(types & ~known, radix: 16)
            throw VirtError.test(.invalidArg, "unsupported guest information types '0x\(unknown)'")
        }
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.checkAgent()
            if types == 0, !domain.frozenMounts.isEmpty { return [] }
            let guest = state.guest(of: domain)
            var list = TestGuestParameters()
            for type in TestGuestInformation.allCases where types == 0 || types & type.rawValue != 0 {
                try domain.checkThawed(type.command)
                switch type {
                case .users: list.addUser("root", loggedInAt: guest.time)
                case .system: list.addSystem(guest.system)
                case .timeZone: list.addTimeZone("UTC", offset: 0)
                case .hostName: list.add("hostname", guest.hostName)
                case .fileSystems: list.addFileSystems(guest)
                case .disks: list.addDevices(guest.devices)
                case .interfaces: list.addInterfaces(try state.guestInterfaces(of: domain))
                }
            }
            return list.parameters
        }
    }

    public func domainAgentSetResponseTimeout(_ dom: DomainRef, timeout: Int32, flags: UInt32) async throws -> Int32 {
        try check(flags, 0, "testDomainAgentSetResponseTimeout")
        try TestAgent.check(timeout: timeout)
        try host.update { state in try state.modify(dom) { $0.activity.content.agent.timeout = timeout } }
        return 0
    }

    public func domainGetGuestVCPUs(_ dom: DomainRef, flags: UInt32) async throws -> [TypedParameter] {
        try check(flags, 0, "testDomainGetGuestVcpus")
        return try host.read { state in
            let domain = try state.domain(dom)
            try domain.checkAgent("guest-get-vcpus")
            let cpus = domain.guestCPUs
            func set(_ isMember: (Int, Bool) -> Bool) -> TypedParameterValue {
                var set = CPUSet()
                for cpu in cpus where isMember(cpu.number, cpu.isOnline) { set.insert(cpu.number) }
                return .string(set.description)
            }
            return [
                TypedParameter("vcpus", set { _, _ in true }), TypedParameter("online", set { $1 }),
                TypedParameter("offlinable", set { number, _ in number > 0 }),
            ]
        }
    }

    public func domainSetGuestVCPUs(_ dom: DomainRef, cpumap: String, state: Int32, flags: UInt32) async throws {
        try check(flags, 0, "testDomainSetGuestVcpus")
        guard state == 0 || state == 1 else {
            throw VirtError.argument("state", in: "testDomainSetGuestVcpus", domain: .test, "unsupported state value")
        }
        let wanted = try conf { () throws(ConfError) in try CPUSet(cpumap) }
        try host.update { hostState in
            try hostState.modify(dom) { domain in
                try domain.checkAgent("guest-get-vcpus")
                let count = Int(domain.definition.currentVCPUs)
                var missing = wanted
                for number in 0..<count { missing.remove(number) }
                if !missing.isEmpty {
                    throw VirtError.test(.invalidArg, "guest is missing vCPUs '\(missing)'")
                }
                if state == 0, wanted.contains(0) {
                    throw VirtError.test(.operationUnsupported, "vCPU '0' is not offlinable")
                }
                for number in 0..<count where wanted.contains(number) {
                    domain.setGuestCPU(number, isOnline: state == 1)
                }
            }
        }
    }
}

extension TestConnection: QEMUAgent {
    /// The agent answers at once, so that only a time of 0 is too short.
    public func domainAgentCommand(_ dom: DomainRef, cmd: String, timeout: Int32, flags: UInt32) async throws
        -> String?
    {
        try check(flags, 0, "testDomainQemuAgentCommand")
        return try host.update { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            try domain.checkAgent()
            try TestAgent.check(timeout: timeout)
            let value: JSONValue
            do {
                value = try JSONValue(parsing: cmd)
            } catch {
                throw VirtError(.internalError, domain: .none, "cannot parse json \(cmd): \(error)")
            }
            if timeout == 0 { throw TestAgent.noAnswer }
            return try TestAgentCommand(value).run(&state, dom).text
        }
    }
}
