public import Libvirt
internal import VirtConf
internal import VirtUtil
public import XDR

extension TestConnection: DomainIOThreads {
    public func domainGetIOThreadInfo(
        _ dom: DomainRef, flags: DomainModificationImpact
    ) async throws -> DomainIOThreadList {
        try check(flags, 3, "testDomainGetIOThreadInfo")
        return try host.read { state in
            let domain = try state.domain(dom)
            let definition = domain[try domain.target(flags.rawValue)]
            let info = definition.ioThreadNumbers.map { number in
                let set =
                    definition.pinned("iothreadpin", ("iothread", number)) ?? definition.vcpus?.cpuSet
                    ?? TestBitmap.first(Int(definition.currentVCPUs))
                let length = ((set.max ?? 0) + 8) / 8
                return DomainIOThreadInfo(
                    iothreadID: number, cpumap: OpaqueData(TestBitmap.bytes(set, length: length)))
            }
            return DomainIOThreadList(info: info, ret: UInt32(info.count))
        }
    }

    public func domainPinIOThread(
        _ dom: DomainRef, iothreadsID: UInt32, cpumap: OpaqueData, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainPinIOThread")
        let set = TestBitmap.set(cpumap)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                if set.isEmpty {
                    throw VirtError.test(.invalidArg, "Empty iothread cpumap list for pinning")
                }
                guard domain[target].ioThreadNumbers.contains(iothreadsID) else {
                    throw VirtError.test(.invalidArg, "iothreadid \(iothreadsID) not found")
                }
                domain[target].pin("iothreadpin", ("iothread", iothreadsID), to: set)
            }
        }
    }

    public func domainAddIOThread(
        _ dom: DomainRef, iothreadID: UInt32, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainAddIOThread")
        try Self.requireNumber(iothreadID)
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                guard !domain[target].ioThreadNumbers.contains(iothreadID) else {
                    throw VirtError.domain(
                        .invalidArg, "an IOThread is already using iothread_id '\(iothreadID)'")
                }
                domain[target].ioThreadNumbers.append(iothreadID)
                domain.ioThreadPolling.append(TestIOThreadPolling(number: iothreadID))
            }
        }
    }

    public func domainDelIOThread(
        _ dom: DomainRef, iothreadID: UInt32, flags: DomainModificationImpact
    ) async throws {
        try check(flags, 3, "testDomainDelIOThread")
        if iothreadID == 0 {
            throw VirtError.argument(
                "iothread_id", in: "virDomainDelIOThread",
                "iothread_id in virDomainDelIOThread must not be zero")
        }
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                guard domain[target].ioThreadNumbers.contains(iothreadID) else {
                    throw VirtError.domain(
                        .invalidArg, "cannot find IOThread '\(iothreadID)' in iothreadids list")
                }
                domain[target].ioThreadNumbers.removeAll { $0 == iothreadID }
                domain[target].unpin("iothreadpin", ("iothread", iothreadID))
                if let index = domain.ioThreadPolling.firstIndex(where: { $0.number == iothreadID }) {
                    domain.ioThreadPolling.remove(at: index)
                }
            }
        }
    }

    public func domainSetIOThreadParams(
        _ dom: DomainRef, iothreadID: UInt32, params: [TypedParameter], flags: DomainModificationImpact
    ) async throws {
        try check(flags, 1, "testDomainSetIOThreadParams")
        try Self.requireNumber(iothreadID)
        let values = try CheckedParameters(
            params, ["poll_max_ns": .ullong, "poll_grow": .uint, "poll_shrink": .uint])
        try host.update { state in
            try state.modify(dom) { domain in
                let target = try domain.target(flags.rawValue)
                guard domain[target].ioThreadNumbers.contains(iothreadID) else {
                    throw VirtError.test(
                        .invalidArg, "cannot find IOThread '\(iothreadID)' in iothreadids")
                }
                // libvirt fails without an error for one that came with the definition; here it gets an entry.
                let known = domain.ioThreadPolling.firstIndex { $0.number == iothreadID }
                var polling = known.map { domain.ioThreadPolling[$0] } ?? TestIOThreadPolling(number: iothreadID)
                if let value = values.ullong("poll_max_ns") { polling.maximumNanoseconds = value }
                if let value = values.uint("poll_grow") { polling.grow = value }
                if let value = values.uint("poll_shrink") { polling.shrink = value }
                if let known {
                    domain.ioThreadPolling[known] = polling
                } else {
                    domain.ioThreadPolling.append(polling)
                }
            }
        }
    }

    private static func requireNumber(_ number: UInt32) throws {
        if number == 0 { throw VirtError.test(.invalidArg, "invalid value of 0 for iothread_id") }
    }
}

extension Definition {
    /// The numbers of its I/O threads: those that `<iothreadids>` has, then the lowest free ones for the rest.
    var ioThreadNumbers: [UInt32] {
        get {
            var numbers = (ioThreadIDs?.children ?? []).compactMap { UInt32($0.attribute("id") ?? "") }
            var next: UInt32 = 1
            while numbers.count < Int(min(ioThreads ?? 0, 1024)) {
                if !numbers.contains(next) { numbers.append(next) }
                next += 1
            }
            return numbers
        }
        set {
            ioThreads = newValue.isEmpty ? nil : UInt32(newValue.count)
            var element = GenericElement(name: "iothreadids")
            element.children = newValue.map {
                GenericElement(name: "iothread", attributes: [("id", String($0))])
            }
            ioThreadIDs = newValue.isEmpty ? nil : element
        }
    }
}
