internal import ArgumentParser

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}

/// Where results, remarks and errors go, and how they look.
struct Output: Sendable {
    var format: OutputFormat = .text
    var isQuiet = false
    var style = Style(isColored: false)
    var errorStyle = Style(isColored: false)
    var standardOutput = FileWriter(descriptor: 1)
    var standardError = FileWriter(descriptor: 2)

    var isJSON: Bool { format == .json }

    /// Prints a result; a line end is added.
    func print(_ text: String) { standardOutput.write(text + "\n") }

    /// Prints a result as it is.
    func printRaw(_ text: String) { standardOutput.write(text) }

    /// Prints a remark that `--quiet` leaves out, and JSON too.
    func remark(_ text: String) {
        if !isQuiet && !isJSON { standardOutput.write(text + "\n") }
    }

    /// Prints a remark whose line the end of the command ends.
    func remarkUnended(_ text: String) {
        if !isQuiet && !isJSON { standardOutput.write(text) }
    }

    /// Prints a remark that was asked for; not into JSON.
    func remarkAlways(_ text: String) {
        if !isJSON { standardOutput.write(text + "\n") }
    }

    /// Prints a JSON value over several lines.
    func print(_ json: JSON) { standardOutput.write(json.text(indented: true) + "\n") }

    /// Prints a JSON value on one line, for results that come one after another.
    func printLine(_ json: JSON) { standardOutput.write(json.text(indented: false) + "\n") }

    func errors(_ lines: [String]) {
        for line in lines {
            standardError.write("\(errorStyle.paint("error:", .failure)) \(line)\n")
        }
    }
}
