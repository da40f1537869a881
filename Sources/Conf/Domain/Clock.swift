import VirtUtil

/// `<clock>` and its timers.
package struct Clock: XMLMapped {
    package enum Offset: String, XMLKeyword { case utc, localtime, variable, timezone, absolute }

    package var offset = Offset.utc
    package var adjustment: String?
    package var basis: String?
    package var timeZone: String?
    package var start: String?
    package var timers: [Timer] = []

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        if x.isWriting || x.peek("offset")?.isEmpty == false {
            x.attribute("offset", &offset, unknown: "unknown clock offset")
        }
        switch offset {
        case .utc, .localtime: x.attribute("adjustment", &adjustment)
        case .variable:
            x.attribute("adjustment", &adjustment)
            if x.isReading, adjustment == nil { adjustment = "0" }
            x.attribute("basis", &basis)
            if x.isReading, basis == nil { basis = "utc" }
            if x.isReading, let basis, basis != "utc", basis != "localtime" {
                x.failUnsupported("unknown clock basis '\(basis)'")
            }
        case .timezone:
            x.attribute("timezone", &timeZone)
            if x.isReading, timeZone == nil {
                x.failXML("missing 'timezone' attribute for clock with offset='timezone'")
            }
        case .absolute:
            x.attribute("start", &start)
            if x.isReading, start == nil { x.failMissing("start") }
        }
        if x.isReading, let given = adjustment, offset == .utc || offset == .localtime {
            if given == "0" {
                adjustment = nil
            } else if given != "reset" {
                basis = offset.rawValue
                offset = .variable
            }
        }
        x.elements("timer", &timers)
    }

    package struct Timer: XMLMapped {
        package enum Name: String, XMLKeyword {
            case platform, pit, rtc, hpet, tsc, kvmclock, hypervclock, armvtimer
        }
        package enum Track: String, XMLKeyword { case boot, guest, wall, realtime }
        package enum Policy: String, XMLKeyword { case delay, catchup, merge, discard }
        package enum Mode: String, XMLKeyword { case auto, native, emulate, paravirt, smpsafe }

        package var name = Name.rtc
        package var isPresent: YesNo?
        package var policy: Policy?
        package var track: Track?
        package var frequency: UInt64?
        package var mode: Mode?
        package var catchup: GenericElement?

        private static let catchup = ElementShape([
            .optional("threshold", .unsigned()), .optional("slew", .unsigned()), .optional("limit", .unsigned()),
        ])

        package init() {}

        package mutating func map(_ x: XMLCoder) {
            if x.isReading, x.peek("name") == nil { x.failMissing("name") }
            x.attribute("name", &name)
            x.attribute("present", &isPresent)
            x.attribute("tickpolicy", &policy)
            x.attribute("track", &track)
            x.attribute("frequency", &frequency)
            if x.isReading, frequency != nil, name != .tsc {
                x.failUnsupported("timer \(name.rawValue) doesn't support setting of timer frequency")
            }
            x.attribute("mode", &mode)
            x.shaped("catchup", Self.catchup, &catchup)
        }
    }
}
