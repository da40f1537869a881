import Testing
import VirtUtil

@testable import VirtConf

/// Domains that are refused, with what libvirt 9.0 says of them.
@Suite struct RefusalTests {
    private func refusal(_ devices: String, rest: String = "", memory: String = "<memory>1024</memory>") -> ConfError? {
        do {
            _ = try DomainDefinition(
                xml: """
                    <domain type='test'><name>d</name>\(memory)<os><type arch='x86_64'>hvm</type></os>\(rest)
                    <devices>\(devices)</devices></domain>
                    """, defaults: .test)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        // A source that says nothing is none: this once ended the process.
        ("<interface type='hostdev'><source/></interface>", nil),
        ("<interface type='hostdev'/>", "XML error: interface type='hostdev' requires a 'source' element"),
        ("<interface type='vhostuser'><source type='unix' path='/s' mode='client'/></interface>",
            "internal error: Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend"
        ),
        ("<disk type='file'><source file='/a'/></disk>", "missing target information for device /a"),
        ("<disk type='file'><target dev='vda'/></disk>", "missing source information for device vda"),
        ("<disk type='file'><source file='/a'/><target dev='odd'/></disk>",
            "XML error: Unknown disk name 'odd' and no address specified"),
        ("<disk type='file' device='floppy'><source file='/a'/><target dev='fda' bus='ide'/></disk>",
            "internal error: Invalid bus type 'ide' for floppy disk"),
        ("<disk type='file' device='lun'><source file='/a'/><target dev='sda'/></disk>",
            "unsupported configuration: disk device='lun' is only valid for block type disk source"),
        ("<disk type='network'><source protocol='rbd' name='x'><host name='h'/></source><target dev='vda'/></disk>",
            "XML error: can't split path 'x' into pool name and image name"),
        ("<disk type='network'><source protocol='nbd'><host transport='unix'/></source><target dev='vda'/></disk>",
            "XML error: missing socket for unix transport"),
        ("<disk type='file'><driver queues='2'/><source file='/a'/><target dev='sda'/></disk>",
            "unsupported configuration: queues attribute in disk driver element is only supported by virtio-blk"),
        ("<controller type='pci' index='0' model='pci-root'><address type='pci' slot='1'/></controller>",
            "unsupported configuration: pci-root and pcie-root controllers should not have an address"),
        ("<controller type='scsi' index='0'><driver iothread='1'/></controller>",
            "XML error: 'iothread' attribute only supported for virtio scsi controllers"),
        ("<controller type='usb' index='0' model='none'/><controller type='usb' index='1'/>",
            "Can't add another USB controller: USB is disabled for this domain"),
        ("<serial type='tcp'><source mode='connect' host='h'/></serial>",
            "internal error: Missing source service attribute for char device"),
        ("<channel type='pty'><target/></channel>",
            "unsupported configuration: unknown target type '(null)' specified for character device"),
        ("<tpm><backend type='emulator'/><backend type='emulator'/></tpm>", "XML error: only one TPM backend is supported"),
        ("<hostdev mode='subsystem' type='scsi'><source><adapter name='a'/></source></hostdev>",
            "XML error: 'address' must be specified for scsi hostdev source"),
        ("<hostdev mode='capabilities' type='net'><source/></hostdev>",
            "XML error: Missing <interface> element in hostdev net device"),
        ("<video><model type='vga' ram='1'/></video>",
            "unsupported configuration: ram attribute only supported for video type qxl"),
        ("<input type='evdev' bus='usb'><source dev='/e'/></input>",
            "unsupported configuration: input evdev doesn't support bus element"),
        ("<memory model='dimm'><target><size>1</size><node>0</node></target></memory>",
            "can't add memory backend as guest has no NUMA nodes configured"),
        ("<memory model='dimm'><target><size>1024</size><node>0</node></target></memory>",
            "XML error: Memory size must be specified via <memory> or in the <numa> configuration"),
        ("<audio id='1' type='none'/><audio id='1' type='none'/>", "XML error: audio ID 1 is used multiple times"),
    ])
    func devices(_ xml: String, _ expected: String?) {
        #expect(refusal(xml)?.message == expected)
    }

    @Test(arguments: [
        ("<cputune><vcpusched vcpus='0' scheduler='fifo'/></cputune>",
            "XML error: Missing required attribute 'priority' in element 'vcpusched'"),
        ("<cputune><iothreadpin iothread='1' cpuset='0'/></cputune>",
            "unsupported configuration: Cannot find 'iothread' : 1"),
        ("<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/></cputune>",
            "internal error: duplicate vcpupin for vcpu '0'"),
        ("<numatune><memnode cellid='0' nodeset='0'/></numatune>",
            "XML error: Element 'memnode' is invalid without any guest NUMA cells"),
        ("<numatune><memory mode='strict'/></numatune>",
            "unsupported configuration: nodeset for NUMA memory tuning must be set if 'placement' is 'static'"),
        ("<cpu><numa><cell id='0' cpus='0-1' memory='1024'/></numa></cpu>",
            "internal error: Number of CPUs in <numa> exceeds the <vcpu> count"),
        ("<features><odd/></features>", "unsupported configuration: unexpected feature 'odd'"),
        ("<seclabel type='static' model='selinux'/>", "XML error: security label is missing"),
        ("<clock offset='utc'><timer name='pit' frequency='1'/></clock>",
            "unsupported configuration: timer pit doesn't support setting of timer frequency"),
        ("<memoryBacking><source type='odd'/></memoryBacking>",
            "unsupported configuration: unknown memoryBacking/source/type 'odd'"),
        ("<perf><event name='cmt' enabled='yes'/><event name='cmt' enabled='no'/></perf>",
            "XML error: perf event 'cmt' was already specified"),
    ])
    func parts(_ xml: String, _ expected: String) {
        #expect(refusal("", rest: xml)?.message == expected)
    }

    /// A number that is too large for what would be made of it is not made.
    @Test func hugeNumbersCostNothing() throws {
        #expect(refusal("", rest: "<iothreads>4294967295</iothreads>") == nil)
        #expect(
            refusal("", rest: "<iothreads>4294967295</iothreads><cputune><iothreadpin iothread='9' cpuset='0'/></cputune>")
                == nil)
        #expect(refusal("<controller type='pci' index='2147483647'/>") == nil)
        #expect(refusal("", memory: "<memory>18446744073709551615</memory>") != nil)
    }

    @Test func metadataKeepsItsNamespaces() throws {
        let xml = """
            <domain type='test' xmlns:a='http://a.example/'><name>d</name><memory>1</memory>
            <metadata><a:x><a:y/></a:x></metadata><os><type>hvm</type></os></domain>
            """
        let definition = try DomainDefinition(xml: xml, defaults: .test)
        #expect(definition.xml().contains("  <metadata xmlns:a=\"http://a.example/\">\n    <a:x>"))
        #expect(definition.metadata?.entries.first?.standalone.contains("<a:x xmlns:a=\"http://a.example/\">") == true)
        // What was printed is read the same.
        #expect(try DomainDefinition(xml: definition.xml(), defaults: .test).xml() == definition.xml())
    }
}
