import LibvirtRemote
import Testing

@testable import virtsh

@Suite struct EventTextTests {
    private static let domain = DomainRef(name: "x", uuid: UUID(word0: 1, word1: 2), id: 3)

    @Test(arguments: [
        (
            DomainEvent.lifecycle(domain, event: .stopped, detail: 1),
            "event 'lifecycle' for domain 'x': Stopped Destroyed"
        ),
        (.lifecycle(domain, event: .started, detail: 99), "event 'lifecycle' for domain 'x': Started unknown"),
        (.reboot(domain), "event 'reboot' for domain 'x'"),
        (.rtcChange(domain, offset: -3), "event 'rtc-change' for domain 'x': -3"),
        (
            .diskChange(domain, oldSrcPath: "/a", newSrcPath: nil, devAlias: "d", reason: .dropMissingOnStart),
            "event 'disk-change' for domain 'x' disk d: /a -> : dropped"
        ),
        (.balloonChange(domain, actual: 4), "event 'balloon-change' for domain 'x': 4KiB"),
        (
            .tunable(domain, params: [TypedParameter(field: "a.b", value: .ullong(7))]),
            "event 'tunable' for domain 'x':\n\ta.b: 7"
        ),
        (
            .blockJob2(domain, dst: "vda", type: .commit, status: .ready),
            "event 'block-job-2' for domain 'x': Block Commit for vda ready"
        ),
    ])
    func texts(event: DomainEvent, text: String) {
        #expect(DomainEventWords(event).text == text)
    }

    @Test func json() {
        let words = DomainEventWords(.lifecycle(Self.domain, event: .defined, detail: 0))
        #expect(
            JSON.object(words.allMembers).text(indented: false)
                == #"{"event":"lifecycle","domain":"x","uuid":"00000000-0000-0001-0000-000000000002","type":"Defined","detail":"Added"}"#
        )
    }

    @Test func parameterValues() {
        #expect(TypedParameterValue.double(1.5).text == "1.500000")
        #expect(TypedParameterValue.boolean(1).text == "yes")
        #expect(TypedParameterValue.boolean(0).json == false)
        #expect(TypedParameterValue.llong(-1).json == -1)
    }
}
