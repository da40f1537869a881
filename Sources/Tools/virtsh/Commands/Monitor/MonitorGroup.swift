extension CommandGroup {
    static let monitor = CommandGroup(
        "Domain Monitoring", keyword: "monitor",
        [
            .domblkerror, .domblkinfo, .domblklist, .domblkstat, .domcontrol, .domifGetlink, .domifaddr, .domiflist,
            .domifstat, .dominfo, .dommemstat, .domstate, .domstats, .domtime, .list,
        ])
}
