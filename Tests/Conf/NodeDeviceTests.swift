import Testing
import VirtUtil

@testable import VirtConf

/// Devices of a host. `Tests/Conformance/virsh/xml/devices.xml` has one of each kind, and libvirt's word for it.
@Suite struct NodeDeviceTests {
    @Test func aCardWithEverything() throws {
        let xml = """
            <device>
              <name>pci_0000_02_10_7</name>
              <path>/sys/devices/x</path>
              <devnode type='dev'>/dev/x</devnode>
              <devnode type='link'>/dev/by/x</devnode>
              <parent>computer</parent>
              <capability type='pci'>
                <class>0x030000</class>
                <domain>0</domain>
                <bus>2</bus>
                <slot>16</slot>
                <function>7</function>
                <product id='0x0416'>A &amp; B</product>
                <vendor id='0x8086' />
                <capability type='phys_function'>
                  <address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>
                </capability>
                <capability type='virt_functions' maxCount='3'/>
                <capability type='mdev_types'>
                  <type id='t'>
                    <name>n</name>
                    <deviceAPI>vfio-pci</deviceAPI>
                    <availableInstances>4</availableInstances>
                  </type>
                </capability>
                <iommuGroup number='31'/>
                <numa node='1'/>
                <pci-express>
                  <link validity='cap' port='1' speed='8' width='16'/>
                </pci-express>
              </capability>
            </device>

            """
        let device = try NodeDeviceDefinition(xml: xml, isNew: false)
        #expect(device.xml() == xml)
        #expect(device.kinds == [.pci, .mdevTypes])
    }

    @Test(arguments: [
        ("<domain/>", "expecting root element of 'device', not 'domain'"),
        ("<device/>", "no device capabilities for 'new device'"),
        ("<device><capability/></device>", "Missing required attribute 'type' in element 'capability'"),
        ("<device><capability type='fc_host'/></device>", "unknown capability type '9' for 'new device'"),
        ("<device><capability type='pci'/></device>", "no PCI domain ID supplied for 'new device'"),
        ("<device><capability type='pci'><domain>0x0</domain></capability></device>",
            "invalid PCI domain ID supplied for 'new device'"),
        ("<device><capability type='ccw'><cssid>x</cssid></capability></device>", "invalid cssid value 'x' for 'new device'"),
        ("<device><capability type='storage'><block>/a</block></capability></device>", "no size supplied for 'new device'"),
        ("<device><capability type='scsi_host'><capability type='x'/></capability></device>",
            "unknown SCSI host capability type 'x' for 'new device'"),
        ("<device><capability type='scsi_host'><capability type='fc_host'/></capability></device>",
            "no WWNN supplied for 'new device', and auto-generation failed"),
        ("<device><capability type='ap_matrix'><capability type='mdev_types'><type id='t'/></capability></capability></device>",
            "missing device API for mediated device type 't'"),
    ])
    func refused(_ xml: String, _ expected: String) {
        let error = #expect(throws: ConfError.self) { try NodeDeviceDefinition(xml: xml, isNew: true) }
        #expect(error?.message.hasSuffix(expected) == true, "\(error?.message ?? "")")
    }
}
