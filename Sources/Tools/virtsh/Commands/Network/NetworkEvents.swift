internal import LibvirtRemote

extension Command {
    static let netEvent = Command(
        "net-event", "Wait for events of networks, or list their kinds.",
        EventWaiting.options(of: .text("network", "Only events of this network.", .networks), names: ["lifecycle"])
    ) { call in
        try await EventWaiting.run(call, names: ["lifecycle"]) { kind in
            let network = call.has("network") ? try await call.network() : nil
            return try await call.connection().networkEvents([NetworkEventID(rawValue: kind)], network: network)
        } describe: { (event: NetworkEvent) in
            switch event {
            case .lifecycle(_, let type, _):
                EventText(
                    "lifecycle", "network", event.object.name,
                    detail: EventText.word(["Defined", "Undefined", "Started", "Stopped"], type.rawValue))
            default: EventText("metadata-change", "network", event.object.name)
            }
        }
    }
}
