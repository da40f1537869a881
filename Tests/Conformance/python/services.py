"""Secrets and packet filters: on libvirtd those of qemu:///system, on virtd those of the test driver."""

import libvirt

SECRET = "<secret><uuid>55555555-0000-0000-0000-00000000000a</uuid>%s</secret>"
PRIVATE = "<secret private='yes' ephemeral='yes'><uuid>55555555-0000-0000-0000-00000000000c</uuid></secret>"
CEPH = "<usage type='ceph'><name>client.glance</name></usage>"
FILTER = "<filter name='%s'><uuid>66666666-0000-0000-0000-00000000000%d</uuid>%s</filter>"
BINDING = """<filterbinding>
  <owner><name>guest</name><uuid>d54df46f-1ab5-22a4-8618-3560ef5fac2c</uuid></owner>
  <portdev name='%s'/><mac address='52:54:00:7b:35:93'/><filterref filter='%s'/>
</filterbinding>"""


def secrets(conn):
    conn.numOfSecrets()
    conn.listSecrets()
    conn.listAllSecrets(0)
    secret = conn.secretDefineXML(SECRET % CEPH, 0)
    secret.UUIDString()
    secret.usageType()
    secret.usageID()
    secret.value()
    secret.setValue(b"\x00\xffvalue\x00", 0)
    secret.value(0)
    secret.setValue(b"", 0)
    secret.value(0)
    secret.setValue(b"x", 1)
    secret.value(1)
    secret.XMLDesc(1)
    secret.XMLDesc(0)
    conn.secretLookupByUUIDString("55555555-0000-0000-0000-00000000000a")
    conn.secretLookupByUUIDString("55555555-0000-0000-0000-00000000000b")
    conn.secretLookupByUsage(libvirt.VIR_SECRET_USAGE_TYPE_CEPH, "client.glance").UUIDString()
    conn.secretLookupByUsage(libvirt.VIR_SECRET_USAGE_TYPE_TLS, "client.glance")
    conn.secretLookupByUsage(libvirt.VIR_SECRET_USAGE_TYPE_NONE, "client.glance")
    conn.secretLookupByUsage(77, "client.glance")
    conn.secretDefineXML(SECRET % "", 0)
    conn.secretDefineXML(PRIVATE, 0).setValue(b"private", 0)
    for flags in range(17):
        conn.listAllSecrets(flags)
    conn.numOfSecrets()
    conn.listSecrets()
    for private in conn.listAllSecrets(libvirt.VIR_CONNECT_LIST_SECRETS_PRIVATE):
        private.value()
    conn.secretDefineXML("<secret/>", 2)
    secret.undefine()
    secret.undefine()
    secret.value()
    secret.setValue(b"x")
    secret.XMLDesc(0)


secrets.transports = ("unix", "tcp", "tls")


def secret_events(conn):
    conn.watch(libvirt.virSecret, libvirt.VIR_SECRET_EVENT_ID_LIFECYCLE)
    conn.watch(libvirt.virSecret, libvirt.VIR_SECRET_EVENT_ID_VALUE_CHANGED)
    secret = conn.secretDefineXML(SECRET % CEPH, 0)
    conn.collected(1)
    secret.setValue(b"first", 0)
    conn.collected(1)
    conn.secretDefineXML(SECRET % CEPH, 0)
    conn.secretDefineXML(SECRET % "", 0)
    secret.setValue(b"second", 0)
    secret.undefine()
    conn.collected(3)
    other = conn.another()
    secret = other.secretDefineXML(SECRET % "", 0)
    secret.setValue(b"x", 0)
    secret.undefine()
    conn.collected(3)


def nwfilters(conn):
    conn.numOfNWFilters()
    conn.listNWFilters()
    conn.listAllNWFilters(0)
    made = conn.nwfilterDefineXML(FILTER % ("a", 1, "<filterref filter='b'/>"))
    made.name()
    made.UUIDString()
    made.XMLDesc(0)
    made.XMLDesc(1)
    conn.nwfilterDefineXMLFlags(FILTER % ("b", 2, "<rule action='drop' direction='in'><ip/></rule>"), 0)
    conn.nwfilterDefineXMLFlags(FILTER % ("b", 2, ""), 2)
    conn.nwfilterDefineXML(FILTER % ("b", 2, "<filterref filter='a'/>"))
    conn.nwfilterDefineXML(FILTER % ("c", 1, ""))
    conn.nwfilterDefineXML(FILTER % ("a", 3, ""))
    conn.nwfilterLookupByName("b").XMLDesc(0)
    conn.nwfilterLookupByName("c")
    conn.nwfilterLookupByUUIDString("66666666-0000-0000-0000-000000000001")
    conn.nwfilterLookupByUUIDString("66666666-0000-0000-0000-000000000003")
    conn.numOfNWFilters()
    conn.listNWFilters()
    conn.listAllNWFilters(0)
    conn.listAllNWFilters(1)
    made.undefine()
    made.undefine()
    made.XMLDesc(0)


nwfilters.transports = ("unix", "tcp", "tls")


def bindings(conn):
    conn.listAllNWFilterBindings(0)
    binding = conn.nwfilterBindingCreateXML(BINDING % ("vnet80", "a"), 0)
    binding.portDev()
    binding.filterName()
    binding.XMLDesc(0)
    binding.XMLDesc(1)
    conn.nwfilterBindingCreateXML(BINDING % ("vnet80", "b"), 0)
    conn.nwfilterBindingCreateXML(BINDING % ("vnet81", "b"), 2)
    conn.nwfilterBindingCreateXML(BINDING % ("vnet81", "b"), 0)
    conn.listAllNWFilterBindings(0)
    conn.listAllNWFilterBindings(1)
    conn.nwfilterBindingLookupByPortDev("vnet81").filterName()
    conn.nwfilterBindingLookupByPortDev("vnet82")
    binding.delete()
    binding.delete()
    binding.XMLDesc(0)
    conn.listAllNWFilterBindings(0)


def bindings_in_force(conn):
    conn.nwfilterBindingCreateXML(BINDING % ("lo", "a"), 0)
    base = conn.nwfilterDefineXML(FILTER % ("a", 1, ""))
    top = conn.nwfilterDefineXML(FILTER % ("b", 2, "<filterref filter='a'/>"))
    binding = conn.nwfilterBindingCreateXML(BINDING % ("lo", "b"), 0)
    binding.XMLDesc(0)
    base.undefine()
    top.undefine()
    conn.nwfilterDefineXML(FILTER % ("a", 1, "<filterref filter='c'/>"))
    conn.nwfilterDefineXML(FILTER % ("a", 1, "<rule action='drop' direction='in'><ip srcipaddr='$X[2]'/></rule>"))
    base.XMLDesc(0)
    conn.nwfilterDefineXML(FILTER % ("a", 1, "<rule action='drop' direction='in'><mac srcmacaddr='$MAC'/></rule>"))
    base.XMLDesc(0)
    binding.delete()
    base.undefine()
    top.undefine()


for function in (secrets, secret_events, nwfilters, bindings, bindings_in_force):
    function.services = True
