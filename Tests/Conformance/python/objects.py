"""Networks, storage, interfaces and node devices of the test driver."""

import libvirt

NETWORK = """<network>
  <name>lab</name>
  <uuid>77777777-0000-0000-0000-000000000003</uuid>
  <forward mode='nat'/>
  <bridge name='virbr9'/>
  <mac address='52:54:00:00:70:09'/>
  <ip address='10.9.0.1' netmask='255.255.255.0'><dhcp><range start='10.9.0.2' end='10.9.0.9'/></dhcp></ip>
</network>"""
POOL = """<pool type='dir'>
  <name>box</name>
  <uuid>77777777-0000-0000-0000-000000000004</uuid>
  <target><path>/box</path></target>
</pool>"""
VOLUME = "<volume><name>v</name><capacity>1048576</capacity><allocation>4096</allocation></volume>"
INTERFACE = """<interface type='ethernet' name='eth8'>
  <mac address='aa:bb:cc:00:00:08'/>
  <protocol family='ipv4'><ip address='192.168.8.5' prefix='24'/></protocol>
</interface>"""
DEVICE = """<device><parent>scsi_host1</parent><capability type='scsi_host'><capability type='fc_host'>
  <wwnn>20000000c9831b4b</wwnn><wwpn>10000000c9831b4b</wwpn>
</capability></capability></device>"""


def networks(conn):
    conn.numOfNetworks()
    conn.listNetworks()
    conn.numOfDefinedNetworks()
    conn.listDefinedNetworks()
    conn.listAllNetworks(0)
    net = conn.networkDefineXML(NETWORK)
    net.isActive()
    net.isPersistent()
    net.create()
    net.create()
    net.isActive()
    net.name()
    net.bridgeName()
    net.autostart()
    net.setAutostart(1)
    net.autostart()
    net.XMLDesc(0)
    net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE)
    for bit in range(6):
        conn.listAllNetworks(1 << bit)
    conn.listAllNetworks(1 << 20)
    conn.networkLookupByUUIDString("77777777-0000-0000-0000-000000000003")
    conn.networkLookupByName("absent")
    net.DHCPLeases()
    net.listAllPorts()
    net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, 0,
               "<host mac='52:54:00:00:70:0a' ip='10.9.0.77'/>", 0)  # fmt: skip
    net.XMLDesc(0)
    net.destroy()
    net.destroy()
    net.undefine()
    net.XMLDesc(0)
    conn.networkCreateXML(NETWORK)
    conn.networkCreateXML("<network/>")
    conn.networkDefineXML("<network")
    conn.networkLookupByName("default").undefine()


networks.transports = ("unix", "tcp", "tls")


def network_updates(conn):
    """Every section with every command, and with commands that there are not."""
    conn.networkDefineXML(NETWORK)
    net = conn.networkLookupByName("lab")
    elements = {
        libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST: "<host mac='52:54:00:00:70:0a' ip='10.9.0.77'/>",
        libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE: "<range start='10.9.0.100' end='10.9.0.110'/>",
        libvirt.VIR_NETWORK_SECTION_FORWARD_INTERFACE: "<interface dev='eth7'/>",
        libvirt.VIR_NETWORK_SECTION_PORTGROUP: "<portgroup name='fast'/>",
        libvirt.VIR_NETWORK_SECTION_DNS_HOST: "<host ip='10.9.0.9'><hostname>www</hostname></host>",
        libvirt.VIR_NETWORK_SECTION_DNS_TXT: "<txt name='a' value='b'/>",
        libvirt.VIR_NETWORK_SECTION_DNS_SRV: "<srv service='sip' protocol='udp'/>",
    }
    for section in range(14):
        element = elements.get(section, "<x/>")
        for command in (0, 1, 2, 3, 3, 4, 1, 2, 5):
            net.update(command, section, -1, element, 0)
        net.update(3, section, -1, element, 0)
        net.update(3, section, 7, element, 0)
        net.update(3, section, -1, "<x/>", libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG)
        net.update(3, section, -1, "<x", libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG)
        net.update(3, section, -1, element, libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE)
        net.update(3, section, -1, element, 4)
    net.XMLDesc(0)
    passing = conn.networkCreateXML("<network><name>passing</name></network>")
    passing.update(3, libvirt.VIR_NETWORK_SECTION_DNS_TXT, -1, "<txt name='a' value='b'/>", 2)
    passing.update(3, libvirt.VIR_NETWORK_SECTION_DNS_TXT, -1, "<txt name='a' value='b'/>", 3)
    passing.update(3, libvirt.VIR_NETWORK_SECTION_DNS_TXT, -1, "<txt name='a' value='b'/>", 1)
    passing.setAutostart(1)
    passing.autostart()
    passing.isPersistent()
    passing.bridgeName()


def pools(conn):
    conn.numOfStoragePools()
    conn.listStoragePools()
    conn.numOfDefinedStoragePools()
    conn.listDefinedStoragePools()
    conn.listAllStoragePools(0)
    pool = conn.storagePoolDefineXML(POOL, 0)
    pool.isActive()
    pool.isPersistent()
    pool.info()
    pool.build(0)
    pool.create(0)
    pool.create(0)
    pool.info()
    pool.autostart()
    pool.setAutostart(1)
    pool.autostart()
    pool.XMLDesc(0)
    for bit in range(20):
        conn.listAllStoragePools(1 << bit)
    conn.storagePoolLookupByUUIDString("77777777-0000-0000-0000-000000000004")
    conn.storagePoolLookupByName("absent")
    conn.storagePoolLookupByTargetPath("/box")
    conn.storagePoolLookupByTargetPath("/absent")
    pool.refresh(0)
    pool.undefine()
    pool.delete(0)
    pool.destroy()
    pool.delete(0)
    pool.undefine()
    pool.info()
    conn.storagePoolCreateXML(POOL, 0)
    conn.storagePoolCreateXML("<pool/>", 0)
    conn.storagePoolDefineXML("<pool type='x'/>", 0)
    conn.findStoragePoolSources("dir", None, 0)
    conn.findStoragePoolSources("logical", None, 0)
    conn.getStoragePoolCapabilities(0)


def volumes(conn):
    pool = conn.storagePoolLookupByName("default-pool")
    pool.numOfVolumes()
    pool.listVolumes()
    vol = pool.createXML(VOLUME, 0)
    pool.createXML(VOLUME, 0)
    vol.name()
    vol.key()
    vol.path()
    vol.info()
    vol.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)
    vol.XMLDesc(0)
    vol.storagePoolLookupByVolume()
    pool.storageVolLookupByName("v")
    pool.storageVolLookupByName("absent")
    conn.storageVolLookupByKey("/default-pool/v")
    conn.storageVolLookupByPath("/default-pool/v")
    conn.storageVolLookupByPath("/absent")
    pool.createXMLFrom(VOLUME.replace(">v<", ">w<"), vol, 0)
    pool.numOfVolumes()
    pool.listVolumes()
    pool.listAllVolumes(0)
    pool.info()
    vol.resize(2097152, 0)
    vol.wipe(0)
    vol.wipePattern(libvirt.VIR_STORAGE_VOL_WIPE_ALG_ZERO, 0)
    vol.upload(conn._target.newStream(0), 0, 10, 0)
    vol.download(conn._target.newStream(0), 0, 10, 0)
    vol.delete(0)
    vol.delete(0)
    vol.info()
    pool.createXML(VOLUME.replace("1048576", "999999999999999999"), 0)
    pool.createXML("<volume/>", 0)
    pool.destroy()
    pool.listVolumes()
    pool.numOfVolumes()


volumes.transports = ("unix", "tcp")


def interfaces(conn):
    conn.numOfInterfaces()
    conn.listInterfaces()
    conn.numOfDefinedInterfaces()
    conn.listDefinedInterfaces()
    conn.listAllInterfaces(0)
    conn.interfaceLookupByName("eth1")
    conn.interfaceLookupByMACString("aa:bb:cc:dd:ee:ff")
    conn.interfaceLookupByMACString("00:00:00:00:00:00")
    made = conn.interfaceDefineXML(INTERFACE, 0)
    made.isActive()
    conn.listAllInterfaces(libvirt.VIR_CONNECT_LIST_INTERFACES_INACTIVE)
    made.create(0)
    made.create(0)
    made.isActive()
    made.name()
    made.MACString()
    made.XMLDesc(0)
    made.destroy(0)
    made.destroy(0)
    conn.changeCommit(0)
    conn.changeBegin(0)
    conn.changeBegin(0)
    made.undefine()
    conn.listAllInterfaces(0)
    conn.changeRollback(0)
    conn.listAllInterfaces(0)
    conn.interfaceDefineXML("<interface/>", 0)


def node_devices(conn):
    conn.numOfDevices(None, 0)
    conn.listDevices(None, 0)
    conn.numOfDevices("system", 0)
    conn.listDevices("system", 0)
    conn.listAllDevices(0)
    conn.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM)
    computer = conn.nodeDeviceLookupByName("computer")
    computer.XMLDesc(0)
    computer.parent()
    computer.numOfCaps()
    computer.listCaps()
    computer.dettach()
    computer.reAttach()
    computer.reset()
    computer.destroy()
    host = conn.nodeDeviceLookupByName("scsi_host1")
    host.XMLDesc(0)
    host.parent()
    host.listCaps()
    made = conn.nodeDeviceCreateXML(DEVICE, 0)
    made.name()
    made.XMLDesc(0)
    conn.nodeDeviceLookupSCSIHostByWWN("20000000c9831b4b", "10000000c9831b4b", 0)
    conn.nodeDeviceLookupSCSIHostByWWN("x", "y", 0)
    made.destroy()
    made.destroy()
    conn.nodeDeviceLookupByName("absent")
    conn.nodeDeviceCreateXML("<device/>", 0)


def schemas(conn):
    domain = "<domain type='test'><name>valid</name><memory>1024</memory><os><type>hvm</type></os>%s</domain>"
    conn.defineXMLFlags(domain % "", libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    conn.defineXMLFlags(domain % "<odd/>", libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    conn.defineXMLFlags(domain % "<devices><disk/></devices>", libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    conn.defineXMLFlags("<domain", libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    conn.createXML(domain % "<odd/>", libvirt.VIR_DOMAIN_START_VALIDATE)
    conn.networkDefineXMLFlags("<network><name>n</name><odd/></network>", libvirt.VIR_NETWORK_DEFINE_VALIDATE)
    conn.networkCreateXMLFlags("<network><name>n</name><odd/></network>", libvirt.VIR_NETWORK_CREATE_VALIDATE)
    conn.interfaceDefineXML(
        "<interface type='ethernet' name='a'><odd/></interface>", libvirt.VIR_INTERFACE_DEFINE_VALIDATE
    )
    conn.storagePoolDefineXML("<pool type='dir'><name>a</name><odd/></pool>", libvirt.VIR_STORAGE_POOL_DEFINE_VALIDATE)
    conn.storagePoolLookupByName("default-pool").createXML(
        "<volume><name>a</name><odd/></volume>", libvirt.VIR_STORAGE_VOL_CREATE_VALIDATE
    )
    conn.nodeDeviceCreateXML("<device><odd/></device>", libvirt.VIR_NODE_DEVICE_CREATE_XML_VALIDATE)
    conn.lookupByName("test").snapshotCreateXML(
        "<domainsnapshot><odd/></domainsnapshot>", libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE
    )
    wrong = "<other/>"
    conn.defineXMLFlags(wrong, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    conn.networkDefineXMLFlags(wrong, libvirt.VIR_NETWORK_DEFINE_VALIDATE)
    conn.interfaceDefineXML(wrong, libvirt.VIR_INTERFACE_DEFINE_VALIDATE)
    conn.storagePoolDefineXML(wrong, libvirt.VIR_STORAGE_POOL_DEFINE_VALIDATE)
    conn.storagePoolLookupByName("default-pool").createXML(wrong, libvirt.VIR_STORAGE_VOL_CREATE_VALIDATE)
    conn.nodeDeviceCreateXML(wrong, libvirt.VIR_NODE_DEVICE_CREATE_XML_VALIDATE)
    conn.lookupByName("test").snapshotCreateXML(wrong, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE)
