# SPDX-License-Identifier: Apache-2.0
"""Attacks by zstd frames that are odd, and by lists in the manifest that do not fit what is there."""
import gzip
import lzma

import ferry_format as f
from attacks_manifest import on_chunk, set_field, set_fields
from table import attack, honest

MIB = 2**20


def on_second(change):
    """A hook that changes the stored bytes of the second chunk; the manifest lists what comes out."""

    def hook(kit, stored, raws):
        stored[1] = change(stored[1], raws[1])

    return {"stored": hook}


def frames():
    def frame(row, name, says, change, **more):
        attack(row, "chunk: " + name, 15, ["chunks/000002.zst", says], **on_second(change), **more)

    size, exactly = "expected", "not exactly one zstd frame"
    frame(
        11,
        "the content size is not stated",
        "does not state its size",
        lambda s, raw: f.compress(raw, [(f.CONTENT_SIZE, 0)]),
    )
    frame(11, "the frame holds more than the manifest says", size, lambda s, raw: f.compress(raw + b"x"))
    frame(11, "the frame holds less than the manifest says", size, lambda s, raw: f.compress(raw[:-1]))
    frame(11, "10 GiB of zeros", size, lambda s, raw: f.rle_bomb(10 << 30), dear=True)
    frame(
        11, "10 GiB of zeros in one segment", size, lambda s, raw: f.rle_bomb(10 << 30, single_segment=True), dear=True
    )
    frame(
        11,
        "the frame claims 2^64 less one bytes",
        "does not state its size",
        lambda s, raw: b"\x28\xb5\x2f\xfd\xc0\x58" + b"\xff" * 8 + s[10:],
    )
    frame(
        11, "the frame claims little and gives 64 MiB", "zstd frame", lambda s, raw: shrunk_claim(len(raw)), dear=True
    )
    frame(11, "a window of 2^31", "zstd frame", lambda s, raw: window(raw, 0xA8))
    frame(11, "a window of 2^41", "zstd frame", lambda s, raw: window(raw, 0xFF))
    frame(11, "a window of 2^28", "zstd frame", lambda s, raw: window(raw, 0x90))
    frame(11, "a dictionary is needed", "zstd frame", lambda s, raw: dictionary(raw))
    frame(11, "compressed twice", "record at offset 0", lambda s, raw: s, **twice())
    frame(
        11,
        "a bomb in the frame, as the manifest says",
        "at most",
        lambda s, raw: f.rle_bomb(64 * MIB + 257),
        tree=lambda kit, tree: big_chunk(tree, 64 * MIB + 257),
    )
    frame(
        11,
        "64 MiB of zeros, as the manifest says",
        "record at offset 0",
        lambda s, raw: f.rle_bomb(64 * MIB),
        tree=lambda kit, tree: big_chunk(tree, 64 * MIB),
        dear=True,
    )
    frame(
        11,
        "10 GiB, as the manifest says",
        "at most",
        lambda s, raw: f.rle_bomb(10 << 30),
        tree=lambda kit, tree: big_chunk(tree, 10 << 30),
        dear=True,
    )
    frame(11, "a block of the reserved type", "zstd frame", lambda s, raw: f.rle_bomb(len(raw))[:14] + b"\7\0\0\0")
    frame(
        11, "reserved bits of the frame header are set", "zstd frame", lambda s, raw: s[:4] + bytes([s[4] | 8]) + s[5:]
    )
    frame(11, "the checksum is wrong", "zstd frame", lambda s, raw: broken_checksum(raw))
    frame(11, "the frame is cut", exactly, lambda s, raw: s[:-1])
    frame(11, "the frame is cut in the middle", exactly, lambda s, raw: s[: len(s) // 2])
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
    frame(10, "a skippable frame before it", "references have 6 bytes", lambda s, raw: f.skippable() + s)
    frame(10, "an empty skippable frame before it", "references have 0 bytes", lambda s, raw: f.skippable(b"") + s)
    frame(10, "a skippable frame of another number", "not a zstd frame", lambda s, raw: f.skippable(b"x" * 20, 1) + s)
    frame(10, "only a skippable frame", "references have", lambda s, raw: f.skippable(raw))
    frame(10, "a skippable frame that claims 4 GiB", "longer than", lambda s, raw: f.skippable()[:4] + b"\xff" * 4 + s)
    frame(10, "the beginning of a skippable frame", "longer than", lambda s, raw: f.skippable()[:7])
    frame(10, "more references than a chunk may have", "references have", lambda s, raw: references(4097) + s)
    frame(10, "references to what the base does not hold", "refers to update", lambda s, raw: references(1) + s)
    frame(10, "references twice", "refers to update", lambda s, raw: references(1) + references(1) + s)
    frame(10, "a byte behind the frame", exactly, lambda s, raw: s + b"\0")
    honest("a chunk with a checksum", **on_second(lambda s, raw: f.compress(raw, [(f.CHECKSUM, 1)])))
    honest("a chunk in one segment, without a window", **on_second(lambda s, raw: f.compress(raw, [(f.LEVEL, 19)])))


def references(count):
    """To a document that nobody has."""
    return f.skippable((b"\x77" * 16 + (1).to_bytes(4, "little")) * count)


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
    lie("size 2^40", "at most", "size", 2**40)
    lie("size of 64 MiB", "{name}", "size", 64 * MIB)
    lie("raw size one more", "chunks/000002.zst", "raw-size", lambda old: old + 1)
    lie("raw size 0", "chunks/000002.zst", "raw-size", 0)
    lie("raw size 2^40", "at most", "raw-size", 2**40)
    lie("one record more", "records", "records", lambda old: old + 1)
    lie("records 2^52", "records", "records", 2**52)
    lie("the digest of another chunk", "digest is", "sha256", f.sha256(b"other"))
    lie("the digest of the raw chunk", "digest is", "sha256", "0" * 64)
    for name, value in (
        ("../../evil", "../../evil"),
        ("an absolute one", "/etc/passwd"),
        ("chunks/../000002.zst",) * 2,
        ("./chunks/000002.zst",) * 2,
        ("chunks//000002.zst",) * 2,
        ("chunks\\000002.zst",) * 2,
        ("the first chunk's", "chunks/000001.zst"),
        ("chunks/2.zst",) * 2,
        ("Chunks/000002.zst",) * 2,
        ("chunks/000002.zst and a slash", "chunks/000002.zst/"),
        ("nothing", ""),
        ("a dot", "."),
        ("99 times ../", "../" * 33),
        ("100 KiB long", "x" * 100_000),
        ("C:\\evil", "C:\\evil"),
        ("with escapes", "chunks/\u009b.zst"),
    ):
        attack(12, f"name of a chunk: {name}", 15, "{name}", **on_chunk("name", value))
    total = "manifest says"
    for field in ("puts", "drops"):
        attack(
            17,
            f"the manifest lies: {field} one more",
            15,
            "records",
            **set_field("content", field, lambda kit, old: old + 1),
        )
    attack(
        17,
        "the manifest lies: a put is a drop",
        15,
        total,
        **set_fields(("content", "puts", lambda kit, old: old - 1), ("content", "drops", lambda kit, old: old + 1)),
    )
    attack(
        17,
        "the manifest lies: document bytes",
        15,
        total,
        **set_field("content", "document-bytes", lambda k, old: old + 1),
    )
    attack(17, "the manifest lies: updates", 15, "updates", **set_field("target", "updates", lambda k, old: old + 1))
    attack(
        17, "the manifest lies: revisions", 15, "revisions", **set_field("target", "revisions", lambda k, old: old - 1)
    )
    attack(
        17,
        "a chunk is listed twice",
        15,
        "{name}",
        tree=lambda kit, tree: tree.all("volume")[-1].children.append(tree.all("volume")[-1].children[-1]),
    )
    attack(
        17,
        "a chunk is listed that is not there",
        15,
        "{file}",
        volumes=(1,),
        tree=lambda kit, tree: tree.all("volume")[-1].children.append(
            f.El(
                "chunk", {"name": "chunks/000005.zst", "size": 9, "raw-size": 9, "records": 0, "sha256": f.sha256(b"x")}
            )
        ),
    )
    attack(
        17,
        "a volume is listed that is not there",
        15,
        "missing of",
        tree=lambda kit, tree: tree.children.append(f.El("volume", {"index": kit.volumes + 1})),
    )
    attack(17, "no volume is listed", 15, "0 volumes", tree=lambda kit, tree: tree.replace("volume", []))
    attack(
        17,
        "a bit of a chunk is wrong",
        15,
        ["{file}", "digest is"],
        members=lambda kit, volumes: flip_chunk(volumes[kit.attacked]),
    )
    attack(
        17,
        "a chunk is replaced by another of its size",
        15,
        ["{file}", "digest is"],
        members=lambda kit, volumes: blank_chunk(volumes[kit.attacked]),
    )
    attack(
        33,
        "the last chunk is damaged after the others were staged",
        15,
        ["chunks/000004.zst", "digest is"],
        members=lambda kit, volumes: flip_chunk(volumes[-1], 64),
    )
    attack(
        33,
        "the last record is broken after all others were merged",
        15,
        "chunks/000004.zst",
        raw=lambda kit, raws: raws.__setitem__(3, raws[3] + b"evil\n"),
    )
    attack(33, "the state lies after all was merged", 15, "manifest promises", **set_field("target", "state", "3" * 64))
    attack(
        33,
        "the state is that of the base",
        15,
        "manifest promises",
        tree=lambda kit, tree: tree.find("target").__setitem__("state", kit.state(kit.before)),
    )
    attack(
        33,
        "the state is the empty one",
        15,
        "manifest promises",
        tree=lambda kit, tree: tree.find("target").__setitem__("state", kit.state({})),
    )


def flip_chunk(members, bit=1):
    data = members[-1].data
    members[-1].data = data[:-20] + bytes([data[-20] ^ bit]) + data[-19:]


def blank_chunk(members):
    members[-1].data = bytes(len(members[-1].data))


def install():
    for part in (
        frames,
        lists,
    ):
        part()
