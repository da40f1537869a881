"""The bytes themselves, as Wireshark's dissector of libvirt's protocol reads them.

Some sessions of virsh over TCP are captured on the loopback. Each packet's decoded form, header and body, is compared
with the other side's; a packet that the dissector cannot read makes the session broken.
"""

import os
import re
import signal
import subprocess
import time

from . import fresh
from .normalise import Normaliser
from .report import Check
from .shell import environment

# Name of a session, and the commands of its one connection.
SESSIONS = {
    "lifecycle": "list --all; dominfo test; suspend test; resume test; destroy test; start test; dumpxml test",
    "typed parameters": "schedinfo test; schedinfo test --set weight=7; domstats --state --iothread; memtune test",
    "definitions": "define xml/full.xml; dumpxml full; start full; blkdeviotune full vda; vcpuinfo full; undefine full",
    # One snapshot: libvirtd lists several in no order in particular.
    "snapshots": "snapshot-create-as test s1; snapshot-list test; snapshot-revert test s1; snapshot-delete test s1",
    "networks": "net-list --all; net-dumpxml default; net-define xml/network.xml; net-info lab; net-undefine lab",
    "storage": "pool-list --all --details; vol-create default-pool xml/volume.xml; vol-list default-pool --details",
    "devices": "iface-list; iface-dumpxml eth1; nodedev-dumpxml computer",
    "host": "version; nodeinfo; nodecpumap; capabilities; freecell --all; cpu-models i686",
    "errors": "dominfo absent; start test; define xml/not-xml.xml; secret-list; net-start default",
    "stream": "screenshot test $TMP/shot",
}

# The reply of a call with a stream and the stream's first packet may overtake each other.
UNORDERED = {"stream"}


class Case:
    def __init__(self, session):
        self.session = session
        self.identifier = f"wire/{session}"


def load():
    return [Case(session) for session in SESSIONS]


def run(side, folder, cases):
    """What the dissector says of each case's session: a list of lines a case."""
    if not cases:
        return []
    capture = os.path.join(side.directory, "capture.pcapng")
    started = subprocess.Popen(
        ["dumpcap", "-i", "lo", "-f", f"tcp port {side.tcp_port}", "-w", capture],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        # It names the file when it has begun.
        for line in started.stderr:
            if line.startswith("File:"):
                break
        else:
            return [["broken: dumpcap did not start"]] * len(cases)
        for case in cases:
            session(side, folder, SESSIONS[case.session])
        time.sleep(0.5)
    finally:
        started.send_signal(signal.SIGINT)
        started.communicate()
    sessions = decode(side, capture)
    if len(sessions) != len(cases):
        return [[f"broken: {len(sessions)} sessions were captured, not {len(cases)}"]] * len(cases)
    given = "".join(open(os.path.join(folder, "xml", name)).read() for name in os.listdir(os.path.join(folder, "xml")))
    return [
        Normaliser(side.variables(), given).text("\n".join(sorted_packets(lines) if case.session in UNORDERED else lines))
        .split("\n")
        for case, lines in zip(cases, sessions)
    ]  # fmt: skip


def sorted_packets(lines):
    packets = []
    for line in lines:
        if line in ("client", "server"):
            packets.append([])
        packets[-1].append(line)
    return [line for packet in sorted(packets) for line in packet]


def session(side, folder, commands):
    """One virsh over TCP, in a state that is held over the UNIX socket, so that the capture holds virsh alone."""
    holder = fresh.open_fresh(side.uri("unix"))
    try:
        subprocess.run(
            ["virsh", "-c", side.uri("tcp"), commands.replace("$TMP", side.tmp)], cwd=folder,
            env=environment(side.tmp), stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pass
    finally:
        fresh.close_used(holder)


def decode(side, capture):
    """The lines of each connection, in the order of connections. Only libvirt's layer, and who speaks."""
    done = subprocess.run(
        ["tshark", "-r", capture, "-d", f"tcp.port=={side.tcp_port},libvirt", "-Y", "libvirt || _ws.malformed",
         "-O", "libvirt"],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": side.tmp}, capture_output=True, text=True,
        errors="backslashreplace",
    )  # fmt: skip
    sessions = {}
    lines = []
    inside = False
    for line in done.stdout.splitlines():
        ports = re.match(r"Transmission Control Protocol, Src Port: (\d+), Dst Port: (\d+)", line)
        if ports:
            source, destination = int(ports[1]), int(ports[2])
            client = destination if source == side.tcp_port else source
            speaker = "server" if source == side.tcp_port else "client"
            lines = sessions.setdefault(client, [])
            inside = False
        elif line == "Libvirt":
            lines.append(speaker)
            inside = True
        elif "Malformed" in line or re.match(r"\s+unknown:", line):
            lines.append(f"broken: {line.strip()}")
        elif inside and line.startswith("    "):
            lines.append(line)
        else:
            inside = False
    return list(sessions.values())


def checks(cases, expected, actual):
    return [Check(case.identifier, a, b) for case, a, b in zip(cases, expected, actual)]
