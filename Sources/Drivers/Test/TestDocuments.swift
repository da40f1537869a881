/// What libvirt's test driver has on its host.
enum TestDocuments {
    static let systemInformation = """
        <sysinfo type='smbios'>
          <bios>
            <entry name='vendor'>LENOVO</entry>
            <entry name='version'>G4ETA1WW (2.61 )</entry>
            <entry name='date'>05/07/2014</entry>
            <entry name='release'>2.61</entry>
          </bios>
        </sysinfo>

        """

    /// The domain of `test:///default`.
    static let domain = """
        <domain type='test'>
          <name>test</name>
          <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
          <memory unit='KiB'>8388608</memory>
          <currentMemory unit='KiB'>2097152</currentMemory>
          <vcpu placement='static'>2</vcpu>
          <os>
            <type arch='i686'>hvm</type>
            <boot dev='hd'/>
          </os>
          <devices>
            <disk type='file' device='disk'>
              <source file='/guest/diskimage1'/>
              <target dev='vda' bus='virtio'/>
              <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
            </disk>
            <interface type='network'>
              <mac address='aa:bb:cc:dd:ee:ff'/>
              <source network='default'/>
              <target dev='testnet0'/>
              <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
            </interface>
            <memballoon model='virtio'>
              <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
            </memballoon>
          </devices>
        </domain>

        """

    /// The network of `test:///default`.
    static let network = """
        <network>
          <name>default</name>
          <uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
          <forward mode='nat'/>
          <bridge name='virbr0'/>
          <ip address='192.168.122.1' netmask='255.255.255.0'>
            <dhcp>
              <range start='192.168.122.2' end='192.168.122.254'/>
            </dhcp>
          </ip>
        </network>

        """

    /// The storage pool of `test:///default`.
    static let storagePool = """
        <pool type='dir'>
          <name>default-pool</name>
          <uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>
          <target>
            <path>/default-pool</path>
          </target>
        </pool>

        """

    /// The interface of `test:///default`.
    static let interface = """
        <interface type='ethernet' name='eth1'>
          <start mode='onboot'/>
          <mtu size='1492'/>
          <protocol family='ipv4'>
            <ip address='192.168.0.5' prefix='24'/>
            <route gateway='192.168.0.1'/>
          </protocol>
          <mac address='aa:bb:cc:dd:ee:ff'/>
        </interface>

        """

    /// The devices of `test:///default`: the machine, two adapters for fibre channels, and a virtual port of the first.
    static let nodeDevices = [
        """
        <device>
          <name>computer</name>
          <capability type='system'>
            <hardware>
              <vendor>Libvirt</vendor>
              <version>Test driver</version>
              <serial>123456</serial>
              <uuid>11111111-2222-3333-4444-555555555555</uuid>
            </hardware>
            <firmware>
              <vendor>Libvirt</vendor>
              <version>Test Driver</version>
              <release_date>01/22/2007</release_date>
            </firmware>
          </capability>
        </device>
        """,
        adapter(1, of: "computer", id: 0, names: "12341234", fabric: "43214321", hasPorts: true),
        adapter(2, of: "computer", id: 1, names: "56785678", fabric: "87658765", hasPorts: true),
        adapter(11, of: "scsi_host1", id: 10, names: "34563456", fabric: "43214321", hasPorts: false),
    ]

    private static func adapter(
        _ number: Int, of parent: String, id: Int, names: String, fabric: String, hasPorts: Bool
    ) -> String {
        """
        <device>
          <name>scsi_host\(number)</name>
          <parent>\(parent)</parent>
          <capability type='scsi_host'>
            <host>\(number)</host>
            <unique_id>\(id)</unique_id>
            <capability type='fc_host'>
              <wwnn>20000000\(names)</wwnn>
              <wwpn>10000000\(names)</wwpn>
              <fabric_wwn>20000000\(fabric)</fabric_wwn>
            </capability>
            \(hasPorts ? "<capability type='vport_ops'><max_vports>0</max_vports><vports>0</vports></capability>" : "")
          </capability>
        </device>
        """
    }
}
