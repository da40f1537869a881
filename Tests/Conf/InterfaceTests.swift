import Testing
import VirtUtil

@testable import VirtConf

/// Interfaces of a host.
@Suite struct InterfaceTests {
    /// What comes back of a text, libvirt 9.0 beside.
    @Test func everything() throws {
        let bond = """
            <interface type='bond' name='b0'>
              <start mode='hotplug'/>
              <mtu size='1400'/>
              <protocol family='ipv6'>
                <autoconf/>
                <dhcp peerdns='yes'/>
                <ip address='fe80::1' prefix='64'/>
                <route gateway='fe80::2'/>
              </protocol>
              <link speed='10' state='up'/>
              <bond mode='802.3ad'>
                <miimon freq='1' updelay='3' carrier='netif'/>
                <interface type='ethernet' name='e0'>
                  <link state='down'/>
                  <mac address='aa:bb:cc:00:00:09'/>
                </interface>
              </bond>
            </interface>

            """
        #expect(try InterfaceDefinition(xml: bond).xml() == bond)
        let bridge = """
            <interface type='bridge' name='b1'>
              <bridge stp='on' delay='0.01'>
                <interface type='vlan' name='v0'>
                  <vlan tag='3'>
                    <interface name='x'/>
                  </vlan>
                </interface>
              </bridge>
            </interface>

            """
        #expect(try InterfaceDefinition(xml: bridge).xml() == bridge)
    }

    @Test(arguments: [
        ("<device/>", "expecting root element of 'interface', not 'device'"),
        ("<interface name='a'/>", "Missing required attribute 'type' in element 'interface'"),
        ("<interface type='bridge' name='a'/>", "bridge interface misses the bridge element"),
        ("<interface type='ethernet' name='a'><start mode='x'/></interface>", "unknown interface startmode x"),
        ("<interface type='ethernet' name='a'><mtu size='100001'/></interface>", "interface mtu value is improper"),
        ("<interface type='ethernet' name='a'><protocol family='x'/></interface>", "unsupported protocol family 'x'"),
        ("<interface type='vlan' name='a'><vlan/></interface>", "vlan interface misses the tag attribute"),
        ("<interface type='bond' name='a'><bond><arpmon interval='1'/></bond></interface>",
            "bond interface arpmon target missing"),
        ("<interface type='bond' name='a'><bond><interface type='vlan' name='v'/></bond></interface>",
            "interface has unsupported type 'vlan'"),
    ])
    func refused(_ xml: String, _ expected: String) {
        let error = #expect(throws: ConfError.self) { try InterfaceDefinition(xml: xml) }
        #expect(error?.message.hasSuffix(expected) == true)
    }
}
