import Foundation
import PackagePlugin

/// Generates a target's Swift from the package's `Protocol/*.x`.
///
/// A target says what it wants in `xdrgen.options` in its folder: options of xdrgen, and the names of the `.x` files,
/// one a line. Files are listed by name: a build that lists a folder misses a file that was just added.
@main
struct XDRGenPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target as? SourceModuleTarget else { return [] }
        let optionsFile = target.directoryURL.appending(path: "xdrgen.options")
        let lines = try String(contentsOf: optionsFile, encoding: .utf8).split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let folder = context.package.directoryURL.appending(path: "Protocol")
        let files = lines.filter { $0.hasSuffix(".x") }
        let options = lines.filter { !$0.hasSuffix(".x") }.flatMap { $0.split(separator: " ").map(String.init) }
        let artefacts = options.compactMap { option in
            ["--types", "--procedures", "--roles", "--client", "--server", "--handles", "--catalog"].contains(option)
                ? String(option.dropFirst(2)) : nil
        }
        let output = context.pluginWorkDirectoryURL
        let inputs = files.map { folder.appending(path: $0) }
        let outputs = artefacts.flatMap { artefact in
            (files.map { String($0.dropLast(2)) } + ["all"]).map { output.appending(path: "\($0).\(artefact).swift") }
        }
        return [
            .buildCommand(
                displayName: "xdrgen \(target.name)", executable: try context.tool(named: "xdrgen").url,
                arguments: options + ["--output", output.path] + inputs.map(\.path),
                inputFiles: inputs + [optionsFile], outputFiles: outputs)
        ]
    }
}
