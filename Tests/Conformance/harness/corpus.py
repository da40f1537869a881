"""Documents that people wrote: both daemons define each of them, and give it back.

They do so on the test driver; secrets and filters are in libvirtd those of qemu:///system.
"""

import difflib
import os
import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import libvirt

from . import fresh
from .normalise import MAC, UUID


def undefine(found, *steps):
    """Makes room: the default host has an object of each kind, which the document may name."""
    for step in steps:
        try:
            getattr(found, step)()
        except libvirt.libvirtError:
            pass


def domain(connection, text):
    undefine(connection.lookupByName("test"), "destroy", "undefine")
    return connection.defineXML(text).XMLDesc()


def network(connection, text):
    undefine(connection.networkLookupByName("default"), "destroy", "undefine")
    return connection.networkDefineXML(text).XMLDesc()


def interface(connection, text):
    undefine(connection.interfaceLookupByName("eth1"), "destroy", "undefine")
    return connection.interfaceDefineXML(text).XMLDesc()


def pool(connection, text):
    undefine(connection.storagePoolLookupByName("default-pool"), "destroy", "undefine")
    return connection.storagePoolDefineXML(text).XMLDesc()


def volume(connection, text):
    return connection.storagePoolLookupByName("default-pool").createXML(text).XMLDesc()


def device(connection, text):
    return connection.nodeDeviceCreateXML(text).XMLDesc()


def snapshot(connection, text):
    """Of the domain that the document has inside, or of the one that is there."""
    inside = ElementTree.fromstring(text).find("domain")
    owner = connection.lookupByName("test")
    if inside is not None:
        undefine(owner, "destroy", "undefine")
        owner = connection.defineXML(ElementTree.tostring(inside, encoding="unicode"))
    return owner.snapshotCreateXML(text, libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE).getXMLDesc()


def secret(connection, text):
    return connection.secretDefineXML(text).XMLDesc()


def nwfilter(connection, text):
    return connection.nwfilterDefineXML(text).XMLDesc()


def binding(connection, text):
    return connection.nwfilterBindingCreateXML(text).XMLDesc()


# By the root element: how the test driver takes a document, and gives it back.
KINDS = {
    "domain": domain,
    "network": network,
    "interface": interface,
    "pool": pool,
    "volume": volume,
    "device": device,
    "domainsnapshot": snapshot,
    "secret": secret,
    "filter": nwfilter,
    "filterbinding": binding,
}
SERVICES = {"secret", "filter", "filterbinding"}
ROOT = re.compile(r"<([A-Za-z][\w.-]*)")
PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.S)


class File:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            self.text = file.read()
        root = ROOT.search(PROLOGUE.sub("", self.text))
        self.kind = root[1] if root else "nothing"


def load(paths):
    files = []
    for path in paths:
        if os.path.isdir(path):
            for directory, _, names in sorted(os.walk(path)):
                files += [File(os.path.join(directory, name)) for name in sorted(names) if name.endswith(".xml")]
        else:
            files.append(File(path))
    return files


def ask(side, file):
    """What a daemon makes of a document: the XML, or the error."""
    services = file.kind in SERVICES
    connection = fresh.open_fresh(side.uri("unix", services), services)
    try:
        return True, KINDS[file.kind](connection, file.text)
    except libvirt.libvirtError as error:
        return False, f"error code {error.get_error_code()}, domain {error.get_error_domain()}, {error}"
    finally:
        fresh.close_used(connection)


def normal(file, answer):
    """Without identifiers that a daemon has made up."""
    accepted, text = answer
    given = file.text.lower()
    for pattern in (UUID, MAC):
        text = pattern.sub(lambda found: found[0] if found[0] in given else "<generated>", text)
    return accepted, text


def run(files, expected, actual, verbose):
    """Prints what differs, and how much is the same; whether all is."""
    same, total, numbers = {}, {}, {}
    for file in files:
        if file.kind not in KINDS:
            print(f"--- {file.path}: the test driver takes no <{file.kind}>")
            continue
        with ThreadPoolExecutor(2) as pool:
            a, b = pool.map(lambda side: normal(file, ask(side, file)), (expected, actual))
        total[file.kind] = total.get(file.kind, 0) + 1
        if a == b:
            same[file.kind] = same.get(file.kind, 0) + 1
            if verbose:
                print(f"same {file.path}")
            continue
        numbers[file.kind] = numbers.get(file.kind, 0) + (a[0] == b[0] and (a[0] or a[1].split(",")[0] == b[1].split(",")[0]))
        print(f"--- {file.path}")
        for line in difflib.unified_diff(a[1].splitlines(), b[1].splitlines(), "libvirtd", "virtd", lineterm="", n=1):
            print(f"    {line}")
    for kind in sorted(total):
        right, alike = same.get(kind, 0), numbers.get(kind, 0)
        print(f"{kind}: {right} of {total[kind]} the same ({100 * right / total[kind]:.1f} %), {alike} more with the same verdict")
    right, count = sum(same.values()), sum(total.values())
    print(f"corpus: {right} of {count} the same ({100 * right / max(count, 1):.1f} %)")
    return right == count
