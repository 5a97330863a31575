# SPDX-License-Identifier: Apache-2.0
"""Attacks inside chunks, by manifests that match them and are signed: zstd frames, records, documents, numbers that lie."""
import gzip
import lzma

import ferry_format as f
from attacks_manifest import on_chunk, set_field, set_fields
from table import HONEST, Attack, attack, honest

MIB = 2 ** 20
EVIL = "eeeeeeee-0000-4000-8000-00000000000e"
UPD = "http://schemas.microsoft.com/msus/2002/12/Update"


def on_second(change):
    """A hook that changes the stored bytes of the second chunk; the manifest lists what comes out."""
    def hook(kit, stored, raws):
        stored[1] = change(stored[1], raws[1])
    return {"stored": hook}


def on_raw(change):
    def hook(kit, raws):
        raws[1] = change(raws[1])
    return {"raw": hook}


def add_records(*records):
    return on_raw(lambda raw: raw + b"".join(records))


def document(inner="", update=EVIL, revision=1, prologue="", attributes=""):
    return (f'{prologue}<Update xmlns="{UPD}"{attributes}><UpdateIdentity UpdateID="{update}" RevisionNumber="{revision}"/>'
            f'<Properties UpdateType="Software"/>{inner}</Update>').encode()


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


def frames():
    def frame(row, name, says, change, **more):
        attack(row, "chunk: " + name, 15, ["chunks/000002.zst", says], **on_second(change), **more)
    size, exactly = "expected", "not exactly one zstd frame"
    frame(11, "the content size is not stated", "does not state its size", lambda s, raw: f.compress(raw, [(f.CONTENT_SIZE, 0)]))
    frame(11, "the frame holds more than the manifest says", size, lambda s, raw: f.compress(raw + b"x"))
    frame(11, "the frame holds less than the manifest says", size, lambda s, raw: f.compress(raw[:-1]))
    frame(11, "10 GiB of zeros", size, lambda s, raw: f.rle_bomb(10 << 30), dear=True)
    frame(11, "10 GiB of zeros in one segment", size, lambda s, raw: f.rle_bomb(10 << 30, single_segment=True), dear=True)
    frame(11, "the frame claims 2^64 less one bytes", "does not state its size", lambda s, raw: b"\x28\xb5\x2f\xfd\xc0\x58" + b"\xff" * 8 + s[10:])
    frame(11, "the frame claims little and gives 64 MiB", "zstd frame", lambda s, raw: shrunk_claim(len(raw)), dear=True)
    frame(11, "a window of 2^31", "zstd frame", lambda s, raw: window(raw, 0xA8))
    frame(11, "a window of 2^41", "zstd frame", lambda s, raw: window(raw, 0xFF))
    frame(11, "a window of 2^28", "zstd frame", lambda s, raw: window(raw, 0x90))
    frame(11, "a dictionary is needed", "zstd frame", lambda s, raw: dictionary(raw))
    frame(11, "compressed twice", "record at offset 0", lambda s, raw: s, **twice())
    frame(11, "a bomb in the frame, as the manifest says", "at most", lambda s, raw: f.rle_bomb(64 * MIB + 257),
          tree=lambda kit, tree: big_chunk(tree, 64 * MIB + 257))
    frame(11, "64 MiB of zeros, as the manifest says", "record at offset 0", lambda s, raw: f.rle_bomb(64 * MIB),
          tree=lambda kit, tree: big_chunk(tree, 64 * MIB), dear=True)
    frame(11, "10 GiB, as the manifest says", "at most", lambda s, raw: f.rle_bomb(10 << 30),
          tree=lambda kit, tree: big_chunk(tree, 10 << 30), dear=True)
    frame(11, "a block of the reserved type", "zstd frame", lambda s, raw: f.rle_bomb(len(raw))[:14] + b"\7\0\0\0")
    frame(11, "reserved bits of the frame header are set", "zstd frame",
          lambda s, raw: s[:4] + bytes([s[4] | 8]) + s[5:])
    frame(11, "the checksum is wrong", "zstd frame", lambda s, raw: broken_checksum(raw))
    frame(11, "the frame is cut", exactly, lambda s, raw: s[:-1])
    frame(11, "the frame is cut in the middle", exactly, lambda s, raw: s[:len(s) // 2])
    frame(11, "a bit of the frame is wrong", "zstd frame", lambda s, raw: s[:-30] + bytes([s[-30] ^ 0x80]) + s[-29:])
    frame(11, "nothing", "not a zstd frame", lambda s, raw: b"")
    frame(11, "the magic number alone", "zstd frame", lambda s, raw: s[:4])
    frame(11, "not compressed", "not a zstd frame", lambda s, raw: raw)
    frame(11, "gzip", "not a zstd frame", lambda s, raw: gzip.compress(raw, mtime=0))
    frame(11, "xz", "not a zstd frame", lambda s, raw: lzma.compress(raw))
    frame(11, "LZ4", "not a zstd frame", lambda s, raw: b"\x04\x22\x4d\x18" + s[4:])
    frame(11, "zstd of 2016", "not a zstd frame", lambda s, raw: b"\x27\xb5\x2f\xfd" + s[4:])
    frame(11, "zstd without magic number", "not a zstd frame", lambda s, raw: s[4:])
    frame(10, "a second frame", exactly, lambda s, raw: s + f.compress(b"evil"))
    frame(10, "an empty second frame", exactly, lambda s, raw: s + f.compress(b""))
    frame(10, "a skippable frame behind it", exactly, lambda s, raw: s + f.skippable())
    frame(10, "a skippable frame before it", "not a zstd frame", lambda s, raw: f.skippable() + s)
    frame(10, "only a skippable frame", "not a zstd frame", lambda s, raw: f.skippable(raw))
    frame(10, "a byte behind the frame", exactly, lambda s, raw: s + b"\0")
    honest("a chunk with a checksum", **on_second(lambda s, raw: f.compress(raw, [(f.CHECKSUM, 1)])))
    honest("a chunk in one segment, without a window", **on_second(lambda s, raw: f.compress(raw, [(f.LEVEL, 19)])))


def twice():
    return {"raw": lambda kit, raws: raws.__setitem__(1, f.compress(raws[1]))}


def window(raw, descriptor):
    frame = f.compress(raw, [(f.CHECKSUM, 0)])
    head = 5 + {0: 1, 1: 2, 2: 4, 3: 8}[frame[4] >> 6]  # one segment: no window descriptor
    return b"\x28\xb5\x2f\xfd\xc0" + bytes([descriptor]) + len(raw).to_bytes(8, "little") + frame[head:]


def shrunk_claim(size):
    bomb = f.rle_bomb(64 * MIB)
    return bomb[:6] + size.to_bytes(8, "little") + bomb[14:]


def dictionary(raw):
    frame = f.compress(raw)
    return frame[:4] + bytes([frame[4] | 3]) + (12345).to_bytes(4, "little") + frame[5:]


def broken_checksum(raw):
    frame = f.compress(raw, [(f.CHECKSUM, 1)])
    return frame[:-1] + bytes([frame[-1] ^ 1])


def big_chunk(tree, size):
    chunk = [chunk for volume in tree.all("volume") for chunk in volume.children][1]
    chunk["raw-size"] = size


def lists():
    """Rows of the manifest that do not fit what is there."""
    def lie(name, says, field, value):
        attack(17, f"the manifest lies: {name}", 15, says, **on_chunk(field, value))
    lie("size one more", "{name}", "size", lambda old: old + 1)
    lie("size one less", "{name}", "size", lambda old: old - 1)
    lie("size 0", "{name}", "size", 0)
    lie("size 2^40", "at most", "size", 2 ** 40)
    lie("size of 64 MiB", "{name}", "size", 64 * MIB)
    lie("raw size one more", "chunks/000002.zst", "raw-size", lambda old: old + 1)
    lie("raw size 0", "chunks/000002.zst", "raw-size", 0)
    lie("raw size 2^40", "at most", "raw-size", 2 ** 40)
    lie("one record more", "records", "records", lambda old: old + 1)
    lie("records 2^52", "records", "records", 2 ** 52)
    lie("the digest of another chunk", "digest is", "sha256", f.sha256(b"other"))
    lie("the digest of the raw chunk", "digest is", "sha256", "0" * 64)
    for name, value in (("../../evil", "../../evil"), ("an absolute one", "/etc/passwd"), ("chunks/../000002.zst",) * 2,
                        ("./chunks/000002.zst",) * 2, ("chunks//000002.zst",) * 2, ("chunks\\000002.zst",) * 2,
                        ("the first chunk's", "chunks/000001.zst"), ("chunks/2.zst",) * 2, ("Chunks/000002.zst",) * 2,
                        ("chunks/000002.zst and a slash", "chunks/000002.zst/"), ("nothing", ""), ("a dot", "."),
                        ("99 times ../", "../" * 33), ("100 KiB long", "x" * 100_000),
                        ("C:\\evil", "C:\\evil"), ("with escapes", "chunks/\u009b.zst")):
        attack(12, f"name of a chunk: {name}", 15, "{name}", **on_chunk("name", value))
    total = "manifest says"
    for field in ("puts", "drops"):
        attack(17, f"the manifest lies: {field} one more", 15, "records", **set_field(
            "content", field, lambda kit, old: old + 1))
    attack(17, "the manifest lies: a put is a drop", 15, total, **set_fields(
        ("content", "puts", lambda kit, old: old - 1), ("content", "drops", lambda kit, old: old + 1)))
    attack(17, "the manifest lies: document bytes", 15, total, **set_field("content", "document-bytes", lambda k, old: old + 1))
    attack(17, "the manifest lies: updates", 15, "updates", **set_field("target", "updates", lambda k, old: old + 1))
    attack(17, "the manifest lies: revisions", 15, "revisions", **set_field("target", "revisions", lambda k, old: old - 1))
    # The name is information, as the tool's is: it is shown and kept, and no path is made of it.
    HONEST.append(Attack(0, "the bundle's name climbs", 0, "applied ../../evil", **set_field("bundle", "name", "../../evil")))
    attack(17, "a chunk is listed twice", 15, "{name}", tree=lambda kit, tree: tree.all("volume")[-1].children.append(
        tree.all("volume")[-1].children[-1]))
    attack(17, "a chunk is listed that is not there", 15, "{file}", volumes=(1,), tree=lambda kit, tree:
           tree.all("volume")[-1].children.append(f.El("chunk", {
               "name": "chunks/000005.zst", "size": 9, "raw-size": 9, "records": 0, "sha256": f.sha256(b"x")})))
    attack(17, "a volume is listed that is not there", 15, "missing of", tree=lambda kit, tree: tree.children.append(
        f.El("volume", {"index": kit.volumes + 1})))
    attack(17, "no volume is listed", 15, "0 volumes", tree=lambda kit, tree: tree.replace("volume", []))
    attack(17, "a bit of a chunk is wrong", 15, ["{file}", "digest is"], members=lambda kit, volumes: flip_chunk(volumes[kit.attacked]))
    attack(17, "a chunk is replaced by another of its size", 15, ["{file}", "digest is"],
           members=lambda kit, volumes: blank_chunk(volumes[kit.attacked]))
    attack(33, "the last chunk is damaged after the others were staged", 15, ["chunks/000004.zst", "digest is"],
           members=lambda kit, volumes: flip_chunk(volumes[-1]))
    attack(33, "the last record is broken after all others were merged", 15, "chunks/000004.zst",
           raw=lambda kit, raws: raws.__setitem__(3, raws[3] + b"evil\n"))
    attack(33, "the state lies after all was merged", 15, "manifest promises", **set_field("target", "state", "3" * 64))
    attack(33, "the state is that of the base", 15, "manifest promises", tree=lambda kit, tree:
           tree.find("target").__setitem__("state", kit.state(kit.before)))
    attack(33, "the state is the empty one", 15, "manifest promises", tree=lambda kit, tree:
           tree.find("target").__setitem__("state", kit.state({})))


def flip_chunk(members):
    data = members[-1].data
    members[-1].data = data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def blank_chunk(members):
    members[-1].data = bytes(len(members[-1].data))


def records():
    def record(row, name, says, data, code=15, **more):
        attack(row, "record: " + name, code, ["chunks/000002.zst"] + ([says] if says else []), **add_records(data), **more)
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
    for name, revision in (("0", "0"), ("2^31", str(2 ** 31)), ("2^32 and 1", str(2 ** 32 + 1)), ("2^64 and 1", str(2 ** 64 + 1)),
                           ("-1", "-1"), ("+1", "+1"), ("01", "01"), ("0x1", "0x1"), ("1.0", "1.0"), ("empty", ""),
                           ("in full-width digits", "\uff11")):
        record(26, f"revision {name}", "expected", f.put(EVIL, revision, good))
    for name, length in (("one less", len(good) - 1), ("one more", len(good) + 1), ("0", 0), ("-1", -1),
                         ("64 MiB and a byte", 64 * MIB + 1), ("2^64", 2 ** 64), ("2^64 and the right one", 2 ** 64 + len(good)),
                         ("with a leading zero", f"0{len(good)}"), ("with a plus", f"+{len(good)}"), ("1 GiB", 2 ** 30)):
        record(26, f"length {name}", "", f.put(EVIL, 1, good, length=length))
    for name, update in (("in upper case", EVIL.upper()), ("in braces", "{" + EVIL + "}"), ("without dashes", EVIL.replace("-", "")),
                         ("one digit short", EVIL[:-1]), ("a path", "../../etc/passwd"), ("with a NUL", EVIL[:-1] + "\0")):
        record(26, f"update id {name}", "update id is", f.put(update, 1, good))
    record(17, "another revision than the document's", "its record", f.put(EVIL, 2, good))
    record(17, "another update than the document's", "its record", f.put(EVIL.replace("e", "f"), 1, good))
    for number, name in ((1, "a drop that does not belong here"), (2, "a drop of the same twice")):
        attack(17, "record: " + name, 15, "manifest promises", raw=lambda kit, raws, number=number: raws.__setitem__(
            0, raws[0] + f.drop(*next(iter(kit.after))) * number))
    attack(17, "record: one identity with two documents", 15, "manifest promises",
           **add_records(f.put(EVIL, 1, good), f.put(EVIL, 1, document("<x/>"))))
    attack(17, "record: a document that the state does not count", 15, "manifest promises", **add_records(f.put(EVIL, 1, good)))
    attack(17, "record: a document of an identity that is there is exchanged", 15, "manifest promises", raw=exchange)
    attack(17, "a drop in a full bundle", 15, "a full bundle holds a drop",
           kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after),
           raw=lambda kit, raws: raws.__setitem__(1, raws[1] + f.drop(EVIL, 1)))
    attack(17, "a full bundle that leaves out one document", 15, "manifest promises",
           kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after), raw=leave_out)
    attack(17, "the records of a chunk are missing", 15, "manifest promises", **on_raw(lambda raw: b""))
    honest("one document more, and the state that counts it", **with_state(document))
    honest("a full bundle of the next generation", kit=lambda kit: kit.make_full(kit.generation, kit.created, kit.after))


def exchange(kit, raws):
    old = next(doc for identity, doc in kit.before.items() if identity in kit.after)
    raws[1] += f.put(old.update, old.revision, document(update=old.update, revision=old.revision))


def leave_out(kit, raws):
    first = next(iter(kit.after.values())).put()
    if not raws[0].startswith(first):
        raise RuntimeError("the first record is not the first document")
    raws[0] = raws[0][len(first):]


def documents():
    def broken(row, name, says, make, **more):
        attack(row, "document: " + name, 15, ["chunks/000002.zst"] + ([says] if says else []), **with_state(make), **more)
    def dear(*arguments):
        broken(*arguments, dear=True)
    lol = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 11))
    dtd = "document type"
    broken(24, "ten thousand million laughs", dtd, lambda: document("&l10;", prologue=f"<!DOCTYPE Update [{lol}]>"))
    broken(24, "an empty document type", dtd, lambda: document(prologue="<!DOCTYPE Update>"))
    broken(24, "an external entity", dtd, lambda: document("&e;", prologue='<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]>'))
    broken(24, "an external document type", dtd, lambda: document(prologue='<!DOCTYPE x SYSTEM "http://evil/">'))
    dear(24, "a million elements deep", "nested deeper", lambda: document("<a>" * 1_000_000 + "</a>" * 1_000_000))
    broken(24, "201 elements deep", "nested deeper", lambda: document("<a>" * 200 + "</a>" * 200))
    dear(24, "a million attributes", "attributes", lambda: document(
        "<a " + "".join(f'a{i}="" ' for i in range(1_000_000)) + "/>"))
    dear(24, "200,000 namespaces", "", lambda: document("<a " + "".join(f'xmlns:a{i}="u" ' for i in range(200_000)) + "/><"))
    dear(24, "60 MiB of elements and no end", "not well-formed", lambda: document()[:-9] + b"<a/>" * (15 * MIB))
    dear(24, "an attribute of 60 MiB", "a tag or comment is longer", lambda: document(f'<a b="{"x" * (60 * MIB)}"/>')[:-1])
    dear(24, "a name of 60 MiB", "a tag or comment is longer", lambda: document(f'<{"x" * (60 * MIB)}/>')[:-1])
    dear(24, "a text of 60 MiB in a title", "more than 65536", lambda: document(
        "<LocalizedPropertiesCollection><LocalizedProperties><Title>" + "x" * (60 * MIB) +
        "</Title></LocalizedProperties></LocalizedPropertiesCollection>"))
    dear(24, "a comment of 60 MiB", "a tag or comment is longer", lambda: document(f'<!--{"x" * (60 * MIB)}-->')[:-1])
    dear(24, "a processing instruction of 60 MiB", "a tag or comment is longer", lambda: document(f'<?a {"x" * (60 * MIB)}?>')[:-1])
    broken(25, "another root", "root element", lambda: b"<evil/>")
    broken(25, "HTML", "", lambda: b"<html><body/></html>")
    broken(25, "the right root in no namespace", "root element", lambda: document().replace(UPD.encode(), b"x"))
    broken(25, "two roots", "not well-formed", lambda: document() + document())
    broken(25, "cut", "not well-formed", lambda: document()[:-3])
    broken(25, "no XML", "not well-formed", lambda: b"\x7fELF" + bytes(60))
    broken(25, "two identities", "two UpdateIdentity", lambda: document(
        f'<UpdateIdentity UpdateID="{EVIL}" RevisionNumber="1"/>'))
    broken(25, "no identity", "no UpdateIdentity", lambda: f'<Update xmlns="{UPD}"><Properties UpdateType="Software"/></Update>'.encode())
    broken(25, "no properties", "no Properties", lambda: document().replace(b"Properties", b"Evil"))
    broken(25, "an unknown kind of update", "UpdateType", lambda: document().replace(b"Software", b"Virus"))
    broken(25, "duplicate attribute", "not well-formed", lambda: document('<a b="" b=""/>'))
    broken(26, "revision 0", "expected 1 to", lambda: document(revision=0))
    broken(26, "revision 2^31", "expected 1 to", lambda: document(revision=2 ** 31))
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
    broken(26, "a file of negative size", "Size of", lambda: document(file.format("2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "a", -1)))
    broken(26, "a file of size 2^64", "Size of", lambda: document(file.format("2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "a", 2 ** 64)))
    broken(26, "a file whose digest is too short", "Digest of", lambda: document(file.format("AAAA", "a", 1)))
    broken(26, "a file whose digest is not base64", "Digest of", lambda: document(file.format("=" * 28, "a", 1)))
    broken(28, "SQL as id of an update", "expected a GUID", lambda: document(update="x'; DROP TABLE feed; --"))
    broken(30, "a formula as id of an update", "expected a GUID", lambda: document(update="=cmd|' /C calc'!A0"))
    honest("60 MiB of elements", **with_state(lambda: document("<a/>" * (15 * MIB - 200))), volumes=(1,), keys=("p256",))


def install():
    for part in (frames, lists, records, documents):
        part()
