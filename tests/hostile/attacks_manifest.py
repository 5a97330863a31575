# SPDX-License-Identifier: Apache-2.0
"""Attacks by manifests that are signed by a genuine key: a thief's, or that of a publisher whose program is hostile."""
import ferry_format as f
from table import attack

DTD = b'<!DOCTYPE manifest [%s]>\n'


def on_text(change):
    """A hook that changes the manifest's bytes before they are signed."""
    return {"text": lambda kit, text: change(text)}


def replaced(old, new):
    def change(text):
        if old not in text:
            raise RuntimeError(f"the manifest has no {old!r}")
        return text.replace(old, new, 1)

    return on_text(change)


def set_field(tag, name, value):
    def hook(kit, tree):
        tree.find(tag)[name] = value(kit, tree.find(tag)[name]) if callable(value) else value

    return {"tree": hook}


def set_fields(*fields, then=None):
    """Several of set_field(), and another change of the tree behind them."""

    def hook(kit, tree):
        for field in fields:
            set_field(*field)["tree"](kit, tree)
        if then:
            then(tree)

    return {"tree": hook}


def on_chunk(name, value):
    """Sets a field of the second chunk."""

    def hook(kit, tree):
        chunk = [chunk for volume in tree.all("volume") for chunk in volume.children][1]
        chunk[name] = value(chunk[name]) if callable(value) else value

    return {"tree": hook}


def on_tree(change):
    def hook(kit, tree):
        change(tree)

    return {"tree": hook}


def deep(count):
    return lambda text: text.replace(b"  <volume", b"<a>" * count + b"</a>" * count + b"\n  <volume", 1)


def bombs():
    def bomb(name, says, **hooks):
        attack(24, "manifest: " + name, 15, ["{name}", says], **hooks)

    def dear(name, says, **hooks):
        bomb(name, says, dear=True, **hooks)

    after_line = len(f.XML_LINE)

    def prologue(inserted):
        return on_text(lambda text: text[:after_line] + inserted + text[after_line:])

    lol = b'<!ENTITY l0 "lol">' + b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 11))
    bomb("empty document type", "document type", **prologue(DTD % b""))
    bomb(
        "ten thousand million laughs",
        "document type",
        **on_text(
            lambda text: (text[:after_line] + DTD % lol + text[after_line:]).replace(
                b'tool="hostile 1"', b'tool="&l10;"'
            )
        ),
    )
    dear(
        "one entity of 1 MiB, used 1,000 times",
        "document type",
        **on_text(
            lambda text: text[:after_line]
            + DTD % (b'<!ENTITY a "%s">' % (b"a" * 2**20))
            + text[after_line:].replace(b"hostile 1", b"&a;" * 1000)
        ),
    )
    bomb("external entity", "document type", **prologue(DTD % b'<!ENTITY e SYSTEM "file:///etc/passwd">'))
    bomb("external document type", "document type", **prologue(b'<!DOCTYPE manifest SYSTEM "http://evil/x.dtd">\n'))
    bomb("parameter entity", "document type", **prologue(DTD % b'<!ENTITY % p SYSTEM "file:///dev/zero"> %p;'))
    bomb(
        "attribute defaults in a document type",
        "document type",
        **prologue(DTD % b'<!ATTLIST manifest evil CDATA "x">'),
    )
    bomb("comment", "comment", **replaced(b"  <volume", b"  <!-- evil -->\n  <volume"))
    bomb("processing instruction", "processing instruction", **replaced(b"  <volume", b"  <?evil x?>\n  <volume"))
    bomb("style sheet", "processing instruction", **prologue(b'<?xml-stylesheet href="http://evil/"?>\n'))
    bomb("CDATA", "CDATA", **replaced(b"  <volume", b"  <![CDATA[evil]]>\n  <volume"))
    bomb("9 elements deep", "nested deeper", **on_text(deep(9)))
    dear("a million elements deep", "nested deeper", **on_text(deep(1_000_000)))
    dear(
        "262,000 elements",
        "has no feature",
        **on_text(lambda text: text.replace(b"  <volume", b"<requires/>\n" * 262_000 + b"  <volume", 1)),
    )
    dear(
        "1,300,000 elements",
        "elements",
        **on_text(lambda text: text.replace(b"  <volume", b"<requires/>" * 1_300_000 + b"  <volume", 1)),
    )
    bomb("17 attributes", "attributes", **replaced(b'tool="', b"".join(b'a%d="" ' % i for i in range(12)) + b'tool="'))
    dear(
        "a million attributes",
        "attributes",
        **on_text(
            lambda text: text.replace(b'tool="', b"".join(b'a%d="" ' % i for i in range(1_000_000)) + b'tool="', 1)
        ),
    )
    bomb("a value of 64 KiB and a byte", "at most 65536", **set_field("bundle", "tool", "x" * 65537))
    dear("a value of 15 MiB", "at most 65536", **set_field("bundle", "tool", "x" * (15 << 20)))
    dear(
        "a name of 15 MiB",
        "manifest",
        **on_text(lambda text: text.replace(b"  <volume", b"  <" + b"x" * (15 << 20) + b"/>\n  <volume", 1)),
    )
    dear(
        "15 MiB of spaces",
        "canonical",
        **on_text(lambda text: text.replace(b"  <volume", b" " * (15 << 20) + b"<volume", 1)),
    )
    dear(
        "15 MiB of character references",
        "at most 65536",
        **on_text(lambda text: text.replace(b"hostile 1", b"&#120;" * 2_500_000, 1)),
    )
    dear(
        "300,000 namespaces",
        "manifest",
        **on_text(
            lambda text: text.replace(
                b'format-version', b"".join(b'xmlns:a%d="u" ' % i for i in range(300_000)) + b'format-version', 1
            )
        ),
    )
    attack(
        24,
        "manifest: 100,000 earlier bundles, base missing",
        10,
        "missing is",
        dear=True,
        kit=gap,
        **set_fields(
            ("base", "state", "1" * 64),
            then=lambda tree: tree.add(
                "chain", *[f.earlier(f"x{i}", 0, 1) for i in range(100_000)]
            ),
        ),
    )
    attack(
        16,
        "10,000 volumes in the manifest",
        15,
        "10000 volumes",
        dear=True,
        tree=lambda kit, tree: tree.replace("volume", [f.El("volume", {"index": i + 1}) for i in range(10_000)]),
    )
    attack(
        16,
        "100,000 empty chunks in the manifest",
        15,
        "{name}",
        dear=True,
        tree=lambda kit, tree: tree.all("volume")[-1].children.extend(
            f.El(
                "chunk", {"name": f"chunks/{i:06}.zst", "size": 0, "raw-size": 0, "records": 0, "sha256": f.sha256(b"")}
            )
            for i in range(5, 100_005)
        ),
    )


def gap(kit):
    kit.base += 5
    kit.generation += 5


def numbers():
    def number(name, tag, field, value):
        attack(26, f"{tag} {field} is {name}", 15, f"{field} of element {tag}", **set_field(tag, field, value))

    number("negative", "target", "updates", "-1")
    number("with a plus", "content", "puts", lambda kit, old: f"+{old}")
    number("hexadecimal", "content", "puts", lambda kit, old: hex(old))
    number("with an exponent", "content", "document-bytes", "1e3")
    number("not a number", "target", "revisions", "NaN")
    number("infinite", "content", "drops", "Infinity")
    number("empty", "content", "drops", "")
    number("with a space before it", "target", "updates", lambda kit, old: f" {old}")
    number("with a space behind it", "target", "updates", lambda kit, old: f"{old} ")
    number("in full-width digits", "target", "generation", "\uff12")
    number("in Arabic digits", "target", "revisions", "\u0665")
    number("a fraction", "target", "generation", lambda kit, old: f"{old}.0")
    number("two to the 53", "target", "updates", str(2**53))
    number("two to the 64", "content", "document-bytes", str(2**64))
    number("two to the 64 and the right number", "content", "puts", lambda kit, old: str(2**64 + old))
    number("a thousand digits long", "content", "puts", "9" * 1000)
    number("with separators", "content", "document-bytes", lambda kit, old: f"{old:_}")
    number("with NUL as reference", "target", "generation", "2\ufffd")
    attack(26, "leading zeros", 15, "canonical", **set_field("target", "generation", lambda kit, old: f"0{old}"))
    attack(26, "minus zero", 15, "drops of element content", **set_field("content", "drops", "-0"))
    attack(26, "index of a volume is 0", 15, "not numbered", **set_field("volume", "index", 0))
    attack(26, "index of a volume is 2", 15, "not numbered", **set_field("volume", "index", 2))
    for name, value in (
        ("in upper case", "BBBBBBBB-0000-4000-8000-00000000000B"),
        ("in braces", "{bbbbbbbb-0000-4000-8000-00000000000b}"),
        ("without dashes", "bbbbbbbb000040008000" + "00000000000b"),
        ("one digit short", "bbbbbbbb-0000-4000-8000-00000000000"),
        ("empty", ""),
        ("with a letter g", "gbbbbbbb-0000-4000-8000-00000000000b"),
    ):
        attack(
            26,
            f"lineage {name}",
            15,
            ["manifest"] if name in ("in upper case", "in braces") else "lineage of element",
            **set_field("feed", "lineage", value),
        )
    for name, value in (
        ("in upper case", lambda kit, old: old.upper()),
        ("one digit short", lambda kit, old: old[1:]),
        ("empty", ""),
        ("not hexadecimal", "z" * 64),
        ("doubled", lambda kit, old: old * 2),
    ):
        attack(26, f"state {name}", 15, "state of element target", **set_field("target", "state", value))
    for name, value in (
        ("month 13", "2026-13-01T00:00:00Z"),
        ("30 February", "2026-02-30T00:00:00Z"),
        ("hour 25", "2026-01-01T25:00:00Z"),
        ("without zone", "2026-01-01T00:00:00"),
        ("another zone", "2026-01-01T00:00:00+01:00"),
        ("fractions", "2026-01-01T00:00:00.5Z"),
        ("leap second", "2026-06-30T23:59:60Z"),
        ("year 10000", "10000-01-01T00:00:00Z"),
        ("year 0", "0000-01-01T00:00:00Z"),
        ("negative year", "-001-01-01T00:00:00Z"),
        ("seconds since 1970", "1763000000"),
        ("words", "tomorrow"),
        ("empty", ""),
    ):
        attack(26, f"created: {name}", 15, "created of element bundle", **set_field("bundle", "created", value))
    for name, value in (
        ("of number 0", 0),
        ("of number 2 without the manifest of 1", 2),
        ("of a number beyond all", 2**53),
        ("of a number beyond 64 bits", 2**64),
        ("of number -1", -1),
    ):
        attack(26, f"a chain {name}", 15, "sequence", **set_field("chain", "sequence", value))
    attack(26, "a first bundle with one before it", 15, "chain sequence", **set_field("chain", "previous", "1" * 64))
    attack(26, "no chain", 15, "chain", **on_tree(lambda tree: tree.replace("chain", [])))


def characters():
    for name, value in (
        ("a control character", b"\x01"),
        ("DEL as invalid byte", b"\xff"),
        ("ESC", b"\x1b[2J"),
        ("a bell", b"\x07"),
        ("U+FFFE", b"\xef\xbf\xbe"),
        ("U+FFFF", b"\xef\xbf\xbf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("an overlong slash", b"\xc0\xaf"),
        ("an overlong NUL", b"\xc0\x80"),
        ("an overlong form of three bytes", b"\xe0\x80\xaf"),
        ("beyond U+10FFFF", b"\xf4\x90\x80\x80"),
        ("a half sequence", b"\xe2\x82"),
        ("a continuation alone", b"\x80"),
    ):
        attack(27, f"manifest: {name}", 15, "manifest", **replaced(b"hostile 1", b"hostile " + value))


def install():
    for part in (
        bombs,
        numbers,
        characters,
    ):
        part()
