public import Libvirt

extension TestConnection: DomainJobs {
    public func domainGetJobInfo(_ dom: DomainRef) async throws -> DomainJobInfo {
        try host.read { state in
            let domain = try state.domain(dom)
            try domain.check(.query)
            if let job = domain.activity.content.job {
                return job.statistics(at: state.clock.now, as: job.runningType).information
            }
            return DomainJobInfo(
                type: .none, timeElapsed: 0, timeRemaining: 0, dataTotal: 0, dataProcessed: 0, dataRemaining: 0,
                memTotal: 0, memProcessed: 0, memRemaining: 0, fileTotal: 0, fileProcessed: 0, fileRemaining: 0)
        }
    }

    /// A job that has ended is told of once, unless the caller wants it kept.
    public func domainGetJobStats(_ dom: DomainRef, flags: DomainGetJobStatsFlags) async throws -> DomainJobStatistics {
        try check(flags, 3, "testDomainGetJobStats")
        return try host.update { state in
            let domain = try state.domain(dom)
            if flags.contains(.completed) {
                guard let completed = domain.activity.content.completed else {
                    return DomainJobStatistics(type: .none, params: [])
                }
                if !flags.contains(.keepCompleted) { try state.modify(dom) { $0.activity.content.completed = nil } }
                return DomainJobStatistics(type: completed.type, params: completed.parameters)
            }
            try domain.check(.query)
            guard let job = domain.activity.content.job else { return DomainJobStatistics(type: .none, params: []) }
            let statistics = job.statistics(at: state.clock.now, as: job.runningType)
            return DomainJobStatistics(type: statistics.type, params: statistics.parameters)
        }
    }

    public func domainAbortJob(_ dom: DomainRef) async throws {
        try await domainAbortJobFlags(dom, flags: [])
    }

    public func domainAbortJobFlags(_ dom: DomainRef, flags: DomainAbortJobFlags) async throws {
        try check(flags, 1, "testDomainAbortJobFlags")
        try host.update { state in
            try state.domain(dom).check(.query)
            try state.cancelJob(of: dom)
        }
    }
}
