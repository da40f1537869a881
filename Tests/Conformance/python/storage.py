"""Content of volumes: on libvirtd a directory's files, on virtd those of the test driver."""

import os

import libvirt

POOL = "<pool type='dir'><name>content</name><target><path>%s</path></target></pool>"
VOLUME = "<volume><name>%s</name><capacity>%d</capacity><allocation>%d</allocation></volume>"
SPARSE = libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM


def _pool(conn):
    path = os.path.join(conn.tmp, "pool")
    os.makedirs(path)
    return conn.storagePoolCreateXML(POOL % path, 0)


def _sizes(volume):
    volume.info()
    volume.infoFlags(0)
    volume.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)


def _upload(conn, volume, data, offset=0, length=0, flags=0):
    stream = conn.newStream(0)
    volume.upload(stream, offset, length, flags)
    if data:
        stream.send(data)
    stream.finish()
    _sizes(volume)


def _download(conn, volume, offset=0, length=0, flags=0):
    """What comes, as runs of the same byte: pieces may be cut differently."""
    stream = conn.newStream(0)
    volume.download(stream, offset, length, flags)
    raw, runs = stream._target, []
    while True:
        try:
            piece = raw.recvFlags(262120, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE) if flags else raw.recv(262120)
            if piece == -3:
                piece, shown = b"", ("hole", raw.recvHole())
                runs.append(shown)
                continue
        except libvirt.libvirtError as error:
            runs.append(str(error))
            break
        if not piece:
            break
        for byte in sorted(set(piece)):
            first, count = piece.index(byte), piece.count(byte)
            if runs and runs[-1][0] == byte and first == 0:
                runs[-1] = (byte, runs[-1][1] + count)
            else:
                runs.append((byte, count))
    conn.note("data", runs)
    stream.finish()


def volume_content(conn):
    made = _pool(conn)
    volume = made.createXML(VOLUME % ("v", 65536, 0), 0)
    _sizes(volume)
    _upload(conn, volume, b"a" * 5000)
    _upload(conn, volume, b"b" * 5000, 8192, 5000)
    _upload(conn, volume, b"c" * 100, 65536)
    _upload(conn, volume, b"d" * 100, 70000)
    _upload(conn, volume, b"")
    for offset, length in ((0, 0), (0, 100), (4999, 2), (5000, 4096), (70000, 0), (70050, 100), (80000, 0), (0, 1 << 40)):
        _download(conn, volume, offset, length)
    # More than was announced. Whether libvirtd has written what fits by then is chance.
    _upload(conn, volume, b"e" * 5000, 0, 4096)
    for flags in (2, 3, 4):
        volume.upload(conn.newStream(0), 0, 0, flags)
        volume.download(conn.newStream(0), 0, 0, flags)
    far = (1 << 63) - 1
    volume.upload(conn.newStream(0), far, 0, 0)
    volume.download(conn.newStream(0), far, 0, 0)
    volume.delete(0)
    volume.upload(conn.newStream(0), 0, 0, 0)
    volume.download(conn.newStream(0), 0, 0, 0)
    made.destroy()
    volume.upload(conn.newStream(0), 0, 0, 0)


volume_content.transports = ("unix", "tcp", "tls")


def volume_holes(conn):
    made = _pool(conn)
    volume = made.createXML(VOLUME % ("v", 65536, 0), 0)
    _upload(conn, volume, b"a" * 4096, 8192)
    for offset, length in ((0, 0), (0, 8192), (8192, 0), (10000, 10), (12288, 0), (20000, 100), (65536, 0)):
        _download(conn, volume, offset, length, SPARSE)
    _download(conn, volume)
    for parts, length in (
        ((4096, -8192, 4096), 0), ((-65536,), 0), ((-8192,), 4096), ((4096, -4096), 8192), ((-1,), 0)
    ):  # fmt: skip
        stream = conn.newStream(0)
        volume.upload(stream, 0, length, SPARSE)
        for part in parts:
            if part < 0:
                stream.sendHole(-part)
            else:
                stream.send(b"b" * part)
        stream.finish()
        _sizes(volume)
        _download(conn, volume, 0, 0, SPARSE)
    made.destroy()


volume_holes.transports = ("unix", "tls")


def volume_ends(conn):
    """Whoever writes may give up, or be gone."""
    made = _pool(conn)
    conn.watch(libvirt.virStoragePool, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH)
    volume = made.createXML(VOLUME % ("v", 65536, 0), 0)
    conn.collected(0)
    _upload(conn, volume, b"a" * 100)
    conn.collected(1)
    stream = conn.newStream(0)
    volume.upload(stream, 0, 0, 0)
    stream.abort()
    conn.collected(1)
    _download(conn, volume, 0, 200)
    conn.collected(0)
    other = libvirt.open(conn._uri("/default"))
    lost = other.newStream(0)
    other.storageVolLookupByPath(volume.path()).upload(lost, 0, 0, 0)
    other.close()
    del lost, other
    conn.collected(1)
    _sizes(volume)
    # What is open stays open.
    stream = conn.newStream(0)
    volume.upload(stream, 0, 0, 0)
    volume.delete(0)
    stream.send(b"b" * 100)
    stream.finish()
    made.destroy()


def volume_changes(conn):
    made = _pool(conn)
    volume = made.createXML(VOLUME % ("v", 65536, 0), 0)
    _upload(conn, volume, b"a" * 4096)
    for capacity, flags in (
        (131072, 0), (65536, 0), (65536, 4), (100, 4), (100, 0), (131072, 1), (4096, 2), (4096, 6), (0, 0), (0, 2),
        (0, 4), (1 << 62, 0), (1, 8), (1 << 50, 1),
    ):  # fmt: skip
        volume.resize(capacity, flags)
        _sizes(volume)
    for algorithm in (0, 9, 10, 11, 77):
        volume.wipePattern(algorithm, 0)
        _sizes(volume)
        _download(conn, volume, 0, 0)
    volume.wipe(0)
    volume.wipe(1)
    _upload(conn, volume, b"b" * 4096, 4096)
    copy = made.createXMLFrom(VOLUME % ("w", 131072, 0), volume, 0)
    _sizes(copy)
    _download(conn, copy, 0, 0, SPARSE)
    _upload(conn, copy, b"c" * 10)
    _download(conn, volume)
    volume.delete(0)
    volume.resize(1, 0)
    volume.wipe(0)
    volume.wipePattern(12, 0)
    volume.infoFlags(2)
    conn.storagePoolLookupByTargetPath(os.path.join(conn.tmp, "pool")).name()
    conn.storagePoolLookupByTargetPath(os.path.join(conn.tmp, "pool//")).name()
    conn.storagePoolLookupByTargetPath("/absent//")
    conn.storagePoolLookupByTargetPath("absent")
    conn.getStoragePoolCapabilities(1)
    made.destroy()
    copy.wipe(0)
    copy.resize(1, 0)


for function in (volume_content, volume_holes, volume_ends, volume_changes):
    function.services = True
