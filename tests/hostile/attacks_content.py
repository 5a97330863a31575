# SPDX-License-Identifier: Apache-2.0
"""Attacks inside chunks, by manifests that match them and are signed: records and documents."""
import ferry_format as f
from table import attack, honest

MIB = 2**20
EVIL = "eeeeeeee-0000-4000-8000-00000000000e"
UPD = "http://schemas.microsoft.com/msus/2002/12/Update"


def on_raw(change):
    def hook(kit, raws):
        raws[1] = change(raws[1])

    return {"raw": hook}


def add_records(*records):
    return on_raw(lambda raw: raw + b"".join(records))


def document(inner="", update=EVIL, revision=1, prologue="", attributes=""):
    return (
        f'{prologue}<Update xmlns="{UPD}"{attributes}><UpdateIdentity UpdateID="{update}" RevisionNumber="{revision}"/>'
        f'<Properties UpdateType="Software"/>{inner}</Update>'
    ).encode()


def with_state(make, **hooks):
    """More documents, and the state that they would lead to: so that nothing but the document is wrong."""

    def raw(kit, raws):
        data = make()
        kit.extra = f.Document(EVIL, 1, data)
        raws[1] += kit.extra.put()

    def tree(kit, manifest):
        after = {**kit.after, kit.extra.identity: kit.extra}
        manifest.find("target")["state"] = kit.state(after)
        manifest.find("target")["updates"] = len({doc.update for doc in after.values()})
        manifest.find("target")["revisions"] = len(after)

    return {"raw": raw, "tree": tree, **hooks}


def records():
    def record(row, name, says, data, code=15, **more):
        attack(
            row, "record: " + name, code, ["chunks/000002.zst"] + ([says] if says else []), **add_records(data), **more
        )

    line = "expected 'put'"
    good = document()
    record(1, "an unknown verb", line, b"exec rm -rf /\n")
    record(1, "a verb in upper case", line, f.put(EVIL, 1, good).replace(b"put", b"PUT", 1))
    record(1, "a blank line", line, b"\n")
    record(1, "text behind the last record", "", b"evil")
    record(1, "NULs behind the last record", "", bytes(512))
    record(1, "a line of 1 MiB without end", "no line end", b"put " + b"x" * MIB)
    record(1, "two spaces between fields", line, f"drop  {EVIL} 1 removed\n".encode())
    record(1, "a space at the line's end", line, f"drop {EVIL} 1 removed \n".encode())
    record(1, "a carriage return at the line's end", "reason is", f"drop {EVIL} 1 removed\r\n".encode())
    record(1, "tabs between fields", line, f"drop\t{EVIL}\t1\tremoved\n".encode())
    record(1, "one field too few", line, f"drop {EVIL} 1\n".encode())
    record(1, "one field too many", line, f"drop {EVIL} 1 removed now\n".encode())
    record(1, "an unknown reason", "reason is", f.drop(EVIL, 1, "evil"))
    record(1, "an unknown dialect", "dialect is", f.put(EVIL, 1, good, "exe"))
    record(1, "the last line end is missing", "", f.put(EVIL, 1, good)[:-1])
    record(1, "the document has the other dialect", "its record", f.put(EVIL, 1, good, "sdp"))
    for name, revision in (
        ("0", "0"),
        ("2^31", str(2**31)),
        ("2^32 and 1", str(2**32 + 1)),
        ("2^64 and 1", str(2**64 + 1)),
        ("-1", "-1"),
        ("+1", "+1"),
        ("01", "01"),
        ("0x1", "0x1"),
        ("1.0", "1.0"),
        ("empty", ""),
        ("in full-width digits", "\uff11"),
    ):
        record(26, f"revision {name}", "expected", f.put(EVIL, revision, good))
    for name, length in (
        ("one less", len(good) - 1),
        ("one more", len(good) + 1),
        ("0", 0),
        ("-1", -1),
        ("64 MiB and a byte", 64 * MIB + 1),
        ("2^64", 2**64),
        ("2^64 and the right one", 2**64 + len(good)),
        ("with a leading zero", f"0{len(good)}"),
        ("with a plus", f"+{len(good)}"),
        ("1 GiB", 2**30),
    ):
        record(26, f"length {name}", "", f.put(EVIL, 1, good, length=length))
    for name, update in (
        ("in upper case", EVIL.upper()),
        ("in braces", "{" + EVIL + "}"),
        ("without dashes", EVIL.replace("-", "")),
        ("one digit short", EVIL[:-1]),
        ("a path", "../../etc/passwd"),
        ("with a NUL", EVIL[:-1] + "\0"),
    ):
        record(26, f"update id {name}", "update id is", f.put(update, 1, good))
    record(17, "another revision than the document's", "its record", f.put(EVIL, 2, good))
    record(17, "another update than the document's", "its record", f.put(EVIL.replace("e", "f"), 1, good))
    for number, name in ((1, "a drop that does not belong here"), (2, "a drop of the same twice")):
        attack(
            17,
            "record: " + name,
            15,
            "manifest promises",
            raw=lambda kit, raws, number=number: raws.__setitem__(0, raws[0] + f.drop(*next(iter(kit.after))) * number),
        )
    attack(
        17,
        "record: one identity with two documents",
        15,
        "manifest promises",
        **add_records(f.put(EVIL, 1, good), f.put(EVIL, 1, document("<x/>"))),
    )
    attack(
        17,
        "record: a document that the state does not count",
        15,
        "manifest promises",
        **add_records(f.put(EVIL, 1, good)),
    )
    attack(17, "record: a document of an identity that is there is exchanged", 15, "manifest promises", raw=exchange)
    attack(
        17,
        "a drop in a full bundle",
        15,
        "a full bundle holds a drop",
        kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after),
        raw=lambda kit, raws: raws.__setitem__(1, raws[1] + f.drop(EVIL, 1)),
    )
    attack(
        17,
        "a full bundle that leaves out one document",
        15,
        "manifest promises",
        kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after),
        raw=leave_out,
    )
    attack(17, "the records of a chunk are missing", 15, "manifest promises", **on_raw(lambda raw: b""))
    honest("one document more, and the state that counts it", **with_state(document))
    honest(
        "a full bundle of the next generation", kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after)
    )


def exchange(kit, raws):
    old = next(doc for identity, doc in kit.before.items() if identity in kit.after)
    raws[1] += f.put(old.update, old.revision, document(update=old.update, revision=old.revision))


def leave_out(kit, raws):
    first = next(iter(kit.after.values())).put()
    if not raws[0].startswith(first):
        raise RuntimeError("the first record is not the first document")
    raws[0] = raws[0][len(first) :]


def documents():
    def broken(row, name, says, make, **more):
        attack(
            row, "document: " + name, 15, ["chunks/000002.zst"] + ([says] if says else []), **with_state(make), **more
        )

    def dear(*arguments):
        broken(*arguments, dear=True)

    lol = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 11))
    dtd = "document type"
    broken(24, "ten thousand million laughs", dtd, lambda: document("&l10;", prologue=f"<!DOCTYPE Update [{lol}]>"))
    broken(24, "an empty document type", dtd, lambda: document(prologue="<!DOCTYPE Update>"))
    broken(
        24,
        "an external entity",
        dtd,
        lambda: document("&e;", prologue='<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]>'),
    )
    broken(24, "an external document type", dtd, lambda: document(prologue='<!DOCTYPE x SYSTEM "http://evil/">'))
    dear(24, "a million elements deep", "nested deeper", lambda: document("<a>" * 1_000_000 + "</a>" * 1_000_000))
    broken(24, "201 elements deep", "nested deeper", lambda: document("<a>" * 200 + "</a>" * 200))
    dear(
        24,
        "a million attributes",
        "attributes",
        lambda: document("<a " + "".join(f'a{i}="" ' for i in range(1_000_000)) + "/>"),
    )
    dear(
        24,
        "200,000 namespaces",
        "",
        lambda: document("<a " + "".join(f'xmlns:a{i}="u" ' for i in range(200_000)) + "/><"),
    )
    dear(24, "60 MiB of elements and no end", "not well-formed", lambda: document()[:-9] + b"<a/>" * (15 * MIB))
    dear(
        24,
        "an attribute of 60 MiB",
        "a tag or comment is longer",
        lambda: document(f'<a b="{"x" * (60 * MIB)}"/>')[:-1],
    )
    dear(24, "a name of 60 MiB", "a tag or comment is longer", lambda: document(f'<{"x" * (60 * MIB)}/>')[:-1])
    dear(
        24,
        "a text of 60 MiB in a title",
        "more than 65536",
        lambda: document(
            "<LocalizedPropertiesCollection><LocalizedProperties><Title>"
            + "x" * (60 * MIB)
            + "</Title></LocalizedProperties></LocalizedPropertiesCollection>"
        ),
    )
    dear(24, "a comment of 60 MiB", "a tag or comment is longer", lambda: document(f'<!--{"x" * (60 * MIB)}-->')[:-1])
    dear(
        24,
        "a processing instruction of 60 MiB",
        "a tag or comment is longer",
        lambda: document(f'<?a {"x" * (60 * MIB)}?>')[:-1],
    )
    broken(25, "another root", "root element", lambda: b"<evil/>")
    broken(25, "HTML", "", lambda: b"<html><body/></html>")
    broken(25, "the right root in no namespace", "root element", lambda: document().replace(UPD.encode(), b"x"))
    broken(25, "two roots", "not well-formed", lambda: document() + document())
    broken(25, "cut", "not well-formed", lambda: document()[:-3])
    broken(25, "no XML", "not well-formed", lambda: b"\x7fELF" + bytes(60))
    broken(
        25,
        "two identities",
        "two UpdateIdentity",
        lambda: document(f'<UpdateIdentity UpdateID="{EVIL}" RevisionNumber="1"/>'),
    )
    broken(
        25,
        "no identity",
        "no UpdateIdentity",
        lambda: f'<Update xmlns="{UPD}"><Properties UpdateType="Software"/></Update>'.encode(),
    )
    broken(25, "no properties", "no Properties", lambda: document().replace(b"Properties", b"Evil"))
    broken(25, "an unknown kind of update", "UpdateType", lambda: document().replace(b"Software", b"Virus"))
    broken(25, "duplicate attribute", "not well-formed", lambda: document('<a b="" b=""/>'))
    broken(26, "revision 0", "expected 1 to", lambda: document(revision=0))
    broken(26, "revision 2^31", "expected 1 to", lambda: document(revision=2**31))
    broken(26, "revision -1", "expected 1 to", lambda: document(revision=-1))
    broken(26, "an id that is none", "expected a GUID", lambda: document(update="evil"))
    broken(27, "NUL", "not well-formed", lambda: document("\0"))
    broken(27, "invalid UTF-8", "not well-formed", lambda: document("<a>!</a>").replace(b"!", b"\xff\xfe"))
    broken(27, "an overlong slash", "not well-formed", lambda: document("<a>!</a>").replace(b"!", b"\xc0\xaf"))
    broken(27, "a surrogate", "not well-formed", lambda: document("<a>!</a>").replace(b"!", b"\xed\xa0\x80"))
    broken(27, "ESC", "not well-formed", lambda: document("\x1b[2J"))
    broken(27, "a reference to NUL", "not well-formed", lambda: document("&#0;"))
    broken(27, "U+FFFF", "not well-formed", lambda: document("\uffff"))
    broken(27, "an unknown encoding", "", lambda: document(prologue='<?xml version="1.0" encoding="evil"?>'))
    broken(29, "escapes in the name of the root", "", lambda: b"<a\xc2\x9b/>")
    broken(29, "text direction turned in an id", "", lambda: document(update="\u202eevil"))
    file = '<Files><File Digest="{}" FileName="{}" Size="{}"/></Files>'
    broken(
        26, "a file of negative size", "Size of", lambda: document(file.format("2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "a", -1))
    )
    broken(
        26,
        "a file of size 2^64",
        "Size of",
        lambda: document(file.format("2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "a", 2**64)),
    )
    broken(26, "a file whose digest is too short", "Digest of", lambda: document(file.format("AAAA", "a", 1)))
    broken(26, "a file whose digest is not base64", "Digest of", lambda: document(file.format("=" * 28, "a", 1)))
    broken(28, "SQL as id of an update", "expected a GUID", lambda: document(update="x'; DROP TABLE feed; --"))
    broken(30, "a formula as id of an update", "expected a GUID", lambda: document(update="=cmd|' /C calc'!A0"))
    honest(
        "60 MiB of elements", **with_state(lambda: document("<a/>" * (15 * MIB - 200))), volumes=(1,), keys=("p256",)
    )


def install():
    for part in (
        records,
        documents,
    ):
        part()
