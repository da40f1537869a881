"""Has systemd's tool make a daemon's sockets and start it, and asks it through them.

    activation.py VIRTD ROOT [NAMES]
"""

import os
import subprocess
import sys
import time

virtd, root, *names = sys.argv[1:]
sockets = [os.path.join(root, name) for name in ("passed-libvirt-sock", "passed-libvirt-admin-sock")]
command = ["systemd-socket-activate", *(word for path in sockets for word in ("-l", path))]
daemon = subprocess.Popen(
    [*command, *(f"--fdname={text}" for text in names), virtd, "--root", root],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)  # fmt: skip


def ask(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20).stdout.split()


try:
    deadline = time.time() + 20
    while not all(map(os.path.exists, sockets)) and time.time() < deadline:
        time.sleep(0.01)
    print("domain", *ask("virsh", "-c", f"test+unix:///default?socket={sockets[0]}", "list", "--name"))
    print("servers", *ask("virt-admin", "-c", f"libvirtd+unix:///system?socket={sockets[1]}", "server-list"))
    # What is passed is not made; the rest is.
    print("made", *sorted(os.listdir(os.path.join(root, "run/libvirt"))))
    daemon.terminate()
    print("ended with", daemon.wait(20))
    # They are the manager's, and stay.
    print("left", *map(os.path.exists, sockets))
finally:
    daemon.kill()
