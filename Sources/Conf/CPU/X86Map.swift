/// What is known of x86 processors: the names of their features, and models with the features that each has.
///
/// The facts are libvirt 9.0's, in tables that scripts/cpu-map writes.
package struct X86Map: Sendable {
    /// Where a processor tells of a feature.
    package enum Register: Sendable, Equatable {
        case cpuid(leaf: UInt32, subleaf: UInt32, Name)
        case msr(UInt32, Name)

        package enum Name: String, Sendable { case eax, ebx, ecx, edx }
    }

    package struct Feature: Sendable {
        package var name: String
        package var register: Register
        package var bit: Int
    }

    /// What a processor says that a model stands for.
    package struct Signature: Sendable, Equatable {
        package var family: UInt32
        package var model: UInt32
        package var steppings: ClosedRange<UInt32>?
    }

    package struct Model: Sendable {
        package var name: String
        package var vendor: String?
        /// Whether libvirt describes a host, or a guest, with it.
        package var describesHosts: Bool
        package var describesGuests: Bool
        package var signatures: [Signature]
        package var features: X86FeatureSet
        /// What the model had in older versions: whoever names the model says whether there is any.
        package var removed: [String]
    }

    package let features: [Feature]
    /// Features that keep a guest where it is.
    package let unmigratable: X86FeatureSet
    package let models: [Model]
    /// What a vendor's processors say of themselves, by its name.
    package let vendors: [String: String]
    private let numbers: [String: Int]
    private let modelNumbers: [String: Int]

    package static let standard = X86Map()

    package func number(of feature: String) -> Int? { numbers[feature] }
    package func model(_ name: String) -> Model? { modelNumbers[name].map { models[$0] } }

    /// Names in the map's order.
    package func names(of set: X86FeatureSet) -> [String] {
        features.indices.lazy.filter { set.contains($0) }.map { features[$0].name }
    }
}

// MARK: Reading the tables. What is wrong in them is our mistake.

extension X86Map {
    private init() {
        var features: [Feature] = []
        var unmigratable = X86FeatureSet()
        var numbers: [String: Int] = [:]
        for line in X86FeatureTable.features.split(separator: "\n") {
            let parts = line.split(separator: ":")
            precondition(parts.count == 2, "not a register and its features: \(line)")
            let register = Register(table: parts[0].split(separator: " "))
            for (bit, word) in parts[1].split(separator: " ").enumerated() where word != "-" {
                let name = String(word.drop { $0 == "!" })
                if word.first == "!" { unmigratable.insert(features.count) }
                numbers[name] = features.count
                features.append(Feature(name: name, register: register, bit: bit))
            }
        }
        precondition(features.count <= X86FeatureSet.capacity && numbers.count == features.count)
        var models: [Model] = []
        var modelNumbers: [String: Int] = [:]
        for line in X86ModelTable.models.split(separator: "\n") {
            let words = line.split(separator: " ")
            precondition(words.count >= 5, "not a model: \(line)")
            var set = modelNumbers[String(words[4])].map { models[$0].features } ?? X86FeatureSet()
            var removed: [String] = []
            for word in words[5...] {
                guard let number = numbers[String(word.dropFirst())] else { preconditionFailure("no feature: \(word)") }
                switch word.first {
                case "+": set.insert(number)
                case "-": set.remove(number)
                default: removed.append(features[number].name)
                }
            }
            modelNumbers[String(words[0])] = models.count
            models.append(
                Model(
                    name: String(words[0]), vendor: words[1] == "-" ? nil : String(words[1]),
                    describesHosts: words[2].contains("h"), describesGuests: words[2].contains("g"),
                    signatures: words[3] == "-" ? [] : words[3].split(separator: ",").map(Signature.init(table:)),
                    features: set, removed: removed))
        }
        var vendors: [String: String] = [:]
        for line in X86ModelTable.vendors.split(separator: "\n") {
            let words = line.split(separator: " ")
            precondition(words.count == 2, "not a vendor: \(line)")
            vendors[String(words[0])] = String(words[1])
        }
        self.features = features
        self.unmigratable = unmigratable
        self.models = models
        self.vendors = vendors
        self.numbers = numbers
        self.modelNumbers = modelNumbers
    }
}

private func number(_ text: Substring) -> UInt32 {
    guard let number = UInt32(anyBase: String(text)) else { preconditionFailure("not a number: \(text)") }
    return number
}

extension X86Map.Register {
    fileprivate init(table words: [Substring]) {
        guard let last = words.last, let name = Name(rawValue: String(last)) else {
            preconditionFailure("not a register: \(words)")
        }
        switch (words[0], words.count) {
        case ("cpuid", 4): self = .cpuid(leaf: number(words[1]), subleaf: number(words[2]), name)
        case ("msr", 3): self = .msr(number(words[1]), name)
        default: preconditionFailure("not a register: \(words)")
        }
    }
}

extension X86Map.Signature {
    fileprivate init(table text: Substring) {
        let parts = text.split(separator: "/")
        precondition(parts.count == 2 || parts.count == 3, "not a signature: \(text)")
        self.init(family: number(parts[0]), model: number(parts[1]))
        if parts.count == 3 {
            let ends = parts[2].split(separator: "-").map(number)
            steppings = ends[0]...ends[ends.count - 1]
        }
    }

    package func matches(_ signature: HostProcessor.Signature) -> Bool {
        family == signature.family && model == signature.model
            && steppings.map { $0.contains(signature.stepping) } ?? true
    }
}
