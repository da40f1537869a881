/// What `-v` and `-V` print.
enum VersionText {
    static func print(isLong: Bool, to output: Output) {
        if output.isJSON {
            output.print(.object(["version": .string(VersionNumber.ours.description)]))
            return
        }
        output.print(
            isLong
                ? "virtsh, the shell of swift-libvirt, for libvirt's interface \(VersionNumber.ours)"
                : VersionNumber.ours.description)
    }
}
