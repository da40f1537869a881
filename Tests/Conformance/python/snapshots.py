"""Snapshots and checkpoints."""

import re

import libvirt


def _named(name):
    return f"<domainsnapshot><name>{name}</name><description>{name}!</description></domainsnapshot>"


def tree(conn):
    dom = conn.lookupByName("test")
    dom.snapshotNum(0)
    dom.hasCurrentSnapshot(0)
    dom.snapshotCurrent(0)
    dom.snapshotCreateXML(_named("a"), 0)
    dom.snapshotCreateXML(_named("a"), 0)
    dom.snapshotCreateXML(_named("b"), 0)
    dom.destroy()
    dom.snapshotCreateXML(_named("c"), 0)
    dom.snapshotNum(0)
    dom.snapshotListNames(0)
    dom.snapshotNum(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ROOTS)
    dom.snapshotListNames(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_LEAVES)
    for bit in range(11):
        dom.listAllSnapshots(1 << bit)
    dom.hasCurrentSnapshot(0)
    dom.snapshotCurrent(0)
    dom.snapshotLookupByName("absent", 0)
    a = dom.snapshotLookupByName("a", 0)
    a.getName()
    a.getParent(0)
    a.isCurrent(0)
    a.hasMetadata(0)
    a.numChildren(0)
    a.numChildren(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS)
    a.listChildrenNames(0)
    a.listAllChildren(0)
    a.listAllChildren(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_DESCENDANTS)
    a.getXMLDesc(0)
    b = dom.snapshotLookupByName("b", 0)
    b.getParent(0)
    dom.revertToSnapshot(b)
    dom.state(0)
    dom.revertToSnapshot(dom.snapshotLookupByName("c", 0), libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING)
    dom.state(0)
    dom.revertToSnapshot(a, libvirt.VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED)
    dom.state(0)
    dom.revertToSnapshot(a, 3)
    b.delete(0)
    b.getXMLDesc(0)
    dom.listAllSnapshots(0)
    dom.snapshotCreateXML(_named("d"), 0)
    a.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY)
    dom.listAllSnapshots(0)
    a.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN)
    dom.listAllSnapshots(0)
    a.isCurrent(0)


tree.transports = ("unix", "tcp", "tls")


def kinds(conn):
    dom = conn.lookupByName("test")
    dom.snapshotCreateXML("<domainsnapshot", 0)
    dom.snapshotCreateXML("<domain/>", 0)
    dom.snapshotCreateXML("<domainsnapshot><name>a/b</name></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><name>.a</name></domainsnapshot>", 0)
    dom.snapshotCreateXML(_named("disk"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY)
    dom.snapshotCreateXML(_named("halt"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_HALT)
    dom.state(0)
    dom.snapshotCreateXML(_named("live"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_LIVE)
    dom.snapshotCreateXML(_named("none"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA)
    dom.snapshotCreateXML(_named("redefined"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    dom.snapshotCreateXML(
        "<domainsnapshot><name>r</name><creationTime>1</creationTime><state>running</state>"
        "<parent><name>nobody</name></parent></domainsnapshot>",
        libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE,
    )
    dom.snapshotCreateXML(
        "<domainsnapshot><name>r</name><creationTime>1</creationTime><state>running</state>"
        "<parent><name>r</name></parent></domainsnapshot>",
        libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE,
    )
    dom.snapshotCreateXML("<domainsnapshot><disks><disk name='vdz'/></disks></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><disks><disk/></disks></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><disks><disk name='vda' snapshot='odd'/></disks></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><disks><disk name='vda' snapshot='external'/></disks></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><disks><disk name='vda'/><disk name='vda'/></disks></domainsnapshot>", 0)
    dom.snapshotCreateXML(
        "<domainsnapshot><disks><disk name='vda'><driver type='odd'/></disk></disks></domainsnapshot>", 0
    )
    dom.snapshotCreateXML("<domainsnapshot><memory snapshot='external'/></domainsnapshot>", 0)
    dom.snapshotCreateXML("<domainsnapshot><memory snapshot='internal' file='/m'/></domainsnapshot>", 0)
    dom.snapshotCreateXML(_named("current"), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT)
    full = dom.snapshotLookupByName("live", 0).getXMLDesc(0)
    dom.snapshotCreateXML(str(full), libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)
    dom.listAllSnapshots(0)
    dom.undefine()
    dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)


def checkpoints(conn):
    dom = conn.defineXML(
        "<domain type='test'><name>k</name><memory>1024</memory><os><type>hvm</type></os><devices>"
        "<disk type='file'><driver type='qcow2'/><source file='/k'/><target dev='vda'/></disk></devices></domain>"
    )
    dom.checkpointCreateXML("<domaincheckpoint><name>one</name></domaincheckpoint>", 0)
    dom.create()
    dom.checkpointCreateXML("<domaincheckpoint><name>one</name></domaincheckpoint>", 0)
    dom.checkpointCreateXML("<domaincheckpoint><name>two</name></domaincheckpoint>", 0)
    dom.checkpointCreateXML("<other/>", 0)
    dom.checkpointCreateXML("<domaincheckpoint", 0)
    dom.checkpointCreateXML("<domaincheckpoint><name>two</name></domaincheckpoint>", 0)
    dom.checkpointCreateXML(
        "<domaincheckpoint><name>b</name><disks><disk name='vdz'/></disks></domaincheckpoint>", 0
    )
    dom.checkpointCreateXML("<domaincheckpoint><name>b</name><disks><disk/></disks></domaincheckpoint>", 0)
    dom.checkpointCreateXML(
        "<domaincheckpoint><name>b</name><disks><disk name='vda' checkpoint='odd'/></disks></domaincheckpoint>", 0
    )
    dom.checkpointCreateXML(
        "<domaincheckpoint><name>b</name><disks><disk name='vda' checkpoint='no' bitmap='x'/></disks></domaincheckpoint>",
        0,
    )
    dom.checkpointCreateXML(
        "<domaincheckpoint><name>b</name></domaincheckpoint>", libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE
    )
    dom.checkpointCreateXML(
        "<domaincheckpoint><name>r</name><creationTime>1</creationTime><parent><name>nobody</name></parent>"
        "</domaincheckpoint>",
        libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE,
    )
    record = str(dom.checkpointLookupByName("one", 0).getXMLDesc(0))
    # Not the time of the run.
    record = re.sub("<creationTime>[0-9]*</creationTime>", "<creationTime>1</creationTime>", record)
    dom.checkpointCreateXML(record, libvirt.VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE)
    dom.listAllCheckpoints(0)
    dom.listAllCheckpoints(libvirt.VIR_DOMAIN_CHECKPOINT_LIST_ROOTS)
    two = dom.checkpointLookupByName("two", 0)
    two.getParent(0)
    two.getXMLDesc(0)
    two.getXMLDesc(libvirt.VIR_DOMAIN_CHECKPOINT_XML_NO_DOMAIN)
    dom.checkpointLookupByName("absent", 0)
    two.delete(0)
    dom.listAllCheckpoints(0)
