"""The list of differences that are expected for now, each with its reason.

    [later issue: networks of the test driver]
    virsh/network/*
    python/networks.define #3 *

A line in brackets is the reason of the patterns below it. In a pattern `*` stands for anything; the rest is literal.
A pattern that no longer meets a difference is stale, and has to go.
"""

import re

HEAD = """\
# Differences between virtd and libvirtd that are expected for now; see README.md.
"""


class Known:
    def __init__(self, path):
        self.path = path
        self.patterns = []  # (reason, pattern, expression)
        reason = None
        try:
            with open(path) as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            lines = []
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("[") and line.endswith("]"):
                reason = line[1:-1]
            elif reason is None:
                raise ValueError(f"{path}:{number}: a pattern without a reason above it")
            else:
                self.patterns.append((reason, line, expression(line)))

    def reason(self, check):
        for reason, _, matcher in self.patterns:
            if matcher.fullmatch(check):
                return reason
        return None

    def stale(self, same, different):
        """Patterns that meet nothing that differs, of those that meet anything at all in this run."""
        return [
            pattern
            for _, pattern, matcher in self.patterns
            if any(matcher.fullmatch(check) for check in same)
            and not any(matcher.fullmatch(check) for check in different)
        ]

    def unmet(self, checks):
        """Patterns that no check has the name of: only a run of all cases can tell."""
        return [p for _, p, matcher in self.patterns if not any(matcher.fullmatch(check) for check in checks)]

    def write(self, same, different, whole, reason="not sorted yet"):
        """Drops what is stale and adds what is missing, under a reason of its own."""
        stale = set(self.stale(same, different))
        if whole:
            stale |= set(self.unmet(same + different))
        groups = {}
        for why, pattern, _ in self.patterns:
            if pattern not in stale:
                groups.setdefault(why, []).append(pattern)
        for check in different:
            if self.reason(check) is None:
                groups.setdefault(reason, []).append(check)
        with open(self.path, "w") as file:
            file.write(HEAD)
            for why, patterns in groups.items():
                file.write("\n".join(["", f"[{why}]", *patterns]) + "\n")


def expression(pattern):
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.S)
