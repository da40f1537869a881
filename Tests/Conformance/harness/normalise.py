"""The differences that mean nothing. Everything else must be the same, byte for byte.

A rule here is a confession: it says what two correct daemons may print differently, and why. Add one only with the
reason.
"""

import re

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")

# Identifiers of the test driver's built-in objects: these are facts, not chance.
BUILT_IN = {
    "6695eb01-f6a4-8304-79aa-97f2502e193f",  # domain test
    "dd8fe884-6c02-601e-7551-cca97df1c5df",  # network default
    "dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566",  # storage pool default-pool
    "aa:bb:cc:dd:ee:ff",  # interface eth1
}

RULES = [
    # The test driver's CPU time is the wall clock.
    (re.compile(r"^(CPU time: +)[0-9.]+s$", re.M), r"\1<seconds>s"),
    (re.compile(r"^(\s*cpu_time +)[0-9.]+ seconds$", re.M), r"\1<seconds> seconds"),
    # So are its block and interface counters, each a part of the nanoseconds since 1970.
    (re.compile(r"^(\S+ (?:(?:rd|wr)_(?:req|bytes)|errs|[rt]x_(?:bytes|packets|errs|drop))) \d+$", re.M), r"\1 <count>"),
    (re.compile(r"^( (?:number of .*|error count): +)\d+$", re.M), r"\1<count>"),
    # The same clock, in nanoseconds and in parts of them, as libvirt-python shows it.
    (re.compile(r"\b1[789]\d{17}\b"), "<nanoseconds>"),
    (re.compile(r"(?<=, )1[789]\d{13}(?=, )"), "<nanoseconds / 10000>"),
    # And as the wire has it.
    (re.compile(r"^( +cpu_?time: )\d{13,}$", re.M | re.I), r"\1<count>"),
    # libvirtd appends whatever errno holds after a short read that was no error.
    (re.compile(r"(incomplete save header in '[^']*'): .*"), r"\1: <errno>"),
    # A snapshot or checkpoint is dated when it is made.
    (re.compile(r"<creationTime>\d{10}</creationTime>"), "<creationTime><now></creationTime>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?"), "<date>"),
    # Without a name, a snapshot is named after the second in which it is made.
    (re.compile(r"(?<![\d.])1[789]\d{8}(?![\d.])"), "<epoch>"),
]


class Normaliser:
    """Makes the texts of one case comparable.

    It numbers the random identifiers in the order in which they appear, so that the same one stays the same through
    the whole case. One normaliser a case and side.
    """

    def __init__(self, variables, given):
        """`variables` are the side's own paths and ports; `given` is the case's text: identifiers in it are kept."""
        self.replacements = [
            (variables["SOCKET"], "$SOCKET"),
            (variables["TMP"], "$TMP"),
            (variables["PKI"], "$PKI"),
            (":" + variables["TCP"], ":$TCP"),
            (":" + variables["TLS"], ":$TLS"),
        ]
        self.known = BUILT_IN | set(UUID.findall(given)) | set(MAC.findall(given))
        self.numbers = {}

    def text(self, text):
        for value, name in self.replacements:
            text = text.replace(value, name)
        for pattern, replacement in RULES:
            text = pattern.sub(replacement, text)
        # UUIDs that the daemon makes at random.
        text = UUID.sub(lambda match: self.numbered("uuid", match[0]), text)
        # Hardware addresses that the daemon makes at random for interfaces without one.
        text = MAC.sub(lambda match: self.numbered("mac", match[0]), text)
        return self.ordered(text)

    @staticmethod
    def ordered(text):
        """`domstats` prints the domains as the daemon's hash table has them, and libvirt's is seeded at random."""
        if not text.startswith("Domain: '"):
            return text
        return "\n\n".join(sorted(text.rstrip("\n").split("\n\n"))) + "\n"

    def numbered(self, kind, value):
        if value in self.known:
            return value
        number = self.numbers.setdefault(value, len(self.numbers) + 1)
        # As wide as what it replaces: it may stand in a table.
        return f"<{kind}-{number}>".ljust(len(value), ".")
