/// Values with commas between them; two commas are one that belongs to a value.
enum OptionList {
    static func split(_ text: String) -> [String] {
        var values = [""]
        var characters = text.makeIterator()
        while let character = characters.next() {
            guard character == "," else {
                values[values.count - 1].append(character)
                continue
            }
            guard let next = characters.next() else {
                values.append("")
                break
            }
            if next == "," {
                values[values.count - 1].append(",")
            } else {
                values.append(String(next))
            }
        }
        return values
    }
}
