/// A table of texts, aligned as virsh aligns them.
///
/// A cell is preceded by one space and followed by three, counting its neighbour's; the last cell of a line is not
/// filled up.
struct Table: Sendable {
    struct Cell: Sendable, ExpressibleByStringLiteral {
        let text: String
        let ink: Style.Ink?
        /// What stands in JSON.
        let json: JSON

        init(_ text: String, _ ink: Style.Ink? = nil, json: JSON? = nil) {
            self.text = text
            self.ink = ink
            self.json = json ?? (text.isEmpty || text == "-" ? .null : .string(text))
        }
        init(_ number: some BinaryInteger) { self.init(String(number), json: .unsigned(UInt64(clamping: number))) }
        init(stringLiteral value: String) { self.init(value) }
    }

    let header: [String]
    var rows: [[Cell]] = []

    /// The lines, with a line end each. Without the header, its words do not count for the widths.
    func text(withHeader: Bool, style: Style, width: (String) -> DisplayText = DisplayText.init) -> String {
        let head = header.map { (width($0), Style.Ink?.none) }
        let body = rows.map { $0.map { (width($0.text), $0.ink) } }
        let lines = withHeader ? [head] + body : body
        var widths = [Int](repeating: 0, count: header.count)
        for line in lines {
            for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.0.columns) }
        }
        var text = ""
        for (index, line) in lines.enumerated() {
            for (column, cell) in line.enumerated() {
                let isHeader = withHeader && index == 0
                text += " " + style.paint(cell.0.text, isHeader ? .heading : cell.1)
                if column < line.count - 1 {
                    text += String(repeating: " ", count: widths[column] - cell.0.columns + 2)
                }
            }
            text += "\n"
            if withHeader && index == 0 {
                text += String(repeating: "-", count: widths.reduce(0) { $0 + $1 + 3 }) + "\n"
            }
        }
        return text
    }
}
