"""Compares what the two sides left, and says so."""

import difflib

from .known import Known


NOT_RUN = ("status: not run", "status: timeout", "status: daemon died", "broken:")


class Check:
    """One command line or one call: its name, and what each side made of it, as lines."""

    def __init__(self, name, expected, actual, names=("libvirtd", "virtd")):
        self.name = name
        self.names = names
        self.expected = expected
        self.actual = actual
        # What could not be run is not the same, even if it is on both sides: then the case is wrong.
        self.same = expected == actual and not any(line.startswith(NOT_RUN) for line in expected)


def of_shell(case, expected, actual, **named):
    return [Check(name, a.lines(), b.lines(), **named) for name, a, b in zip(case.checks(), expected, actual)]


def of_binding(case, expected, actual):
    """Call by call. A side that made fewer calls differs in those that it did not make."""
    checks = []
    for n in range(max(len(expected), len(actual))):
        pairs = [side[n] if n < len(side) else ("no such call", "") for side in (expected, actual)]
        call = pairs[0][0] if n < len(expected) else pairs[1][0]
        name = f"{case.identifier} #{n + 1} {call.splitlines()[0]} ({case.transport})"
        checks.append(Check(name, *[[call, *gave.split("\n")] for call, gave in pairs]))
    return checks


def print_difference(check):
    print(f"--- {check.name}")
    if check.expected == check.actual:
        print("\n".join("    " + line for line in check.expected))
    for line in difflib.unified_diff(check.expected, check.actual, *check.names, lineterm="", n=2):
        if not line.startswith("@@"):
            print("    " + line)


def conclude(checks, known_path, write_known, verbose, whole):
    """Prints the differences and the summary. True if nothing is wrong."""
    known = Known(known_path) if known_path else None
    same = [check.name for check in checks if check.same]
    different = [check.name for check in checks if not check.same]
    failed = expected = 0
    for check in checks:
        reason = known.reason(check.name) if known and not check.same else None
        if check.same:
            if verbose:
                print(f"ok  {check.name}")
                for line in check.expected:
                    print("    " + line)
        elif reason is not None:
            expected += 1
            if verbose:
                print(f"known: {reason}")
                print_difference(check)
        else:
            failed += 1
            print_difference(check)

    if known and write_known:
        known.write(same, different, whole)
        print(f"{known_path} written")
        return True
    stale = known.stale(same, different) if known else []
    if known and whole:
        stale += known.unmet(same + different)
    for pattern in stale:
        print(f"stale: {pattern}: there is no such difference any more; take it off the list")
    tail = f", {expected} known differences" if expected else ""
    tail += f", {len(stale)} stale" if stale else ""
    print(f"{len(same)} passed, {failed + len(stale)} failed{tail}")
    return failed == 0 and not stale
