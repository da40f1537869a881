/// The documents that libvirt's test driver gives for its host.
enum TestDocuments {
    /// Not built from the node's numbers: libvirt does not, either.
    static let capabilities = """
        <capabilities>

          <host>
            <cpu>
              <arch>i686</arch>
              <features>
                <pae/>
                <nonpae/>
              </features>
              <pages unit='KiB' size='4'/>
              <pages unit='KiB' size='8'/>
              <pages unit='KiB' size='2048'/>
              <pages unit='KiB' size='1048576'/>
            </cpu>
            <power_management/>
            <iommu support='no'/>
            <topology>
              <cells num='2'>
                <cell id='0'>
                  <memory unit='KiB'>2097152</memory>
                  <pages unit='KiB' size='4'>524288</pages>
                  <pages unit='KiB' size='2048'>0</pages>
                  <pages unit='KiB' size='1048576'>0</pages>
                  <cpus num='8'>
                    <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0'/>
                    <cpu id='1' socket_id='0' die_id='0' core_id='1' siblings='1'/>
                    <cpu id='2' socket_id='0' die_id='0' core_id='2' siblings='2'/>
                    <cpu id='3' socket_id='0' die_id='0' core_id='3' siblings='3'/>
                    <cpu id='4' socket_id='0' die_id='0' core_id='4' siblings='4'/>
                    <cpu id='5' socket_id='0' die_id='0' core_id='5' siblings='5'/>
                    <cpu id='6' socket_id='0' die_id='0' core_id='6' siblings='6'/>
                    <cpu id='7' socket_id='0' die_id='0' core_id='7' siblings='7'/>
                  </cpus>
                </cell>
                <cell id='1'>
                  <memory unit='KiB'>4194304</memory>
                  <pages unit='KiB' size='8'>524288</pages>
                  <pages unit='KiB' size='2048'>0</pages>
                  <pages unit='KiB' size='1048576'>0</pages>
                  <cpus num='8'>
                    <cpu id='8' socket_id='1' die_id='0' core_id='0' siblings='8'/>
                    <cpu id='9' socket_id='1' die_id='0' core_id='1' siblings='9'/>
                    <cpu id='10' socket_id='1' die_id='0' core_id='2' siblings='10'/>
                    <cpu id='11' socket_id='1' die_id='0' core_id='3' siblings='11'/>
                    <cpu id='12' socket_id='1' die_id='0' core_id='4' siblings='12'/>
                    <cpu id='13' socket_id='1' die_id='0' core_id='5' siblings='13'/>
                    <cpu id='14' socket_id='1' die_id='0' core_id='6' siblings='14'/>
                    <cpu id='15' socket_id='1' die_id='0' core_id='7' siblings='15'/>
                  </cpus>
                </cell>
              </cells>
            </topology>
            <secmodel>
              <model>testSecurity</model>
              <doi></doi>
            </secmodel>
          </host>

          <guest>
            <os_type>hvm</os_type>
            <arch name='i686'>
              <wordsize>32</wordsize>
              <emulator>/usr/bin/test-hv</emulator>
              <domain type='test'/>
            </arch>
            <features>
              <pae/>
              <nonpae/>
            </features>
          </guest>

          <guest>
            <os_type>xen</os_type>
            <arch name='i686'>
              <wordsize>32</wordsize>
              <emulator>/usr/bin/test-hv</emulator>
              <domain type='test'/>
            </arch>
            <features>
              <pae/>
              <nonpae/>
            </features>
          </guest>

        </capabilities>

        """

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

    /// CPU models of a 32- or 64-bit PC that libvirt 9.0 knows, in its order.
    static let x86Models = """
        486 pentium pentium2 pentium3 pentiumpro coreduo n270 core2duo qemu32 kvm32 cpu64-rhel5 cpu64-rhel6 qemu64
        kvm64 Conroe Penryn Nehalem Nehalem-IBRS Westmere Westmere-IBRS SandyBridge SandyBridge-IBRS IvyBridge
        IvyBridge-IBRS Haswell-noTSX Haswell-noTSX-IBRS Haswell Haswell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS
        Broadwell Broadwell-IBRS Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Server
        Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Cascadelake-Server Cascadelake-Server-noTSX Icelake-Client
        Icelake-Client-noTSX Icelake-Server Icelake-Server-noTSX Cooperlake Snowridge athlon phenom Opteron_G1
        Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 EPYC EPYC-IBPB EPYC-Rome EPYC-Milan Dhyana
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// What is known of an architecture's CPU models.
    enum Models: Sendable {
        case names([String])
        /// libvirt has no CPU driver for it.
        case unsupported
    }

    static let models: [String: Models] = {
        var result: [String: Models] = ["i686": .names(x86Models), "x86_64": .names(x86Models)]
        let power = ["POWER6", "POWER7", "POWER8", "POWER9", "POWER10", "POWERPC_e5500", "POWERPC_e6500"]
        for name in ["ppc64", "ppc64le"] { result[name] = .names(power) }
        for name in ["armv6l", "armv7l", "armv7b", "aarch64", "s390", "s390x"] { result[name] = .names([]) }
        let others = """
            alpha cris ia64 lm32 m68k microblaze microblazeel mips mipsel mips64 mips64el openrisc parisc parisc64 ppc
            ppcle ppcemb riscv32 riscv64 sh4 sh4eb sparc sparc64 unicore32 xtensa xtensaeb
            """
        for name in others.split(whereSeparator: \.isWhitespace) { result[String(name)] = .unsupported }
        return result
    }()
}
