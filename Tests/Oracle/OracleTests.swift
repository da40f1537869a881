import Foundation
import Testing
import XDR
import XDRLanguage

@Suite struct OracleTests {
    private static let batch = 2_000
    private let schema: Schema
    private let protocols: URL
    private let files: [String]
    private let cases: Int
    private let seed: UInt64

    init() throws {
        protocols = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Protocol")
        files = try FileManager.default.contentsOfDirectory(atPath: protocols.path).filter { $0.hasSuffix(".x") }.sorted()
        var sources: [SourceFile] = []
        for file in files {
            sources.append(SourceFile(path: file, text: Array(try Data(contentsOf: protocols.appending(path: file)))))
        }
        schema = try #require(Compiler().compile(sources).schema)
        let environment = ProcessInfo.processInfo.environment
        cases = environment["ORACLE_CASES"].flatMap(Int.init) ?? Self.batch
        seed = environment["ORACLE_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1 << 32)
    }

    private struct Case {
        var type: Int
        var seed: UInt64
        var bytes: [UInt8]
        var faults: [String] = []

        var text: String {
            let hex = bytes.prefix(512).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "\(xdrCatalog[type].name), ORACLE_SEED=\(seed), \(faults.joined(separator: ", ")): \(hex)"
        }
    }

    /// Both answers to each case, in batches.
    private func compare(_ make: (Int) -> Case, _ check: (Case, Outcome, Outcome) -> Void) async throws {
        let oracle = try await Oracle(protocols: protocols, files: files, names: xdrCatalog.map(\.name))
        defer { oracle.remove() }
        for start in stride(from: 0, to: cases, by: Self.batch) {
            let batch = (start..<min(start + Self.batch, cases)).map(make)
            let answers = try await oracle.answers(batch.map { ($0.type, $0.bytes) })
            for (item, theirs) in zip(batch, answers) {
                check(item, ours(xdrCatalog[item.type].type, item.bytes), theirs)
            }
        }
    }

    private func value(_ number: Int) -> WireGenerator {
        var generator = WireGenerator(schema, seed: seed &+ UInt64(number) &* 0x1_0000_0001)
        generator.value(of: .named(xdrCatalog[number % xdrCatalog.count].name))
        return generator
    }

    @Test func everyTypeIsInTheCatalog() {
        #expect(xdrCatalog.count > 700)
        for (name, _) in xdrCatalog { #expect(schema.types[name] != nil, "\(name)") }
    }

    @Test func randomValuesComeBackAsTheyWere() async throws {
        var bytes = 0
        try await compare { number in
            Case(type: number % xdrCatalog.count, seed: seed, bytes: value(number).bytes)
        } _: { item, ours, theirs in
            bytes += item.bytes.count
            let expected = Outcome(consumed: item.bytes.count, encoding: item.bytes)
            if ours != expected { Issue.record("ours: \(ours.refusal ?? "other bytes"): \(item.text)") }
            if theirs != expected { Issue.record("libtirpc: \(theirs.refusal ?? "other bytes"): \(item.text)") }
        }
        print("oracle: \(cases) random values of \(xdrCatalog.count) types, \(bytes) bytes, seed \(seed): all the same")
    }

    @Test func damagedValuesGetTheSameVerdict() async throws {
        var accepted = 0
        var refused = 0
        var deviations: [Deviation: Int] = [:]
        try await compare { number in
            let value = value(number)
            var random = value.random
            let (bytes, faults) = Mutation.damaged(value, &random)
            return Case(type: number % xdrCatalog.count, seed: seed, bytes: bytes, faults: faults)
        } _: { item, ours, theirs in
            if theirs.refusal == nil { accepted += 1 } else { refused += 1 }
            if ours.refusal != nil && theirs.refusal != nil || ours == theirs { return }
            if let deviation = Deviation(ours: ours, theirs: theirs) {
                deviations[deviation, default: 0] += 1
            } else {
                Issue.record("ours: \(ours.verdict), libtirpc: \(theirs.verdict): \(item.text)")
            }
        }
        // Both kinds are met, or the damage is not worth much.
        #expect(accepted > cases / 10 && refused > cases / 10)
        // All that is on the list happens.
        #expect(deviations.count == Deviation.allCases.count)
        let listed = Deviation.allCases.map { "\($0.rawValue): \(deviations[$0, default: 0])" }.joined(separator: ", ")
        print("oracle: \(cases) damaged values, seed \(seed): \(accepted) accepted, \(refused) refused; ours: \(listed)")
    }
}
