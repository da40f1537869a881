"""Domains: listing, lifecycle, description."""

import libvirt

DOMAIN = """<domain type='test'>
  <name>py</name>
  <uuid>77777777-0000-0000-0000-000000000001</uuid>
  <title>From Python</title>
  <memory unit='MiB'>256</memory>
  <vcpu current='1'>4</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/guest/py.img'/><target dev='vda'/></disk>
    <interface type='network'><mac address='52:54:00:00:70:01'/><source network='default'/><target dev='net0'/></interface>
    <graphics type='vnc' port='5901' passwd='secret'/>
  </devices>
</domain>"""


def listing(conn):
    conn.numOfDomains()
    conn.numOfDefinedDomains()
    conn.listDomainsID()
    conn.listDefinedDomains()
    conn.defineXML(DOMAIN)
    conn.createXML(DOMAIN.replace("py<", "py2<").replace("0001<", "0002<").replace("70:01", "70:02"), 0)
    conn.numOfDomains()
    conn.numOfDefinedDomains()
    conn.listDomainsID()
    conn.listDefinedDomains()
    conn.listAllDomains(0)
    for bit in range(14):
        conn.listAllDomains(1 << bit)
    conn.listAllDomains(1 << 20)
    conn.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE | libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT)


listing.transports = ("unix", "tcp", "tls")


def lifecycle(conn):
    dom = conn.defineXML(DOMAIN)
    dom.isActive()
    dom.isPersistent()
    dom.isUpdated()
    dom.state(0)
    dom.info()
    dom.create()
    dom.create()
    dom.ID()
    dom.state(0)
    dom.suspend()
    dom.state(0)
    dom.suspend()
    dom.resume()
    dom.state(0)
    dom.resume()
    dom.reboot(0)
    dom.state(0)
    dom.reset(0)
    dom.state(0)
    dom.shutdown()
    dom.state(0)
    dom.shutdown()
    dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    dom.state(0)
    dom.destroyFlags(libvirt.VIR_DOMAIN_DESTROY_GRACEFUL)
    dom.destroyFlags(0)
    dom.state(0)
    dom.createWithFlags(1 << 9)
    dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)
    dom.undefine()
    conn.lookupByName("py")


lifecycle.transports = ("unix", "tcp", "tls")


def transient(conn):
    conn.createXML(DOMAIN, libvirt.VIR_DOMAIN_START_PAUSED)
    dom = conn.createXML(DOMAIN, 0)
    dom.state(0)
    dom.isPersistent()
    dom.undefine()
    dom.setAutostart(1)
    dom.autostart()
    dom.managedSave(0)
    dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    conn.createXML(DOMAIN, 0)
    conn.defineXML(DOMAIN)
    dom.isPersistent()
    dom.destroy()
    dom.isActive()
    conn.createXML(DOMAIN, libvirt.VIR_DOMAIN_START_AUTODESTROY)
    conn.createXML(DOMAIN, 1 << 9)


def wrong_flags(conn):
    dom = conn.lookupByName("test")
    conn.defineXMLFlags(DOMAIN, 1 << 10)
    dom.XMLDesc(1 << 10)
    dom.state(7)
    dom.shutdownFlags(1 << 10)
    dom.reboot(1 << 10)
    dom.reset(7)
    dom.destroyFlags(1 << 10)
    dom.undefineFlags(1 << 10)
    dom.setMemoryFlags(1024, 1 << 10)
    dom.setVcpusFlags(1, 1 << 10)
    dom.vcpusFlags(1 << 10)
    dom.getCPUStats(True, 1 << 10)
    dom.blockInfo("vda", 7)
    dom.schedulerParametersFlags(1 << 10)
    dom.managedSave(1 << 10)
    dom.hasManagedSaveImage(1 << 10)
    dom.managedSaveRemove(1 << 10)
    dom.metadata(0, None, 1 << 10)
    dom.interfaceParameters("net0", 1 << 10)
    dom.rename("x", 1 << 10)
    dom.listAllSnapshots(1 << 20)
    dom.snapshotCreateXML("<domainsnapshot/>", 1 << 20)
    dom.screenshot(conn._target.newStream(0), 0, 1 << 10)
    dom.getTime(1 << 10)
    dom.injectNMI(1 << 10)
    dom.sendKey(0, 0, [30], 1, 1 << 10)
    dom.coreDump(conn.tmp + "/core", 1 << 10)
    dom.saveFlags(conn.tmp + "/save", None, 1 << 10)
    conn.restoreFlags(conn.tmp + "/save", None, 1 << 10)
    conn.getAllDomainStats(0, 1 << 25)
    conn.getAllDomainStats(1 << 25, 0)


def xml(conn):
    dom = conn.lookupByName("test")
    dom.XMLDesc(0)
    dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    made = conn.defineXML(DOMAIN)
    made.XMLDesc(0)
    made.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)
    made.XMLDesc(libvirt.VIR_DOMAIN_XML_UPDATE_CPU)
    made.XMLDesc(libvirt.VIR_DOMAIN_XML_MIGRATABLE)
    made.create()
    made.XMLDesc(0)
    made.OSType()
    made.maxMemory()
    made.maxVcpus()
    made.hostname()
    conn.defineXML("")
    conn.defineXML("<domain")
    conn.defineXML("<x/>")
    conn.defineXML("<domain type='test'/>")
    conn.defineXML("<domain><name>x</name></domain>")
    conn.defineXML(DOMAIN.replace("256", "-1"))
    conn.defineXML(DOMAIN.replace("0000-000000000001", "x"))
    conn.defineXML(DOMAIN.replace("<name>py</name>", "<name>other</name>"))
    conn.defineXML(DOMAIN.replace("current='1'", "current='5'"))
    conn.defineXMLFlags(DOMAIN.replace("From Python", "Once more"), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)


def description(conn):
    dom = conn.lookupByName("test")
    live, config = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    for kind in (libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, libvirt.VIR_DOMAIN_METADATA_TITLE):
        dom.metadata(kind, None, 0)
        dom.setMetadata(kind, "some text", None, None, 0)
        dom.metadata(kind, None, 0)
        dom.metadata(kind, None, config)
        dom.setMetadata(kind, "for later", None, None, config)
        dom.metadata(kind, None, config)
        dom.metadata(kind, None, live)
        dom.setMetadata(kind, None, None, None, live | config)
        dom.metadata(kind, None, 0)
    element = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    dom.setMetadata(element, "<a><b/></a>", "k", "http://example.com/k", 0)
    dom.metadata(element, "http://example.com/k", 0)
    dom.metadata(element, "http://example.com/none", 0)
    dom.setMetadata(element, "<a", "k", "http://example.com/k", 0)
    dom.setMetadata(element, "<a/>", None, "http://example.com/k", 0)
    dom.setMetadata(element, "<c/>", "k", "http://example.com/k", live | config)
    dom.metadata(element, "http://example.com/k", config)
    dom.setMetadata(element, None, "k", "http://example.com/k", live | config)
    dom.metadata(element, "http://example.com/k", 0)
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "two\nlines", None, None, 0)
    dom.setMetadata(77, "x", None, None, 0)


def autostart_and_rename(conn):
    dom = conn.lookupByName("test")
    dom.autostart()
    dom.setAutostart(1)
    dom.autostart()
    dom.setAutostart(0)
    dom.autostart()
    dom.rename("other", 0)
    dom.destroy()
    dom.rename("other", 0)
    conn.lookupByName("other")
    conn.lookupByName("test")
    conn.lookupByName("other").rename("", 0)
    conn.lookupByName("other").rename("a/b", 0)


def saving(conn):
    dom = conn.lookupByName("test")
    path = conn.tmp + "/image"
    dom.save(path)
    dom.state(0)
    dom.save(path)
    conn.saveImageGetXMLDesc(path, 0)
    conn.restore(path)
    dom.state(0)
    conn.restore(path)
    dom.saveFlags(path, None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
    conn.restoreFlags(path, None, libvirt.VIR_DOMAIN_SAVE_RUNNING)
    dom.coreDump(conn.tmp + "/core", 0)
    dom.coreDump(conn.tmp + "/core", libvirt.VIR_DUMP_CRASH)
    dom.state(0)
    dom.coreDumpWithFormat(conn.tmp + "/core", libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, 0)
    dom.create()
    dom.hasManagedSaveImage(0)
    dom.managedSave(0)
    dom.hasManagedSaveImage(0)
    dom.state(0)
    dom.managedSaveRemove(0)
    dom.hasManagedSaveImage(0)
    conn.restore("/absent")
    conn.saveImageGetXMLDesc("/absent", 0)
    conn.saveImageDefineXML(path, "<domain/>", 0)


def unsupported(conn):
    dom = conn.lookupByName("test")
    dom.pMSuspendForDuration(0, 0, 0)
    dom.pMWakeup(0)
    dom.getTime(0)
    dom.setTime({"seconds": 1}, 0)
    dom.fsFreeze(None, 0)
    dom.fsThaw(None, 0)
    dom.fsInfo(0)
    dom.fSTrim(None, 0, 0)
    dom.guestInfo(0, 0)
    dom.guestVcpus(0)
    dom.setUserPassword("root", "x", 0)
    dom.injectNMI(0)
    dom.sendKey(0, 0, [30, 31], 2, 0)
    dom.sendProcessSignal(1, 9, 0)
    dom.interfaceAddresses(0, 0)
    dom.launchSecurityInfo(0)
    dom.securityLabel()
    dom.securityLabelList()
    dom.controlInfo(0)
    dom.diskErrors(0)
    dom.setLifecycleAction(0, 0, 0)
    dom.openGraphics(0, 0, 0)


def statistics(conn):
    conn.getAllDomainStats(0, 0)
    conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE, 0)
    conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_VCPU, 0)
    conn.getAllDomainStats(0, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS)
    conn.getAllDomainStats(0, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_INACTIVE)
    conn.getAllDomainStats(0, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE)
    dom = conn.defineXML(DOMAIN)
    conn.getAllDomainStats(0, 0)
    conn.domainListGetStats([dom], 0, 0)
    conn.domainListGetStats([dom, conn.lookupByName("test")], libvirt.VIR_DOMAIN_STATS_STATE, 0)
    conn.domainListGetStats([], 0, 0)


statistics.transports = ("unix", "tcp", "tls")
