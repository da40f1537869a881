import VirtUtil

/// `<redirdev>`: a USB device of whoever watches the screen.
package struct RedirectedDevice: XMLMapped {
    package enum Bus: String, XMLKeyword, CaseIterable { case usb }
    package var bus = Bus.usb
    package var source = CharacterSource()
    package var info = DeviceInfo()

    package init() {}

    package mutating func map(_ x: XMLCoder) {
        x.attribute("bus", &bus)
        if x.isReading, x.peek("type") == nil { x.failInternal("missing type in redirdev") }
        source.map(x)
        info.map(x)
        x.forceEndTag()
    }
}
