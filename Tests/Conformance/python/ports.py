"""Ports of networks: on libvirtd those of qemu:///system, on virtd those of the test driver."""

import libvirt
import libvirtmod

NETWORK = """<network><name>plugs</name><uuid>44444444-0000-0000-0000-00000000000a</uuid><forward mode='bridge'/>
<bridge name='lo'/><portgroup name='some'><bandwidth><inbound average='9'/></bandwidth></portgroup>
<portgroup name='rest' default='yes'><bandwidth><outbound average='3' peak='4'/></bandwidth></portgroup></network>"""
PORT = """<networkport>%s<owner><name>g</name><uuid>44444444-0000-0000-0000-00000000000b</uuid></owner>
<mac address='52:54:00:00:00:09'/>%s</networkport>"""


def _number(digits):
    return f"<uuid>44444444-0000-0000-0000-0000000001{digits:02x}</uuid>"


def _parameters(conn, port):
    """The binding has no method for it."""
    try:
        shown = libvirtmod.virNetworkPortGetParameters(port._target._o, 0)
    except libvirt.libvirtError as error:
        shown = str(error)
    conn.note("parameters", shown)


def ports(conn):
    network = conn.networkDefineXML(NETWORK)
    network.listAllPorts(0)
    network.portCreateXML(PORT % ("", ""), 0)
    network.portCreateXML(PORT % (_number(1), ""), 0)
    network.portLookupByUUIDString("44444444-0000-0000-0000-000000000101")
    network.create()
    network.listAllPorts(0)
    network.listAllPorts(1)
    for index, inside in enumerate((
        "", "<group>some</group>", "<group>absent</group>", "<plug type='bridge' bridge='x'/>",
        "<bandwidth><inbound average='100' peak='200' burst='300'/></bandwidth>",
        "<bandwidth><inbound average='100' floor='5'/></bandwidth>", "<vlan><tag id='7'/></vlan>",
        "<port isolated='yes'/>", "<rxfilters trustGuest='yes'/>",
    )):  # fmt: skip
        port = network.portCreateXML(PORT % (_number(index), inside), 0)
        if port:
            port.XMLDesc(0)
            _parameters(conn, port)
    plugged = "<plug type='network' bridge='b' macTableManager='libvirt'/>"
    for index, (inside, flags) in enumerate((("", 1), (plugged, 1), ("", 2), ("", 4), (plugged, 0)), 32):
        port = network.portCreateXML(PORT % (_number(index), inside), flags)
        if port:
            port.XMLDesc(0)
    network.portCreateXML(PORT % (_number(0), ""), 0)
    network.portCreateXML("<a/>", 0)
    network.XMLDesc(0)
    port = network.portLookupByUUIDString("44444444-0000-0000-0000-000000000104")
    port.UUIDString()
    port.network().name()
    port.XMLDesc(1)
    port.setParameters({"inbound.average": 5000, "inbound.peak": 10}, 0)
    port.XMLDesc(0)
    _parameters(conn, port)
    port.setParameters({"inbound.peak": 10}, 0)
    port.XMLDesc(0)
    _parameters(conn, port)
    port.delete(1)
    port.delete(0)
    port.delete(0)
    port.XMLDesc(0)
    network.portLookupByUUIDString("44444444-0000-0000-0000-000000000104")
    network.XMLDesc(0)
    network.DHCPLeases(None, 0)
    network.DHCPLeases("52:54:00:00:00:09", 0)
    network.DHCPLeases("nonsense", 0)
    network.DHCPLeases(None, 1)
    other = network.portLookupByUUIDString("44444444-0000-0000-0000-000000000100")
    network.destroy()
    other.XMLDesc(0)
    network.listAllPorts(0)
    network.XMLDesc(0)
    network.create()
    network.listAllPorts(0)
    network.destroy()
    network.undefine()
    network.listAllPorts(0)
    network.portCreateXML(PORT % (_number(1), ""), 0)
    network.DHCPLeases(None, 0)
    other.XMLDesc(0)
    other.delete(0)


ports.services = True
ports.transports = ("unix", "tls")
