# SPDX-License-Identifier: Apache-2.0
"""The attack table: its rows, and the attacks that attacks_*.py add to it."""

# Rows of the threat model. What a volume cannot express has the reason instead of attacks.
ROWS = {
    1: "arbitrary record injection",
    2: "rollback",
    3: "replay",
    4: "freeze and dates",
    5: "fast-forward",
    6: "mix-and-match of volumes",
    7: "wrong recipient",
    8: "wrong base",
    9: "truncated",
    10: "extended",
    11: "decompression bomb",
    12: "path traversal",
    13: "links, devices and other types",
    14: "duplicate members",
    15: "pax and sparse overrides",
    16: "huge or odd headers",
    17: "manifest and members differ",
    18: "unknown critical fields",
    19: "key compromise",
    20: "key rotation",
    21: "expired certificates, wrong times",
    22: "algorithm downgrade",
    23: "medium changes after verification",
    24: "XML bombs",
    25: "XML parser differentials",
    26: "numbers and identifiers",
    27: "characters and encodings",
    28: "SQL injection",
    29: "terminal escapes",
    30: "formulas and HTML",
    31: "junk and odd signatures",
    32: "parsers reached before the signature",
    33: "half-verified data left behind",
    34: "other archive formats",
    35: "information leak",
    36: "reverse channel",
}
NOT_APPLICABLE = {
    23: "needs a medium that gives other bytes when it is read again; the bytes of a volume cannot",
    35: "a bundle that is read by a stranger harms no importer",
    36: "a receipt goes the other way; there are none in format 1.0",
}


class Attack:
    """A way to spoil a bundle. `code` is the exit code expected, or one for each number of volumes. `says` are pieces
    of the message: {file} is the attacked volume, {name} the bundle. `hooks` are those of Kit.build()."""

    def __init__(
        self,
        row,
        name,
        code,
        says,
        site="plain",
        volumes=(1, 3),
        keys=("p256", "rsa3072"),
        dear=False,
        installs_trust=False,
        **hooks
    ):
        self.row, self.name, self.site = row, name, site
        self.code = code if isinstance(code, dict) else {count: code for count in volumes}
        self.says = [says] if isinstance(says, str) else list(says)
        self.hooks, self.dear = hooks, dear
        self.installs_trust = installs_trust  # as FORMAT.md, "Trust chain", demands after some refusals
        self.product = [(count, key) for count in volumes for key in keys]

    def cases(self, number, complete):
        """Numbers of volumes and types of keys. By default the two of them that share nothing, in turn; all of the
        product when `complete`, but for what costs seconds."""
        if (complete and not self.dear) or self.row == 0 or len(self.product) < 4:
            return self.product
        return [self.product[0], self.product[3]] if number % 2 == 0 or self.dear else self.product[1:3]


ATTACKS = []
HONEST = []  # must be taken: without them a refusal would prove nothing


def attack(*arguments, **more):
    ATTACKS.append(Attack(*arguments, **more))


def honest(name, site="plain", **more):
    HONEST.append(Attack(0, name, 0, "applied {bundle}", site, **more))
