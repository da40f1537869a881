internal import LibvirtRemote

/// Descriptions of CPUs in a file: alone, of domains, of hosts, or of what a hypervisor gives.
private enum CPUFile {
    static func read(_ file: String) throws(ShellError) -> [String] {
        let text = try TextFile.read(file)
        var body = text
        // Several documents may stand in one file, each with its declaration.
        while let start = body.firstRange(of: "<?"), let end = body[start.upperBound...].firstRange(of: "?>") {
            body.removeSubrange(start.lowerBound..<end.upperBound)
        }
        guard let document = try? XMLSelection(document: "<container>\(body)</container>") else {
            throw ShellError("File '\(file)' is not XML")
        }
        let nodes = try document.serialized(
            """
            /container/cpu | /container/domain/cpu | /container/capabilities/host/cpu \
            | /container/domainCapabilities/cpu/mode[@name='host-model' and @supported='yes']
            """, wrapped: false)
        guard !nodes.isEmpty else {
            throw ShellError(
                "File '\(file)' does not contain any <cpu> element or valid domain XML, host capabilities XML, or "
                    + "domain capabilities XML")
        }
        return nodes.map { node in
            guard node.hasPrefix("<mode"), node.hasSuffix("</mode>"), let end = node.firstIndex(of: ">") else {
                return node
            }
            return "<cpu>" + node[node.index(after: end)...].dropLast("</mode>".count) + "</cpu>"
        }
    }
}

extension CommandOption {
    fileprivate static let features = flag("features", "With the features that the model has.")
    fileprivate static let migratable = flag("migratable", "Without features that forbid migration.")
    fileprivate static let error = flag("error", "An incompatible CPU is an error.")
    static let virtType = text("virttype", "Type of virtualisation, such as kvm.")
    static let arch = text("arch", "Architecture of the guest.")
    static let machine = text("machine", "Type of machine of the guest.")
    fileprivate static let emulator = text("emulator", "Path of the emulator.", .files)
}

extension Invocation {
    fileprivate func compareFlags() -> ConnectCompareCPUFlags {
        flags(["error": .failIncompatible, "validate": .validateXML])
    }

    fileprivate func baselineFlags() -> ConnectBaselineCPUFlags {
        flags(["features": .expandFeatures, "migratable": .migratable])
    }

    /// Prints how CPUs compare; incompatible ones are a failure.
    fileprivate func report(
        _ result: CPUCompareResult, incompatible: String, identical: String, superset: String, error: String
    ) throws(ShellError) {
        let text: String
        switch result {
        case .incompatible: text = incompatible
        case .identical: text = identical
        case .superset: text = superset
        default: throw ShellError(error)
        }
        print(text, as: "result", .string(result.description))
        if result == .incompatible { throw ShellError(lines: []) }
    }
}

extension Command {
    static let cpuBaseline = Command(
        "cpu-baseline", "Find the CPU that all of a set of hosts have.",
        [.file("File with the CPUs."), .features, .migratable]
    ) { call in
        let flags = call.baselineFlags()
        let cpus = try CPUFile.read(try call.required("file"))
        let connection = try await call.connection()
        try call.printXML(try await connection.baselineCPU(xmlCPUs: cpus, flags: flags))
    }

    static let cpuCompare = Command(
        "cpu-compare", "Compare the host's CPU with another.", [.file("File with the CPU."), .error, .validate]
    ) { call in
        let flags = call.compareFlags()
        let file = try call.required("file")
        let cpus = try CPUFile.read(file)
        let connection = try await call.connection()
        let result = try await attempt("Failed to compare host CPU with \(file)") {
            try await connection.compareCPU(xml: cpus[0], flags: flags)
        }
        try call.report(
            result, incompatible: "CPU described in \(file) is incompatible with host CPU",
            identical: "CPU described in \(file) is identical to host CPU",
            superset: "Host CPU is a superset of CPU described in \(file)",
            error: "Failed to compare host CPU with \(file)")
    }

    static let hypervisorCPUBaseline = Command(
        "hypervisor-cpu-baseline", "Find the CPU that a hypervisor can give on all of a set of hosts.",
        [
            .text("file", "File with the CPUs.", .files), .virtType, .emulator, .arch, .machine, .features, .migratable,
            .text("model", "Name of a CPU model, instead of a file."),
        ]
    ) { call in
        let flags = call.baselineFlags()
        try call.exclude("file", "model")
        let file = try call.text("file")
        let model = try call.text("model")
        let virtType = try call.text("virttype")
        let emulator = try call.text("emulator")
        let arch = try call.text("arch")
        let machine = try call.text("machine")
        let cpus: [String]
        if let file {
            cpus = try CPUFile.read(file)
        } else if let model {
            cpus = ["<cpu><model>\(XMLText.escape(model))</model></cpu>"]
        } else {
            throw ShellError("Either --file or --model must be provided")
        }
        let connection = try await call.connection()
        try call.printXML(
            try await connection.baselineHypervisorCPU(
                emulator: emulator, arch: arch, machine: machine, virtType: virtType, xmlCPUs: cpus, flags: flags))
    }

    static let hypervisorCPUCompare = Command(
        "hypervisor-cpu-compare", "Compare the CPU that a hypervisor can give with another.",
        [.file("File with the CPU."), .virtType, .emulator, .arch, .machine, .error, .validate]
    ) { call in
        let flags = call.compareFlags()
        let file = try call.required("file")
        let virtType = try call.text("virttype")
        let emulator = try call.text("emulator")
        let arch = try call.text("arch")
        let machine = try call.text("machine")
        let cpus = try CPUFile.read(file)
        let connection = try await call.connection()
        let result = try await attempt("Failed to compare hypervisor CPU with \(file)") {
            try await connection.compareHypervisorCPU(
                emulator: emulator, arch: arch, machine: machine, virtType: virtType, xml: cpus[0], flags: flags)
        }
        let ours = "the CPU provided by hypervisor on the host"
        try call.report(
            result, incompatible: "CPU described in \(file) is incompatible with \(ours)",
            identical: "CPU described in \(file) is identical to \(ours)",
            superset: "The CPU provided by hypervisor on the host is a superset of CPU described in \(file)",
            error: "Failed to compare hypervisor CPU with \(file)")
    }

    static let cpuModels = Command(
        "cpu-models", "List the CPU models of an architecture.", [.required("arch", "Architecture.")]
    ) { call in
        let arch = try call.required("arch")
        let connection = try await call.connection()
        let models = try await attempt("failed to get CPU model names") {
            try await connection.cpuModelNames(arch: arch)
        }
        if models.isEmpty, !call.output.isJSON { return call.output.print("all CPU models are accepted") }
        call.printList(models)
    }

    static let domcapabilities = Command(
        "domcapabilities", "Print what a hypervisor can give to a domain, as XML.",
        [.virtType, .text("emulatorbin", "Path of the emulator.", .files), .arch, .machine]
    ) { call in
        let virtType = try call.text("virttype")
        let emulator = try call.text("emulatorbin")
        let arch = try call.text("arch")
        let machine = try call.text("machine")
        let connection = try await call.connection()
        try call.printXML(
            try await attempt("failed to get emulator capabilities") {
                try await connection.domainCapabilities(
                    emulator: emulator, arch: arch, machine: machine, virtType: virtType)
            } + (call.output.isJSON ? "" : "\n"))
    }

    static let maxvcpus = Command(
        "maxvcpus", "Print how many virtual processors a domain may have.", [.text("type", "Type of domain.")]
    ) { call in
        let type = try call.text("type")
        let connection = try await call.connection()
        // What the hypervisor itself says, before the older call.
        if let xml = try? await connection.domainCapabilities(virtType: type),
            let text = try XMLSelection(document: xml).string("string(/domainCapabilities/vcpu[1]/@max)"),
            let count = UInt64(text)
        {
            return call.print(text, as: "vcpus", .unsigned(count))
        }
        let count = try await connection.maxVCPUs(type: type)
        call.print(String(count), as: "vcpus", .integer(Int64(count)))
    }
}
