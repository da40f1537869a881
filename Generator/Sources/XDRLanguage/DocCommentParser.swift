/// Takes a doc comment apart: lines of text, and lines that begin with `@word`.
enum DocCommentParser {
    static func parse(_ bytes: [UInt8], _ range: Range<Int>, source: Int32) -> DocComment {
        var comment = DocComment()
        let end = range.upperBound - 2
        var start = range.lowerBound + 3
        var isFirst = true
        while start <= end {
            let lineEnd = start < end ? bytes[start..<end].firstIndex(of: 0x0a) ?? end : end
            add(line: start..<lineEnd, isFirst: isFirst, of: bytes, source: source, to: &comment)
            isFirst = false
            start = lineEnd + 1
        }
        trimBlankLines(&comment)
        return comment
    }

    private static func add(
        line: Range<Int>, isFirst: Bool, of bytes: [UInt8], source: Int32, to comment: inout DocComment
    ) {
        var start = line.lowerBound
        var end = line.upperBound
        while end > start, bytes[end - 1].isBlank { end -= 1 }
        var text = start
        while text < end, bytes[text].isBlank { text += 1 }
        if !isFirst, text < end, bytes[text] == UInt8(ascii: "*") {
            text += 1
            start = text
            while text < end, bytes[text].isBlank { text += 1 }
        } else if !isFirst {
            // Without a star, indentation is the comment's own and not the text's.
            start = text
        }
        guard text + 1 < end, bytes[text] == UInt8(ascii: "@"), bytes[text + 1].isLetter else {
            // One space belongs to the star; more is the author's.
            if start < end, bytes[start].isBlank { start += 1 }
            comment.lines.append(String(decoding: bytes[min(start, end)..<end], as: UTF8.self))
            return
        }
        var words: [DocComment.Word] = []
        var index = text + 1
        while index < end {
            let wordStart = index
            while index < end, !bytes[index].isBlank { index += 1 }
            words.append(
                DocComment.Word(
                    text: String(decoding: bytes[wordStart..<index], as: UTF8.self),
                    position: Position(source: source, offset: words.isEmpty ? text : wordStart)))
            while index < end, bytes[index].isBlank { index += 1 }
        }
        comment.tags.append(
            DocComment.Tag(
                name: words[0], arguments: Array(words.dropFirst()),
                line: String(decoding: bytes[text..<end], as: UTF8.self), index: comment.lines.count))
    }

    private static func trimBlankLines(_ comment: inout DocComment) {
        let leading = comment.lines.prefix { $0.isEmpty }.count
        comment.lines.removeFirst(leading)
        for index in comment.tags.indices { comment.tags[index].index = max(0, comment.tags[index].index - leading) }
        while comment.lines.last?.isEmpty == true { comment.lines.removeLast() }
        for index in comment.tags.indices {
            comment.tags[index].index = min(comment.lines.count, comment.tags[index].index)
        }
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self >= 0x09 && self <= 0x0d }
}
