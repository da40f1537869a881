extension CommandGroup {
    static let domain = CommandGroup("Domain Management", keyword: "domain", [.suspend, .edit])
}