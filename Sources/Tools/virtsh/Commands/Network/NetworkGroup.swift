extension CommandGroup {
    static let network = CommandGroup(
        "Networking", keyword: "network",
        [
            .netAutostart, .netCreate, .netDefine, .netDestroy, .netDHCPLeases, .netDumpxml, .netEdit, .netEvent,
            .netInfo,
            .netList, .netName, .netStart, .netUndefine, .netUpdate, .netUuid, .netPortList, .netPortCreate,
            .netPortDumpxml, .netPortDelete,
        ])
}
