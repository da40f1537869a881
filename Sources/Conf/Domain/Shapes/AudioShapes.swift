/// `<audio>`: the host's end of sound, by its type.
enum AudioShapes {
    static let types: Set = [
        "none", "alsa", "coreaudio", "jack", "oss", "pulseaudio", "sdl", "spice", "file", "dbus",
    ]

    static func shape(_ type: String) -> ElementShape {
        let head: [ElementShape.Attribute] = [
            .required("id", .positive), .required("type", .words(types)), .optional("timerPeriod", .unsigned()),
        ]
        let kind = kinds[type] ?? Kind()
        let stream = ElementShape.Child.some("", ElementShape(common + kind.ofStream, [settings]))
        return ElementShape(head + kind.ofDevice, ["input", "output"].map { name in
            var child = stream
            child.name = name
            return child
        })
    }

    private struct Kind {
        var ofDevice: [ElementShape.Attribute] = []
        var ofStream: [ElementShape.Attribute] = []
    }

    private static let common: [ElementShape.Attribute] = [
        .optional("mixingEngine", .yesNo), .optional("fixedSettings", .yesNo), .optional("voices", .unsigned()),
        .optional("bufferLength", .unsigned()),
    ]
    private static let settings = ElementShape.Child.some("settings", [
        .optional("frequency", .unsigned()), .optional("channels", .unsigned()),
        .optional("format", .words(["s8", "u8", "s16", "u16", "s32", "u32", "f32"])),
    ])

    private static let kinds: [String: Kind] = [
        "alsa": Kind(ofStream: [.optional("dev")]),
        "coreaudio": Kind(ofStream: [.optional("bufferCount", .unsigned())]),
        "jack": Kind(ofStream: [
            .optional("serverName"), .optional("clientName"), .optional("connectPorts"), .optional("exactName", .yesNo),
        ]),
        "oss": Kind(
            ofDevice: [
                .optional("tryMMap", .yesNo), .optional("exclusive", .yesNo), .optional("dspPolicy", .signed),
            ],
            ofStream: [.optional("dev"), .optional("bufferCount", .unsigned()), .optional("tryPoll", .yesNo)]),
        "pulseaudio": Kind(
            ofDevice: [.optional("serverName")],
            ofStream: [.optional("name"), .optional("streamName"), .optional("latency", .unsigned())]),
        "sdl": Kind(
            ofDevice: [.optional("driver", .words([
                "esd", "alsa", "arts", "pulseaudio",
            ]))],
            ofStream: [.optional("bufferCount", .unsigned())]),
        "file": Kind(ofDevice: [.optional("path")]),
    ]
}
