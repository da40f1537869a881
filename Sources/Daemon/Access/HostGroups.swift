internal import Synchronization
internal import VirtUtil

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The groups of users, by name and by number, as the host's databases have them.
///
/// These may be files or services of a network, so they are asked on a thread of our own, and answers are kept for a
/// while.
final class HostGroups: Sendable {
    private struct Key: Hashable {
        let user: UInt32
        let group: UInt32
    }

    private struct Answer {
        let names: Set<String>
        let end: ContinuousClock.Instant
    }

    private static let life = Duration.seconds(60)
    private static let limit = 4096

    private let known = Mutex<[Key: Answer]>([:])
    private let worker = WorkerPool(minimum: 0, maximum: 1)

    /// Of the user behind a UNIX socket; nobody else has groups of this host.
    func names(of client: ClientIdentity) async -> Set<String> {
        guard let user = client.userID, let group = client.groupID else { return [] }
        let key = Key(user: user, group: group)
        let now = ContinuousClock.now
        if let answer = known.withLock({ $0[key] }), answer.end > now { return answer.names }
        let name = client.userName
        let names = await Task(executorPreference: worker) { () async -> Set<String> in
            Self.ask(userName: name, group: group)
        }.value
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[key] = Answer(names: names, end: now.advanced(by: Self.life))
        }
        return names
    }

    func forget() { known.withLock { $0 = [:] } }

    private static func ask(userName: String?, group: UInt32) -> Set<String> {
        var numbers: Set<UInt32> = [group]
        if let userName {
            #if canImport(Darwin)
                typealias Number = Int32
            #else
                typealias Number = gid_t
            #endif
            var count: Int32 = 64
            while count <= 65536 {
                var list = [Number](repeating: 0, count: Int(count))
                let room = count
                if getgrouplist(userName, Number(truncatingIfNeeded: group), &list, &count) >= 0 {
                    numbers.formUnion(list.prefix(Int(count)).map { UInt32(truncatingIfNeeded: $0) })
                    break
                }
                // It says how many there are; where it does not, more is tried.
                count = max(count, room * 2)
            }
        }
        return Set(
            numbers.flatMap { number in ["\(number)"] + (ClientIdentity.name(ofGroup: number).map { [$0] } ?? []) })
    }
}
