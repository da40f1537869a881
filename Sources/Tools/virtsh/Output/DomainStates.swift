internal import LibvirtRemote

extension DomainState {
    /// virsh's word.
    var word: String {
        switch self {
        case .running: "running"
        case .blocked: "idle"
        case .paused: "paused"
        case .shutdown: "in shutdown"
        case .shutoff: "shut off"
        case .crashed: "crashed"
        case .pmsuspended: "pmsuspended"
        default: "no state"
        }
    }

    var ink: Style.Ink? {
        switch self {
        case .running, .blocked: .running
        case .paused, .pmsuspended, .shutdown: .paused
        case .shutoff: .stopped
        case .crashed: .crashed
        default: nil
        }
    }
}
