"""The cases of virsh and virtsh: command lines as data.

A `.cases` file is read line by line:

    # a comment
    @on unix tcp tls        transports of what follows; `unix` unless said
    @services               what follows is about secrets and filters: in libvirtd those of qemu:///system, which its
                            test driver has none of, in virtd those of test:///default; there are none at first
    list --all              a case of one command line, run in a fresh state
    -r start test           the same, with virsh's own options before the command
    "suspend test; list"    several commands on one connection
    life of a domain:       a case of several lines, which share one state
        start test
        ! cat $TMP/file     a line for the shell
    -c test+unix:///…       a line that says itself where to connect

`$TMP` is a directory of the side, `$SOCKET`, `$TCP`, `$TLS` and `$PKI` are where its daemon listens, `$URI` is what
the case's own lines connect to, `$VIRSH` is the program that runs them. The current directory holds `xml/`. What a line
prints, on both outputs, and its exit status is compared.
"""

import glob
import os
import string

TRANSPORTS = ("unix", "tcp", "tls")


class Case:
    """Command lines that run one after another in one state of the daemon, over one transport."""

    def __init__(self, identifier, transport, lines, place, services):
        self.identifier = identifier
        self.transport = transport
        self.lines = lines
        self.place = place
        self.services = services

    def checks(self):
        """The name of each line: what a pattern is matched against and a report shows."""
        if len(self.lines) == 1 and self.identifier.endswith("/" + self.lines[0]):
            return [f"{self.identifier} ({self.transport})"]
        return [f"{self.identifier} #{n + 1} {line} ({self.transport})" for n, line in enumerate(self.lines)]


class CaseError(Exception):
    pass


def load(folder):
    cases = []
    for path in sorted(glob.glob(os.path.join(folder, "*.cases"))):
        cases += parse(path)
    seen = set()
    for case in cases:
        for check in case.checks():
            if check in seen:
                raise CaseError(f"{case.place}: there is another case named {check}")
            seen.add(check)
    return cases


def parse(path):
    stem = os.path.basename(os.path.dirname(path)) + "/" + os.path.basename(path)[: -len(".cases")]
    transports = ["unix"]
    services = False
    cases = []
    group = None

    with open(path) as file:
        for number, raw in enumerate(file, 1):
            place = f"{path}:{number}"
            line = raw.strip()
            if not line or line.startswith("#"):
                continue
            if raw[0] in " \t":
                if group is None:
                    raise CaseError(f"{place}: an indented line outside of a case")
                group.append(line)
                continue
            group = None
            if line.startswith("@on "):
                transports = line.split()[1:]
                if not set(transports) <= set(TRANSPORTS):
                    raise CaseError(f"{place}: transports are {', '.join(TRANSPORTS)}")
            elif line == "@services":
                services = True
            elif line.startswith("@"):
                raise CaseError(f"{place}: unknown directive {line}")
            elif line.endswith(":"):
                group = []
                cases += [Case(f"{stem}/{line[:-1]}", transport, group, place, services) for transport in transports]
            else:
                cases += [Case(f"{stem}/{line}", transport, [line], place, services) for transport in transports]
    for case in cases:
        if not case.lines:
            raise CaseError(f"{case.place}: a case without lines")
    return cases


def expand(text, variables):
    return string.Template(text).safe_substitute(variables)
