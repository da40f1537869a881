import Testing

@testable import virtsh

@Suite struct ProgressBarTests {
    @Test(arguments: [
        (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1 << 30, "1.0 GiB"),
        (.max, "16.0 EiB"),
    ])
    func sizes(bytes: UInt64, text: String) {
        #expect(ProgressBar.size(bytes) == text)
    }

    @Test func showsShareAndRate() {
        let bar = ProgressBar(title: "vol-download", total: 4096)
        let line = bar.line(done: 1024, elapsed: .seconds(2), columns: 80)
        #expect(line == "vol-download  25% [#######                        ] 1.0 KiB of 4.0 KiB, 512 B/s")
        #expect(line.count < 80 + 1)
    }

    @Test func nothingIsLongerThanTheTerminal() {
        for columns in 1...120 {
            for total in [UInt64?.none, 0, 1 << 40] {
                let bar = ProgressBar(title: "vol-upload", total: total)
                #expect(bar.line(done: 1 << 39, elapsed: .seconds(7), columns: columns).count <= columns)
            }
        }
    }

    @Test func moreThanAllIsAll() {
        #expect(ProgressBar(title: "x", total: 10).line(done: 20, elapsed: .zero, columns: 60).hasPrefix("x 100% ["))
    }

    @Test(arguments: [
        (0.0, 1, "0.0"), (0.05, 1, "0.1"), (0.25, 1, "0.2"), (-1.5, 0, "-2"), (12345.678, 3, "12345.678"),
    ])
    func decimals(value: Double, places: Int, text: String) {
        #expect(Decimal.text(value, places: places) == text)
    }
}
