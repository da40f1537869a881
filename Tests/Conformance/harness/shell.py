"""Runs cases of command lines on one side, with virsh or another program that takes the same."""

import contextlib
import os
import shlex
import subprocess

import libvirt

from . import cases, fresh, sides
from .normalise import Normaliser

LINE_TIMEOUT = 15


def environment(home):
    """The same small environment on both sides: no terminal, no language, no setting of the user."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C", "TZ": "UTC", "TERM": "dumb"}


class Result:
    """What a line left: comparable, and printable line by line."""

    def __init__(self, status, output, errors):
        self.status = status
        self.output = output
        self.errors = errors

    def lines(self):
        out = [f"status: {self.status}"]
        for name, text in (("stdout", self.output), ("stderr", self.errors)):
            out += [f"{name}: {line}" for line in text.split("\n")] if text else []
        return out


def run(side, folder, case, program="virsh"):
    """The results of the case's lines, in their order.

    virsh 9.0 itself may hang after a job that failed at once: it misses that its worker has ended. So a case that ran
    into the time limit is run once more.
    """
    with sides.SERVICES if case.services else contextlib.nullcontext():
        results = attempt(side, folder, case, program)
        if any(result.status == "timeout" for result in results) and not side.died():
            results = attempt(side, folder, case, program)
    return results


def attempt(side, folder, case, program):
    fresh.empty(side.tmp)
    uri = side.uri(case.transport, case.services)
    variables = {**side.variables(), "URI": uri, "VIRSH": program}
    given = "\n".join(case.lines) + inputs(folder, case)
    normaliser = Normaliser(side.variables() | {"URI": uri}, given)
    try:
        holder = fresh.open_fresh(uri, case.services)
    except (libvirt.libvirtError, RuntimeError) as error:
        return [Result("not run", "", normaliser.text(f"no fresh state: {error}"))] * len(case.lines)
    try:
        return [run_line(side, folder, line, variables, normaliser) for line in case.lines]
    finally:
        fresh.close_used(holder)


def run_line(side, folder, line, variables, normaliser):
    text = cases.expand(line, variables)
    if text.startswith("!"):
        command = ["/bin/sh", "-c", text[1:]]
    else:
        words = shlex.split(text)
        connect = [] if "-c" in words[:3] else ["-c", variables["URI"]]
        command = [variables["VIRSH"], *connect, *words]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment(side.tmp), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=LINE_TIMEOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return Result("timeout", decode(normaliser, late.stdout), decode(normaliser, late.stderr))
    return Result(done.returncode, decode(normaliser, done.stdout), decode(normaliser, done.stderr))


def decode(normaliser, data):
    return normaliser.text((data or b"").decode(errors="backslashreplace"))


def inputs(folder, case):
    """The content of the files that the case's lines name: what is written there is not random."""
    texts = []
    for line in case.lines:
        for word in line.replace(";", " ").replace('"', " ").split():
            path = os.path.join(folder, word)
            if word.startswith("xml/") and os.path.isfile(path):
                with open(path) as file:
                    texts.append(file.read())
    return "".join(texts)
