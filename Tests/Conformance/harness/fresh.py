"""What a case starts from: an empty directory, and a state of test:///default that nobody has touched.

The state lives while any connection has it open, and a daemon frees a connection some time after its client left.
So who used the state leaves a mark in it, and who wants a fresh one opens and closes until the mark is gone.
"""

import os
import shutil
import time

import libvirt

MARK = "conformance-mark"
MARK_XML = f"<domain type='test'><name>{MARK}</name><memory>1024</memory><os><type>hvm</type></os></domain>"


def open_fresh(uri, services=False, timeout=5):
    """A connection to a fresh state. It keeps that state in being until it is closed.

    `services`: the state is that of secrets and filters, which may be on disk, and begins with none.
    """
    connection = open_unmarked(uri, timeout)
    if services:
        clear(connection)
    return connection


def clear(connection):
    """Removes bindings, filters and secrets."""
    for binding in connection.listAllNWFilterBindings(0):
        binding.delete()
    for found in connection.listAllNWFilters(0) + connection.listAllSecrets(0):
        found.undefine()


def open_unmarked(uri, timeout):
    deadline = time.monotonic() + timeout
    while True:
        connection = libvirt.open(uri)
        try:
            connection.lookupByName(MARK)
        except libvirt.libvirtError:
            return connection
        connection.close()
        if time.monotonic() > deadline:
            raise RuntimeError("the state of test:///default outlives its last connection")
        time.sleep(0.002)


def close_used(connection):
    """Marks the state as used and gives it up."""
    try:
        connection.defineXML(MARK_XML)
    except libvirt.libvirtError:
        pass
    try:
        connection.close()
    except libvirt.libvirtError:
        pass


def empty(directory):
    """Removes what an earlier case left in a directory. Who runs a case calls it, and not beside the case."""
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def quiet():
    """The binding prints every error on standard error unless told otherwise."""
    libvirt.registerErrorHandler(lambda context, error: None, None)
