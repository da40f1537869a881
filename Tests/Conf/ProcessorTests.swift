import Testing
import VirtUtil

@testable import VirtConf

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What libvirt 9.0 says of processors: `Cases/CPU/answers.txt` has its answers to random documents, of
/// `test:///default` for baselines and of `qemu:///system` on the host of `host.xml` for the rest.
@Suite struct ProcessorTests {
    struct Question: Sendable {
        var kind: String
        var flags: Int
        var documents: [String] = []
        var answer = ""
    }

    private static let folder = CaseFiles.folder("CPU")
    private static let domains = CaseFiles.folder("DomainCapabilities")

    /// Another file of answers may be named, one that is not kept.
    static let questions: [Question] = {
        let path = getenv("VIRT_CPU_ANSWERS").map { String(cString: $0) } ?? "\(folder)/answers.txt"
        var result: [Question] = []
        for line in (CaseFiles.read(path) ?? "").split(separator: "\n").dropFirst() {
            if line.hasPrefix("    =") {
                result[result.count - 1].answer = String(line.dropFirst(5)).replacing("\\n", with: "\n")
            } else if line.hasPrefix("    ") {
                result[result.count - 1].documents.append(String(line.dropFirst(4)))
            } else {
                let words = line.split(separator: " ")
                result.append(Question(kind: String(words[0]), flags: Int(words[1]) ?? -1))
            }
        }
        return result
    }()

    private let host: CPUDefinition
    private let capabilities: [String: DomainCapabilities]

    init() throws {
        host = try CPUDefinition(xml: try #require(CaseFiles.read("\(Self.folder)/host.xml")))
        var capabilities: [String: DomainCapabilities] = [:]
        for type in ["kvm", "qemu"] {
            capabilities[type] = try DomainCapabilities(
                xml: try #require(CaseFiles.read("\(Self.domains)/\(type)-pc.xml")))
        }
        self.capabilities = capabilities
    }

    @Test(arguments: ["baseline", "compare", "hypervisor-compare-kvm", "hypervisor-compare-qemu"])
    func answers(_ kind: String) throws {
        let questions = Self.questions.filter { $0.kind == kind }
        #expect(questions.count >= 40)
        var differences = 0
        for question in questions where try answer(question) != question.answer {
            differences += 1
            let ours = try answer(question)
            if differences <= 25 { Issue.record("\(question)\nours: \(ours)") }
        }
        #expect(differences == 0, "of \(questions.count)")
    }

    private func answer(_ question: Question) throws -> String {
        let words = question.kind.split(separator: "-")
        let offered = capabilities[String(words[words.count - 1])]
        let hostModel = try offered.map { offered in
            let guest = try #require(offered.cpuModes.first { $0.name == .hostModel }?.hostModel)
            var cpu = CPUDefinition(guest: guest)
            cpu.form = .host
            return cpu
        }
        let hasFirst = question.flags & 1 != 0
        do throws(ConfError) {
            if words.contains("compare") {
                let cpu = try CPUDefinition(xml: question.documents.first ?? "")
                return String(try (hostModel ?? host).comparison(to: cpu, failing: hasFirst).rawValue)
            }
            var cpus: [CPUDefinition] = []
            for xml in question.documents { cpus.append(try CPUDefinition(xml: xml, form: .host)) }
            return try CPUDefinition.baseline(of: cpus, isExpanded: hasFirst).xml()
        } catch {
            return "\(error.code) \(error.domain) \(error.message)"
        }
    }

    /// Each bit of the table is a feature's alone, and models are made of features that exist.
    @Test func theTablesAreWhole() throws {
        let map = X86Map.standard
        #expect(map.features.count == 212)
        #expect(map.models.count == 58)
        #expect(map.vendors["AMD"] == "AuthenticAMD")
        let avx2 = map.features[try #require(map.number(of: "avx2"))]
        #expect(avx2.register == .cpuid(leaf: 7, subleaf: 0, .ebx) && avx2.bit == 5)
        let rsba = map.features[try #require(map.number(of: "rsba"))]
        #expect(rsba.register == .msr(0x10A, .eax) && rsba.bit == 2)
        #expect(map.names(of: map.unmigratable) == ["xsaves", "invtsc"])
        #expect(map.names(of: try #require(map.model("486")).features) == ["fpu", "vme", "pse"])
        var signature = HostProcessor.Signature()
        (signature.family, signature.model, signature.stepping) = (6, 85, 6)
        #expect(
            map.models.filter { $0.signatures.contains { $0.matches(signature) } }.map(\.name)
                == ["Cascadelake-Server", "Cascadelake-Server-noTSX"])
    }
}
