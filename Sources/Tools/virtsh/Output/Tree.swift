/// Things with parents, drawn with lines from each parent to its children.
enum Tree {
    /// - Parameter nodes: names with their parents' names; nil: a root.
    static func text(_ nodes: [(name: String, parent: String?)]) -> String {
        var text = ""
        for (index, node) in nodes.enumerated() where node.parent == nil {
            write(nodes, index, last: index, isRoot: true, indent: "", to: &text)
        }
        return text
    }

    private static func write(
        _ nodes: [(name: String, parent: String?)], _ index: Int, last: Int, isRoot: Bool, indent: String,
        to text: inout String
    ) {
        let name = nodes[index].name
        text += "\(indent)\(isRoot ? "" : "+- ")\(name)\n"
        let below = isRoot ? indent : indent + (index == last ? "  " : "| ")
        let children = nodes.indices.filter { nodes[$0].parent == name }
        if !children.isEmpty { text += "\(below)  |\n" }
        for child in children {
            write(nodes, child, last: children[children.count - 1], isRoot: false, indent: below + "  ", to: &text)
        }
        if children.isEmpty, index == last { text += "\(below)\n" }
    }
}
