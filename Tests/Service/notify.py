"""Starts a daemon as a service manager would, makes it reload and end, and prints what it tells.

    notify.py VIRTD ROOT
"""

import os
import signal
import socket
import subprocess
import sys

virtd, root = sys.argv[1:]
path = os.path.join(root, "notify")
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(path)
manager.settimeout(20)
daemon = subprocess.Popen(
    [virtd, "--root", root], env={**os.environ, "NOTIFY_SOCKET": path}, stderr=subprocess.DEVNULL
)


def hear():
    lines = manager.recv(1000).decode().split("\n")
    print(" ".join(line.split("=")[0] if line.startswith("MONOTONIC_USEC=") else line for line in lines))


try:
    hear()
    daemon.send_signal(signal.SIGHUP)
    hear()
    hear()
    daemon.terminate()
    hear()
    print("ended with", daemon.wait(20))
finally:
    daemon.kill()
