"""Runs the functions of one Python module against one daemon, as a process of its own.

Started by the harness with a JSON object on standard input; prints one JSON line a call, and one when a function
starts and ends, so that a crash or a hang costs only the function in which it happens.
"""

import importlib.util
import inspect
import json
import os
import re
import sys
import threading

import libvirt

from . import fresh
from .normalise import Normaliser
from .recorder import Connection, Log


def functions(path):
    """The test functions of a module, in the order of the text, each with its transports."""
    if os.path.dirname(path) not in sys.path:
        sys.path.insert(0, os.path.dirname(path))
    specification = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    found = [
        function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    ]
    default = getattr(module, "TRANSPORTS", ("unix",))
    return [(function, getattr(function, "transports", default)) for function in found]


def turn_events():
    libvirt.virEventRegisterDefaultImpl()

    def loop():
        while True:
            libvirt.virEventRunDefaultImpl()

    threading.Thread(target=loop, daemon=True).start()


def main():
    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def send(**message):
        out.write(json.dumps(message) + "\n")

    fresh.quiet()
    turn_events()
    with open(job["path"]) as file:
        source = file.read()
    for function, transports in functions(job["path"]):
        for transport in transports:
            if [function.__name__, transport] not in job["wanted"]:
                continue
            send(start=function.__name__, transport=transport)
            fresh.empty(job["variables"]["TMP"])
            services = getattr(function, "services", False)
            uri = job["services" if services else "uris"][transport]
            run(function, uri, services, job["variables"], source, send)
            send(end=function.__name__, transport=transport)
    out.flush()
    # The event thread may be in the middle of a poll; there is nothing left to save.
    os._exit(0)


def run(function, uri, services, variables, source, send):
    log = Log(Normaliser(variables, source), lambda call, gave: send(call=call, gave=gave))
    try:
        raw = fresh.open_fresh(uri, services)
    except (libvirt.libvirtError, RuntimeError) as error:
        log.add("open", f"broken: no fresh state: {error}")
        return

    def other(path):
        return re.sub(r"(?<!/)/default", lambda match: path, uri, count=1)

    conn = Connection(log, raw, other, variables["TMP"])
    try:
        function(conn)
    except Exception as error:  # noqa: BLE001 - a daemon may answer anything; the other side shows if this is ours
        log.add("the test itself", f"broken: raised {type(error).__name__}: {error}")
    conn.let_go()
    fresh.close_used(raw)


if __name__ == "__main__":
    main()
