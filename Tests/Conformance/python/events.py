"""Events: what arrives, with which details, and after deregistration."""

import libvirt

from domains import DOMAIN
from objects import DEVICE, NETWORK, POOL

TRANSPORTS = ("unix", "tcp")
LIFECYCLE = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE


def lifecycle(conn):
    conn.watch(libvirt.virDomain, LIFECYCLE)
    dom = conn.defineXML(DOMAIN)
    conn.collected(1)
    dom.create()
    conn.collected(1)
    dom.suspend()
    dom.resume()
    conn.collected(2)
    dom.reboot(0)
    conn.collected(0)
    dom.create()
    conn.collected(0)
    dom.shutdown()
    conn.collected(1)
    dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    conn.collected(0)
    dom.create()
    conn.collected(1)
    dom.destroy()
    conn.collected(1)
    dom.undefine()
    conn.collected(1)


lifecycle.transports = ("unix", "tcp", "tls")


def one_domain(conn):
    test = conn.lookupByName("test")
    other = conn.defineXML(DOMAIN)
    conn.watch(libvirt.virDomain, LIFECYCLE, test)
    other.create()
    conn.collected(0)
    test.destroy()
    conn.collected(1)


def deregister(conn):
    number = conn.watch(libvirt.virDomain, LIFECYCLE)
    test = conn.lookupByName("test")
    test.suspend()
    conn.collected(1)
    conn.domainEventDeregisterAny(number)
    test.resume()
    conn.collected(0)
    again = conn.watch(libvirt.virDomain, LIFECYCLE)
    test.suspend()
    conn.collected(1)
    conn.domainEventDeregisterAny(again)
    conn.domainEventDeregisterAny(99)


def every_kind(conn):
    for number in range(27):
        conn.watch(libvirt.virDomain, number)
    dom = conn.lookupByName("test")
    dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "t", None, None, 0)
    conn.collected(1)
    dom.setMemory(1048576)
    conn.collected(0)
    dom.reboot(0)
    conn.collected(1)
    conn.watch(libvirt.virDomain, 99)


def saving(conn):
    conn.watch(libvirt.virDomain, LIFECYCLE)
    dom = conn.lookupByName("test")
    path = conn.tmp + "/image"
    dom.save(path)
    conn.collected(1)
    conn.restore(path)
    conn.collected(1)
    dom.managedSave(0)
    conn.collected(1)
    dom.create()
    conn.collected(1)
    dom.snapshotCreateXML("<domainsnapshot><name>s</name></domainsnapshot>", 0)
    conn.collected(0)
    dom.destroy()
    dom.revertToSnapshot(dom.snapshotLookupByName("s", 0))
    conn.collected(2)
    dom.coreDump(conn.tmp + "/core", libvirt.VIR_DUMP_CRASH)
    conn.collected(1)


def from_another_connection(conn):
    conn.watch(libvirt.virDomain, LIFECYCLE)
    other = conn.another()
    other.lookupByName("test").suspend()
    conn.collected(1)
    other.createXML(DOMAIN, 0)
    conn.collected(1)


def networks(conn):
    conn.watch(libvirt.virNetwork, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE)
    net = conn.networkDefineXML(NETWORK)
    conn.collected(1)
    net.create()
    conn.collected(1)
    net.destroy()
    conn.collected(1)
    net.undefine()
    conn.collected(1)
    net = conn.networkCreateXML(NETWORK)
    conn.collected(1)
    conn.networkDefineXML(NETWORK)
    conn.collected(1)
    net.destroy()
    net.destroy()
    conn.collected(2)
    net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_DNS_TXT, -1,
               "<txt name='a' value='b'/>", 0)  # fmt: skip
    conn.networkDefineXML("<network/>")
    conn.collected(0)


def pools(conn):
    conn.watch(libvirt.virStoragePool, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE)
    conn.watch(libvirt.virStoragePool, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH)
    pool = conn.storagePoolDefineXML(POOL, 0)
    conn.collected(1)
    pool.create(0)
    conn.collected(1)
    pool.refresh(0)
    conn.collected(1)
    pool.destroy()
    conn.collected(1)
    pool.undefine()
    conn.collected(1)


def node_devices_and_secrets(conn):
    conn.watch(libvirt.virNodeDevice, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE)
    conn.watch(libvirt.virNodeDevice, libvirt.VIR_NODE_DEVICE_EVENT_ID_UPDATE)
    conn.watch(libvirt.virSecret, libvirt.VIR_SECRET_EVENT_ID_LIFECYCLE)
    made = conn.nodeDeviceCreateXML(DEVICE, 0)
    conn.collected(1)
    made.destroy()
    conn.collected(1)
