"""The connection and the host."""

import libvirt

TRANSPORTS = ("unix", "tcp", "tls")


def identity(conn):
    conn.getVersion()
    conn.getLibVersion()
    conn.getType()
    conn.getHostname()
    conn.isAlive()
    conn.isEncrypted()
    conn.isSecure()
    conn.getMaxVcpus(None)
    conn.getMaxVcpus("test")
    conn.getInfo()
    conn.getFreeMemory()
    conn.getCellsFreeMemory(0, 8)
    conn.getCellsFreeMemory(1, 1)
    conn.getCellsFreeMemory(9, 1)


identity.transports = TRANSPORTS


def capabilities(conn):
    conn.getCapabilities()
    conn.getDomainCapabilities(None, "i686", None, "test", 0)
    conn.getDomainCapabilities(None, None, None, None, 0)
    conn.getCPUModelNames("x86_64", 0)
    conn.getCPUModelNames("abacus", 0)
    conn.getCPUMap(0)
    conn.getCPUStats(-1, 0)
    conn.getCPUStats(0, 0)
    conn.getMemoryStats(-1, 0)
    conn.getMemoryParameters(0)
    conn.getSysinfo(0)
    conn.getSecurityModel()
    conn.getSEVInfo(0)
    conn.baselineCPU(["<cpu><arch>i686</arch><model>pentium3</model></cpu>"], 0)
    conn.compareCPU("<cpu><arch>i686</arch><model>pentium3</model></cpu>", 0)
    conn.compareCPU("nonsense", 0)
    conn.getDomainCapabilities(None, None, None, None, 77)


def unsupported(conn):
    conn.domainXMLFromNative("qemu-argv", "x", 0)
    conn.domainXMLToNative("qemu-argv", "<domain/>", 0)
    conn.listAllSecrets(0)
    conn.numOfSecrets()
    conn.listSecrets()
    conn.secretDefineXML("<secret/>", 0)
    conn.secretLookupByUUIDString("55555555-5555-6666-7777-888888888888")
    conn.listAllNWFilters(0)
    conn.numOfNWFilters()
    conn.nwfilterDefineXML("<filter name='x'/>")
    conn.nwfilterLookupByName("x")
    conn.listAllNWFilterBindings(0)
    conn.suspendForDuration(0, 60, 0)
    conn.setMemoryParameters({"shm_pages_to_scan": 5}, 0)
    conn.interfaceLookupByName("absent")
    conn.allocPages({2048: 1}, 0, 1, 0)


def keepalive(conn):
    conn.setKeepAlive(5, 3)
    conn.setKeepAlive(0, 0)
    conn.setKeepAlive(-1, 0)
    conn.isAlive()


def read_only(conn):
    ro = conn.another(readonly=True)
    ro.getHostname()
    ro.listAllDomains()
    dom = ro.lookupByName("test")
    dom.info()
    dom.XMLDesc(0)
    dom.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)
    dom.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    dom.suspend()
    dom.destroy()
    dom.create()
    dom.undefine()
    dom.setMemory(1024)
    dom.setAutostart(1)
    dom.snapshotCreateXML("<domainsnapshot/>", 0)
    dom.reboot(0)
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "x", None, None, 0)
    ro.defineXML("<domain/>")
    ro.createXML("<domain/>", 0)
    ro.networkDefineXML("<network/>")
    ro.storagePoolDefineXML("<pool/>", 0)
    ro.interfaceDefineXML("<interface/>", 0)
    ro.networkLookupByName("default").destroy()
    ro.storagePoolLookupByName("default-pool").refresh(0)


read_only.transports = TRANSPORTS


def two_connections(conn):
    """One state for all connections to test:///default; a file gives each connection one of its own."""
    other = conn.another()
    conn.lookupByName("test").destroy()
    other.lookupByName("test").info()
    other.defineXML("<domain type='test'><name>n</name><memory>1024</memory><os><type>hvm</type></os></domain>")
    conn.listDefinedDomains()
    with open(conn.tmp + "/node.xml", "w") as file:
        file.write("<node/>")
    private = conn.another(conn.tmp + "/node.xml")
    private.listAllDomains()
    private.defineXML("<domain type='test'><name>p</name><memory>1024</memory><os><type>hvm</type></os></domain>")
    private.listDefinedDomains()
    again = conn.another(conn.tmp + "/node.xml")
    again.listDefinedDomains()
    conn.another("/absent.xml")
    conn.another("/")


def handles(conn):
    """A handle of one connection does what it says on the wire: name, UUID and id travel."""
    dom = conn.lookupByName("test")
    dom.name()
    dom.ID()
    dom.UUIDString()
    dom.UUID()
    conn.lookupByID(1)
    conn.lookupByID(99)
    conn.lookupByUUIDString("6695eb01-f6a4-8304-79aa-97f2502e193f")
    conn.lookupByUUIDString("6695eb01-f6a4-8304-79aa-97f2502e1930")
    conn.lookupByUUID(bytes(16))
    conn.lookupByName("")
    dom.destroy()
    dom.ID()
    dom.undefine()
    dom.info()
    dom.XMLDesc(0)
    dom.create()
