import Libvirt
import Testing
import VirtUtil
import XDR

@testable import TestDriver

/// Expectations are what QEMU's driver of libvirt 9.0 answers of a guest with an agent 7.2.
@Suite("Agents in guests")
struct AgentTests {
    private static let devices = """
        <disk type='file'><source file='/images/a'/><target dev='vda' bus='virtio'/><serial>A1</serial></disk>\
        <disk type='file'><source file='/images/b'/><target dev='vdb' bus='virtio'/></disk>\
        <interface type='network'><mac address='52:54:00:11:22:33'/><source network='default'/></interface>\
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        """

    private func guest(_ connection: TestConnection) async throws -> DomainRef {
        let text = xml("g", "<vcpu current='3'>4</vcpu>", devices: Self.devices)
        return try await connection.domainCreateWithFlags(connection.domainDefineXML(xml: text), flags: [])
    }

    private func ask(_ connection: TestConnection, _ domain: DomainRef, _ command: String) async -> String {
        var answer: String?
        let text = await failure {
            answer = try await connection.domainAgentCommand(domain, cmd: command, timeout: -1, flags: 0)
        }
        return answer ?? text
    }

    private func text(_ parameters: [TypedParameter]) -> [String] {
        parameters.map { "\($0.field)=\(word($0.value))" }
    }

    @Test(
        "commands",
        arguments: [
            ("{\"execute\":\"guest-ping\"}", "{\"return\":{}}"),
            ("{\"execute\":\"guest-ping\",\"id\":\"a\"}", "{\"return\":{},\"id\":\"a\"}"),
            ("{\"execute\":\"guest-sync\",\"arguments\":{\"id\":12345}}", "{\"return\":12345}"),
            ("{\"execute\":\"guest-sync\"}", "guest-sync': Parameter 'id' is missing"),
            (
                "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":\"x\"}}",
                "guest-sync': Invalid parameter type for 'id', expected: integer"
            ),
            (
                "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1.5}}",
                "guest-sync': Invalid parameter type for 'id', expected: integer"
            ),
            ("{\"execute\":\"guest-ping\",\"arguments\":{\"x\":1}}", "guest-ping': Parameter 'x' is unexpected"),
            (
                "{\"execute\":\"guest-ping\",\"arguments\":[]}",
                "guest-ping': QMP input member 'arguments' must be an object"
            ),
            ("{\"execute\":\"guest-ping\",\"foo\":1}", "guest-ping': QMP input member 'foo' is unexpected"),
            ("{\"execute\":\"nope\"}", "nope': The command nope has not been found"),
            ("{\"execute\":1}", "<unknown>': QMP input member 'execute' must be a string"),
            ("{}", "<unknown>': QMP input lacks member 'execute'"),
            ("[]", "<unknown>': QMP input must be a JSON object"),
            (
                "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/ls\"}}",
                "guest-exec': Command guest-exec has been disabled"
            ),
            ("{\"execute\":\"guest-get-host-name\"}", "{\"return\":{\"host-name\":\"ghost\"}}"),
            ("{\"execute\":\"guest-get-time\"}", "{\"return\":627319920000000000}"),
            (
                "{\"execute\":\"guest-set-time\",\"arguments\":{\"time\":\"x\"}}",
                "guest-set-time': Invalid parameter type for 'time', expected: integer"
            ),
            (
                "{\"execute\":\"guest-fsfreeze-freeze-list\",\"arguments\":{\"mountpoints\":[1]}}",
                "guest-fsfreeze-freeze-list': Invalid parameter type for 'mountpoints[0]', expected: string"
            ),
            (
                "{\"execute\":\"guest-fsfreeze-freeze-list\",\"arguments\":{\"mountpoints\":[\"/nope\"]}}",
                "{\"return\":0}"
            ),
            (
                "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":[{\"logical-id\":0,\"online\":false}]}}",
                "guest-set-vcpus': logical processor #0 can't be offlined"
            ),
            (
                "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":[{\"logical-id\":1}]}}",
                "guest-set-vcpus': Parameter 'vcpus[0].online' is missing"
            ),
            (
                "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":[{\"logical-id\":3,\"online\":true}]}}",
                "guest-set-vcpus': open(\"/sys/devices/system/cpu/cpu3/\"): No such file or directory"
            ),
            ("{\"execute\":\"guest-get-timezone\"}", "{\"return\":{\"zone\":\"UTC\",\"offset\":0}}"),
        ])
    func commands(command: String, answer: String) async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let start = "1/12 internal error: unable to execute QEMU agent command '"
        #expect(await ask(connection, domain, command) == (answer.hasPrefix("{") ? answer : start + answer))
    }

    @Test("what is no JSON", arguments: ["", "{", "garbage", "{\"execute\":\"guest-ping\"} x"])
    func noJSON(command: String) async throws {
        let connection = newConnection()
        let answer = await ask(connection, try await guest(connection), command)
        #expect(answer.hasPrefix("1/0 internal error: cannot parse json \(command): "))
    }

    @Test func whoCanBeAsked() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let ping = "{\"execute\":\"guest-ping\"}"
        func failures(_ timeout: Int32, flags: UInt32 = 0) async -> String {
            await failure {
                _ = try await connection.domainAgentCommand(domain, cmd: ping, timeout: timeout, flags: flags)
            }
        }
        #expect(await failures(-2) == "-")
        #expect(await failures(-3) == "8/12 invalid argument: guest agent timeout '-3' is less than the minimum '-2'")
        #expect(await failures(0) == "86/12 Guest agent is not responding: Guest agent not available for now")
        #expect(await failures(5, flags: 1) == "8/12 unsupported flags (0x1) in function testDomainQemuAgentCommand")
        #expect(
            await ask(connection, try await connection.test, "{")
                == "74/12 argument unsupported: QEMU guest agent is not configured")
        try await connection.domainSuspend(domain)
        #expect(await failures(5) == "55/12 Requested operation is not valid: domain is not running")
        try await connection.domainDestroy(domain)
        #expect(await failures(5) == "55/20 Requested operation is not valid: domain is not running")
        #expect(
            await failure { _ = try await connection.domainGetGuestInfo(domain, types: 0, flags: 0) }
                == "55/12 Requested operation is not valid: domain is not running")
    }

    @Test func information() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func info(_ types: UInt32) async throws -> [String] {
            text(try await connection.domainGetGuestInfo(domain, types: types, flags: 0))
        }
        #expect(try await info(1) == ["user.count=u1", "user.0.name=root", "user.0.login-time=l627319920000"])
        #expect(try await info(12) == ["timezone.name=UTC", "timezone.offset=0", "hostname=ghost"])
        #expect(
            try await info(32).prefix(12) == [
                "disk.count=u4", "disk.0.name=/dev/vda", "disk.0.partition=b0", "disk.0.serial=A1", "disk.0.alias=vda",
                "disk.1.name=/dev/vda1", "disk.1.partition=b1", "disk.1.dependency.count=u1",
                "disk.1.dependency.0.name=/dev/vda", "disk.2.name=/dev/vda2", "disk.2.partition=b1",
                "disk.2.dependency.count=u1",
            ])
        // It agrees with the other calls.
        let address = try #require(
            try await connection.domainInterfaceAddresses(domain, source: 1, flags: 0).first?.addrs.first)
        let known = try await info(64)
        #expect(
            known == [
                "if.count=u1", "if.0.name=testnet0", "if.0.hwaddr=52:54:00:11:22:33", "if.0.addr.count=u1",
                "if.0.addr.0.type=ipv4", "if.0.addr.0.addr=\(address.addr)", "if.0.addr.0.prefix=u\(address.prefix)",
            ])
        let interfaces = try JSONValue(
            parsing: await ask(connection, domain, "{\"execute\":\"guest-network-get-interfaces\"}"))
        #expect(
            interfaces["return"]?.array?.first?["ip-addresses"]?.array?.first?["ip-address"]?.string == address.addr)
        let capacity = try await connection.domainGetBlockInfo(domain, path: "vda", flags: 0).capacity
        let fileSystems = try await connection.domainGetFSInfo(domain, flags: 0).info
        let all = try await info(16)
        for (index, fileSystem) in fileSystems.enumerated() {
            #expect(all.contains("fs.\(index).mountpoint=\(fileSystem.mountpoint)"))
            #expect(all.contains("fs.\(index).name=\(fileSystem.name)"))
        }
        let sizes = try await connection.domainGetGuestInfo(domain, types: 16, flags: 0).compactMap { parameter in
            if parameter.field.hasSuffix("total-bytes"), case .ullong(let size) = parameter.value { size } else { nil }
        }
        #expect(sizes.count == 2 && sizes.reduce(0, +) == capacity)
        #expect(
            try await info(0).count
                == (await [info(1), info(2), info(12), info(16), info(32), info(64)]).joined().count)
        #expect(
            await failure { _ = try await info(1 << 20 | 8) }
                == "8/12 invalid argument: unsupported guest information types '0x100000'")
    }

    @Test func frozen() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        #expect(await ask(connection, domain, "{\"execute\":\"guest-fsfreeze-freeze\"}") == "{\"return\":2}")
        #expect(await ask(connection, domain, "{\"execute\":\"guest-fsfreeze-status\"}") == "{\"return\":\"frozen\"}")
        func disabled(_ command: String) -> String {
            "1/12 internal error: unable to execute QEMU agent command '\(command)': Command \(command) has been "
                + "disabled: the agent is in frozen state"
        }
        for command in ["guest-fsfreeze-freeze", "guest-get-host-name", "guest-exec"] {
            #expect(await ask(connection, domain, "{\"execute\":\"\(command)\"}") == disabled(command))
        }
        #expect(try await connection.domainGetGuestInfo(domain, types: 0, flags: 0).isEmpty)
        #expect(
            await failure { _ = try await connection.domainGetGuestInfo(domain, types: 8, flags: 0) }
                == disabled("guest-get-host-name"))
        #expect(
            await failure {
                try await connection.domainPMSuspendForDuration(domain, target: 0, duration: 0, flags: 0)
            } == disabled("guest-suspend-ram"))
        // One state, whoever changes it.
        #expect(try await connection.domainFSThaw(domain, mountpoints: ["/boot"], flags: 0) == 1)
        #expect(await ask(connection, domain, "{\"execute\":\"guest-fsfreeze-thaw\"}") == "{\"return\":1}")
        #expect(await ask(connection, domain, "{\"execute\":\"guest-fsfreeze-thaw\"}") == "{\"return\":0}")
        let information = try JSONValue(parsing: await ask(connection, domain, "{\"execute\":\"guest-info\"}"))
        let commands = try #require(information["return"]?["supported_commands"]?.array)
        #expect(
            commands.filter { $0["enabled"] == .bool(false) }.compactMap { $0["name"]?.string } == [
                "guest-exec", "guest-exec-status",
            ])
    }

    @Test func time() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        let set = "{\"execute\":\"guest-set-time\",\"arguments\":{\"time\":1000000000000000007}}"
        #expect(await ask(connection, domain, set) == "{\"return\":{}}")
        let time = try await connection.domainGetTime(domain, flags: 0)
        #expect(time.seconds == 1_000_000_000 && time.nseconds == 7)
        try await connection.domainSetTime(domain, seconds: .max, nseconds: .max, flags: [])
        #expect(await ask(connection, domain, "{\"execute\":\"guest-get-time\"}") == "{\"return\":\(Int64.max)}")
        try await connection.domainSetTime(domain, seconds: .min, nseconds: 0, flags: [])
        #expect(await ask(connection, domain, "{\"execute\":\"guest-get-time\"}") == "{\"return\":\(Int64.min)}")
    }

    @Test func processors() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func cpus() async throws -> [String] { text(try await connection.domainGetGuestVCPUs(domain, flags: 0)) }
        func set(_ map: String, _ state: Int32) async -> String {
            await failure { try await connection.domainSetGuestVCPUs(domain, cpumap: map, state: state, flags: 0) }
        }
        #expect(try await cpus() == ["vcpus=0-2", "online=0-2", "offlinable=1-2"])
        #expect(await set("1", 0) == "-")
        #expect(try await cpus() == ["vcpus=0-2", "online=0,2", "offlinable=1-2"])
        #expect(
            await ask(connection, domain, "{\"execute\":\"guest-get-vcpus\"}").contains(
                "{\"online\":false,\"can-offline\":true,\"logical-id\":1}"))
        #expect(await set("0-1", 0) == "84/12 Operation not supported: vCPU '0' is not offlinable")
        #expect(await set("1", 2) == "8/12 unsupported state value")
        #expect(await set("x", 0) == "8/0 invalid argument: Failed to parse bitmap 'x'")
        #expect(await set("2-9", 1) == "8/12 invalid argument: guest is missing vCPUs '3-9'")
        #expect(await set("0-2", 1) == "-")
        #expect(await set("2", 0) == "-")
        try await connection.domainDestroy(domain)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await cpus() == ["vcpus=0-2", "online=0-2", "offlinable=1-2"])
    }

    @Test func keys() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func get(_ user: String = "joe") async throws -> [String] {
            try await connection.domainAuthorizedSSHKeysGet(domain, user: user, flags: 0)
        }
        func set(_ keys: [String], _ flags: UInt32 = 0, user: String = "joe") async -> String {
            await failure {
                try await connection.domainAuthorizedSSHKeysSet(
                    domain, user: user, keys: keys, flags: DomainAuthorizedSSHKeysSetFlags(rawValue: flags))
            }
        }
        #expect(
            await failure { _ = try await get() } == """
                1/12 internal error: unable to execute QEMU agent command 'guest-ssh-get-authorized-keys': failed to read \
                '/home/joe/.ssh/authorized_keys': Failed to open file “/home/joe/.ssh/authorized_keys”: No such file or \
                directory
                """)
        #expect(await set(["ssh-rsa AAA x"]) == "-")
        #expect(await set(["ssh-rsa BBB y", "ssh-rsa AAA x"], 1) == "-")
        #expect(try await get() == ["ssh-rsa BBB y", "ssh-rsa AAA x"])
        #expect(await set(["ssh-rsa AAA x", "none"], 2) == "-")
        #expect(try await get() == ["ssh-rsa BBB y"])
        #expect(await set(["x", "y", "z", "x", ""]) == "-")
        #expect(try await get() == ["z", "y", "x"])
        #expect(await set(["# c"]).hasSuffix("'guest-ssh-add-authorized-keys': invalid OpenSSH public key: '# c'"))
        #expect(await set(["a\nb"]).hasSuffix("'guest-ssh-add-authorized-keys': invalid OpenSSH public key: 'a\nb'"))
        #expect(await set(["a"], user: "").hasSuffix("failed to lookup user '': Success"))
        #expect(await set([], 1) == "8/20 keys in virDomainAuthorizedSSHKeysSet must not be NULL")
        #expect(await set(["a"], 4) == "8/12 unsupported flags (0x4) in function testDomainAuthorizedSSHKeysSet")
        #expect(await set(["a"], 3).hasSuffix("are mutually exclusive"))
        // Another user has other keys; they are on the disk.
        #expect(await set(["r"], user: "root") == "-")
        try await connection.domainDestroy(domain)
        _ = try await connection.domainCreateWithFlags(domain, flags: [])
        #expect(try await get("root") == ["r"])
        #expect(await set([]) == "-")
        #expect(try await get().isEmpty)
        #expect(
            await set(
                [String](repeating: "k", count: 3).enumerated().map { "\($0)" + String(repeating: "k", count: 1 << 19) }
            ).hasSuffix("File too large"))
    }

    @Test func answersThatAreNotWaitedFor() async throws {
        let connection = newConnection()
        let domain = try await guest(connection)
        func set(_ seconds: Int32) async -> String {
            await failure { _ = try await connection.domainAgentSetResponseTimeout(domain, timeout: seconds, flags: 0) }
        }
        #expect(await set(-3) == "8/12 invalid argument: guest agent timeout '-3' is less than the minimum '-2'")
        #expect(await set(0) == "-")
        #expect(
            await failure { _ = try await connection.domainGetGuestVCPUs(domain, flags: 0) }
                == "86/12 Guest agent is not responding: Guest agent not available for now")
        #expect(await set(5) == "-")
        #expect(await failure { _ = try await connection.domainGetGuestVCPUs(domain, flags: 0) } == "-")
    }
}
