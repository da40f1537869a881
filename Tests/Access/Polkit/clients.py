"""Clients of several users, and what a daemon lets them do: one line for each answer.

    clients.py URI TYPE FOLDER

URI has SOCKET in the place of the socket's name; TYPE is that of guests; FOLDER may be written to.
"""

import os
import sys

import libvirt

BASE, KIND, FOLDER = sys.argv[1:4]
libvirt.registerErrorHandler(lambda *_: None, None)


def uri(is_read_only=False):
    return BASE.replace("SOCKET", "libvirt-sock-ro" if is_read_only else "libvirt-sock")


def identifier(number):
    return "11111111-1111-1111-1111-%012d" % number


def show(name, call):
    try:
        answer = call()
    except libvirt.libvirtError as error:
        answer = (
            error.get_error_code(), error.get_error_domain(), error.get_error_level(), error.get_error_message(),
            error.get_str1(), error.get_str2(),
        )
    print(name, answer, flush=True)


def as_user(number, body):
    """Runs `body` in a process of that user, and waits for it."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(number)
        os.setuid(number)
        os.chdir("/")
        body()
        os._exit(0)
    os.waitpid(child, 0)


def domain(name, number):
    return (
        f"<domain type='{KIND}'><name>{name}</name><uuid>{identifier(number)}</uuid><memory>10000</memory>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )


def authenticate():
    show("manage", lambda: libvirt.open(uri()).isAlive())
    show("monitor", lambda: libvirt.openReadOnly(uri(True)).isAlive())


def work():
    connection = libvirt.open(uri())
    show("lookup", lambda: connection.lookupByName("hidden"))
    show("lookup UUID", lambda: connection.lookupByUUIDString(identifier(2)))
    guest = connection.lookupByName("shown")
    show("stop", guest.destroy)
    show("suspend", guest.suspend)
    show("active", guest.isActive)
    show("XML", lambda: len(guest.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)) > 100)
    show("autostart", guest.autostart)
    show("list", lambda: sorted(d.name() for d in connection.listAllDomains() if d.name() != "test"))
    show("names", lambda: sorted(connection.listDefinedDomains()))
    show("define", lambda: connection.defineXML(domain("third", 3)).name())
    show("undefine", lambda: connection.lookupByName("third").undefine())
    secret = f"<uuid>{identifier(4)}</uuid><usage type='ceph'><name>/a</name></usage>"
    show("secret", lambda: connection.secretDefineXML(f"<secret>{secret}</secret>").UUIDString())
    show("secrets", lambda: [s.UUIDString() for s in connection.listAllSecrets()])
    pool = f"<name>pool</name><uuid>{identifier(5)}</uuid><target><path>{FOLDER}/pool</path></target>"
    show("pool", lambda: connection.storagePoolDefineXML(f"<pool type='dir'>{pool}</pool>").name())
    found = connection.storagePoolLookupByName("pool")
    show("build", found.build)
    show("start", found.create)
    volume = "<volume><name>volume</name><capacity>1000</capacity></volume>"
    show("volume", lambda: found.createXML(volume).name())
    show("volumes", lambda: [v.name() for v in found.listAllVolumes()])
    show("delete", lambda: found.storageVolLookupByName("volume").delete())
    show("network", lambda: connection.networkDefineXML(f"<network><name>n</name><uuid>{identifier(6)}</uuid></network>").name())
    show("network hidden", lambda: connection.networkDefineXML(f"<network><name>hidden</name><uuid>{identifier(8)}</uuid></network>").name())
    show("is active", lambda: connection.networkLookupByName("n").isActive())
    show("filter", lambda: connection.nwfilterDefineXML(f"<filter name='f'><uuid>{identifier(7)}</uuid></filter>").name())
    show("unknown attribute", lambda: connection.setIdentity({"shoe-size": "44"}))
    show("type of attribute", lambda: connection.setIdentity({"user-name": 4}))
    # Who speaks for somebody without a process cannot be asked about any more.
    show("speak", lambda: connection.setIdentity({"user-name": "fred", "unix-user-id": 7}))
    show("fred", guest.isActive)


# The driver's state lives as long as somebody has it open.
keeper = libvirt.open(uri())
keeper.defineXML(domain("shown", 1))
keeper.defineXML(domain("hidden", 2))
authenticate()
for user in [1, 2, 65534]:
    as_user(user, authenticate)
as_user(65534, work)
