import Testing

@testable import virtsh

@Suite struct TableTests {
    private static let plain = Style(isColored: false)

    private func table() -> Table {
        var table = Table(header: ["Id", "Name", "State"])
        table.rows = [["1", "run", "running"], ["-", "日本語", Table.Cell("shut off", .stopped)]]
        return table
    }

    @Test func alignsAsVirshDoes() {
        let text = table().text(withHeader: true, style: Self.plain) { DisplayText($0, isUTF8: true) }
        #expect(
            text == """
                 Id   Name     State
                -------------------------
                 1    run      running
                 -    日本語   shut off

                """)
    }

    @Test func headerDoesNotCountWhenQuiet() {
        let text = table().text(withHeader: false, style: Self.plain) { DisplayText($0, isUTF8: true) }
        #expect(text == " 1   run      running\n -   日本語   shut off\n")
    }

    @Test func emptyTableHasItsHeader() {
        let text = Table(header: ["Id", "Name", "State"]).text(withHeader: true, style: Self.plain)
        #expect(text == " Id   Name   State\n--------------------\n")
    }

    @Test func coloursDoNotCountAsWidth() {
        var colored = Table(header: ["State", "Title"])
        colored.rows = [[Table.Cell("ok", .running), "x"]]
        let text = colored.text(withHeader: false, style: Style(isColored: true))
        #expect(text == " \u{1b}[32mok\u{1b}[0m   x\n")
    }

    @Test(arguments: [
        ("plain", true, "plain", 5), ("ü", true, "ü", 1), ("ü", false, "\\xc3\\xbc", 8), ("a\nb", true, "a\\x0ab", 6),
        ("日本", true, "日本", 4), ("e\u{301}", true, "e\u{301}", 1), ("\u{1b}[2J", true, "\\x1b[2J", 7),
        ("😀", true, "😀", 2), ("", true, "", 0),
    ])
    func displayText(original: String, isUTF8: Bool, text: String, columns: Int) {
        let shown = DisplayText(original, isUTF8: isUTF8)
        #expect(shown.text == text)
        #expect(shown.columns == columns)
    }

    @Test func coloursNeedATerminal() {
        #expect(Style.isColored(isTerminal: true) { _ in nil })
        #expect(!Style.isColored(isTerminal: false) { _ in nil })
        #expect(!Style.isColored(isTerminal: true) { $0 == "NO_COLOR" ? "1" : nil })
        #expect(Style.isColored(isTerminal: true) { $0 == "NO_COLOR" ? "" : nil })
        #expect(!Style.isColored(isTerminal: true) { $0 == "TERM" ? "dumb" : nil })
    }
}
