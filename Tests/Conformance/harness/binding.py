"""Runs the Python cases on one side: one process a module, started again behind a function that kills or hangs it."""

import contextlib
import glob
import json
import os
import queue
import subprocess
import sys
import threading

from . import runner, sides

CALL_TIMEOUT = 20


class Case:
    """One function over one transport."""

    def __init__(self, path, function, transport, services):
        self.path = path
        self.function = function
        self.transport = transport
        self.services = services
        stem = os.path.basename(path)[:-3]
        self.identifier = f"python/{stem}.{function}"


def load(folder):
    return [
        Case(path, function.__name__, transport, getattr(function, "services", False))
        for path in sorted(glob.glob(os.path.join(folder, "*.py")))
        if os.path.basename(path)[0] != "_"
        for function, transports in runner.functions(path)
        for transport in transports
    ]


def run(side, folder, chosen):
    """The calls of every case: a dictionary from (path, function, transport) to pairs of call and outcome."""
    results = {}
    for path, services in dict.fromkeys((case.path, case.services) for case in chosen):
        wanted = [(c.function, c.transport) for c in chosen if (c.path, c.services) == (path, services)]
        with sides.SERVICES if services else contextlib.nullcontext():
            run_functions(side, folder, path, wanted, results)
    return results


def run_functions(side, folder, path, wanted, results):
    while wanted:
        finished, unfinished = run_module(side, folder, path, wanted, results)
        wanted = [key for key in wanted if key not in finished]
        if unfinished is None and wanted:
            # It ended before it began the next function.
            unfinished = wanted[0]
            results[(path, *unfinished)] = []
        if unfinished is not None:
            results[(path, *unfinished)].append(("the next call", "broken: never ended, or ended the process"))
            wanted = [key for key in wanted if key != unfinished]
        if side.died():
            side.restart()


def run_module(side, folder, path, wanted, results):
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "harness.runner"],
        cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        env={"PATH": "/usr/bin:/bin", "HOME": side.tmp, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    job = {
        "path": path,
        "wanted": wanted,
        "uris": {transport: side.uri(transport) for _, transport in wanted},
        "services": {transport: side.uri(transport, services=True) for _, transport in wanted},
        "variables": side.variables(),
    }
    messages = queue.Queue()

    def read():
        for line in process.stdout:
            messages.put(json.loads(line))
        messages.put(None)

    threading.Thread(target=read, daemon=True).start()
    process.stdin.write(json.dumps(job))
    process.stdin.close()

    finished = set()
    current = None
    while True:
        try:
            message = messages.get(timeout=CALL_TIMEOUT)
        except queue.Empty:
            process.kill()
            break
        if message is None:
            break
        if "start" in message:
            current = (message["start"], message["transport"])
            results[(path, *current)] = []
        elif "end" in message:
            finished.add(current)
            current = None
        else:
            results[(path, *current)].append((message["call"], message["gave"]))
    process.wait()
    return finished, current
