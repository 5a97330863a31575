# SPDX-License-Identifier: Apache-2.0
"""Attacks on the container: bytes cut off and added, types of members, twins, headers that override others."""
import gzip
import io
import zipfile

import ferry_format as f
from table import attack, honest

BLOCK = f.BLOCK


def on_archive(change):
    """A hook that changes the bytes of the attacked volume."""

    def hook(kit, archives):
        archives[kit.attacked] = change(archives[kit.attacked])

    return {"archives": hook}


def on_members(change):
    """A hook that changes the members of the attacked volume."""

    def hook(kit, volumes):
        volumes[kit.attacked] = change(volumes[kit.attacked])

    return {"members": hook}


def chunk_index(members):
    return next(i for i, member in enumerate(members) if member.name.startswith("chunks/"))


def before_chunk(*extra):
    return on_members(lambda members: members[: (at := chunk_index(members))] + list(extra) + members[at:])


def chunk_header(**wrong):
    """Other bytes in fields of the header of the volume's first chunk."""

    def change(members):
        member = members[chunk_index(members)]
        member.head = f.header(member.name, len(member.data), **wrong)
        return members

    return on_members(change)


def head_of(size):
    return f.header("manifest.xml", 0, size=size)


def packed_zip(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("x.ferry"), data)
    return out.getvalue()


def truncations():
    def cut(name, size, **more):
        attack(9, name, 15, "{file}", **on_archive(lambda data: data[: size(data)]), **more)

    def few(name, size):
        """So few bytes are left that they are the same whatever the key."""
        cut(name, lambda data: size, volumes=(1,), keys=("p256",))
        cut(name + ", the others are good", lambda data: size, volumes=(3,))

    cut("the last byte is cut off", lambda data: len(data) - 1)
    cut("all but a byte of the last block is cut off", lambda data: len(data) - 511)
    cut("one of the two zero blocks is cut off", lambda data: len(data) - 512)
    cut("the end mark is cut off", lambda data: len(data) - 1024)
    cut("cut in the padding of the last member", lambda data: len(data) - 1025)
    cut("10,240 bytes are cut off", lambda data: max(len(data) - 10240, 600))
    cut("cut in the middle", lambda data: len(data) // 2)
    few("cut behind the first header", 512)
    few("cut in the first header", 257)
    few("cut in the manifest", 512 + 300)
    few("one byte is left", 1)
    attack(9, "an empty file", 15, "{file}", keys=("p256",), volumes=(1,), **on_archive(lambda data: b""))
    attack(9, "an empty file among good ones", 15, "{file}", volumes=(3,), **on_archive(lambda data: b""))
    attack(9, "the last member is missing", 15, "{file}", **on_members(lambda members: members[:-1]))
    attack(9, "only the front is left", 15, "{file}", volumes=(1,), **on_members(lambda m: m[: chunk_index(m)]))
    attack(
        9,
        "the last member is half, the end mark is there",
        15,
        "{file}",
        **on_members(lambda m: m[:-1] + [f.Member(m[-1].name, m[-1].data[: len(m[-1].data) // 2])]),
    )
    attack(
        9,
        "the last member is half, its header says whole",
        15,
        "{file}",
        **on_members(
            lambda m: m[:-1]
            + [f.Member(m[-1].name, m[-1].data[: len(m[-1].data) // 2], f.header(m[-1].name, len(m[-1].data)))]
        ),
    )


def extensions():
    def longer(name, more, **options):
        attack(10, name, 15, ["{file}", "made longer"], **on_archive(lambda data: data + more(data)), **options)

    longer("a zero byte is appended", lambda data: b"\0")
    longer("a byte is appended", lambda data: b"x")
    longer("511 zero bytes are appended", lambda data: bytes(511))
    longer("a block of zeros is appended", lambda data: bytes(512))
    longer("filled up to a record of 10,240 bytes, as tar does", lambda data: bytes(-len(data) % 10240 or 10240))
    longer("a second archive is appended", lambda data: f.archive([f.Member("manifest.xml", b"<evil/>")]))
    longer("the whole volume is appended again", lambda data: data)
    longer("a gzip file is appended", lambda data: gzip.compress(b"evil", mtime=0))
    longer("a zip file is appended", lambda data: packed_zip(data))
    attack(10, "a byte in front", 15, "{file}", **on_archive(lambda data: b"\0" + data))
    attack(10, "a block of zeros in front", 15, "{file}", **on_archive(lambda data: bytes(512) + data))
    attack(10, "a shell script in front", 15, "{file}", **on_archive(lambda data: b"#!/bin/sh\n".ljust(512) + data))
    attack(
        10,
        "an unlisted member behind the last one",
        15,
        ["{file}", "made longer"],
        **on_members(lambda members: members + [f.Member("chunks/000099.zst", b"evil")]),
    )
    attack(
        10,
        "an empty member behind the last one",
        15,
        ["{file}", "made longer"],
        **on_members(lambda members: members + [f.Member("readme", b"")]),
    )
    attack(
        10,
        "the end mark is not zero",
        15,
        ["{file}", "are not zero"],
        **on_archive(lambda data: data[:-600] + b"\1" + data[-599:]),
    )
    attack(
        10, "the last byte is not zero", 15, ["{file}", "are not zero"], **on_archive(lambda data: data[:-1] + b"\1")
    )


def paddings():
    def padding(name, which):
        def change(members):
            member = members[which(members)]
            member.padding = b"evil".ljust(-len(member.data) % BLOCK or 4, b"\0")[: -len(member.data) % BLOCK]
            if not member.padding:
                raise RuntimeError("no padding to write into")
            return members

        attack(10, name, 15, ["{file}", "are not zero"], **on_members(change))

    padding("bytes behind the manifest", lambda members: 0)
    padding("bytes behind a signature", lambda members: 1)
    padding("bytes behind a trust file", lambda members: 2)
    padding("bytes behind a chunk", chunk_index)


def types():
    kinds = {
        "a hard link": b"1",
        "a symbolic link": b"2",
        "a character device": b"3",
        "a block device": b"4",
        "a directory": b"5",
        "a fifo": b"6",
        "a contiguous file": b"7",
        "an old regular file": b"\0",
        "a GNU sparse file": b"S",
        "a continued file": b"M",
        "a volume header": b"V",
        "a GNU directory": b"D",
        "an unknown type": b"Z",
    }
    for name, kind in kinds.items():
        attack(13, f"the chunk is {name}", 15, "{file}", **chunk_header(type=kind))
    for name, kind in (
        ("a hard link", b"1"),
        ("a symbolic link", b"2"),
        ("a fifo", b"6"),
        ("a directory", b"5"),
        ("a character device", b"3"),
    ):
        head = f.header("evil", 0, type=kind, link=b"/etc/passwd")
        attack(13, f"{name} before the chunk", 15, "{file}", **before_chunk(f.Member("evil", b"", head)))
    attack(
        13,
        "a symbolic link with the name of the manifest comes first",
        15,
        "{file}",
        **on_members(
            lambda m: [f.Member("manifest.xml", b"", f.header("manifest.xml", 0, type=b"2", link=b"/etc/shadow"))] + m
        ),
    )
    attack(
        13,
        "the manifest is a symbolic link with data",
        15,
        "{file}",
        **on_members(
            lambda m: [
                f.Member("manifest.xml", m[0].data, f.header("manifest.xml", len(m[0].data), type=b"2", link=b"x"))
            ]
            + m[1:]
        ),
    )
    attack(13, "the chunk is setuid", 15, "{file}", **chunk_header(mode=b"0004755"))
    attack(13, "the chunk names a link target", 15, "{file}", **chunk_header(link=b"/etc/passwd"))


def twins():
    attack(14, "the manifest twice", {1: 11, 3: 15}, "{file}", **on_members(lambda m: [m[0]] + m))
    attack(
        14,
        "a second, other manifest behind the front",
        15,
        "{file}",
        **before_chunk(f.Member("manifest.xml", b"<manifest/>")),
    )
    attack(
        14,
        "./manifest.xml comes first",
        15,
        "{file}",
        **on_members(lambda m: [f.Member("./manifest.xml", m[0].data)] + m),
    )
    attack(
        14, "MANIFEST.XML comes first", 15, "{file}", **on_members(lambda m: [f.Member("MANIFEST.XML", m[0].data)] + m)
    )
    attack(
        14,
        "the manifest is named ./manifest.xml",
        15,
        "{file}",
        **on_members(lambda m: [f.Member("./manifest.xml", m[0].data)] + m[1:]),
    )
    attack(
        14,
        "the first chunk twice",
        15,
        "{file}",
        **on_members(lambda m: m[: chunk_index(m)] + [m[chunk_index(m)]] + m[chunk_index(m) :]),
    )
    attack(14, "the signature twice under one name", 15, "{file}", **on_members(lambda m: m[:2] + m[1:]))
    attack(14, "the trust file twice", 15, "{file}", **on_members(lambda m: m[:3] + m[2:]))
    attack(14, "a case twin of the chunk", 15, "{file}", **before_chunk(f.Member("CHUNKS/000001.ZST", b"evil")))
    attack(14, "an unlisted member between front and chunks", 15, "{file}", **before_chunk(f.Member("evil", b"evil")))
    attack(
        14,
        "signature and trust file change places",
        {1: 11, 3: 15},
        "{file}",
        **on_members(lambda m: [m[0], m[2], m[1]] + m[3:]),
    )
    attack(14, "the manifest comes last", 15, "{file}", **on_members(lambda m: m[1:] + m[:1]))
    attack(
        14,
        "the signature has number 02",
        {1: 11, 3: 15},
        "{file}",
        **on_members(lambda m: [m[0], f.Member("signatures/02.p7s", m[1].data)] + m[2:]),
    )
    attack(14, "chunks change places", 15, "{file}", volumes=(1,), **on_members(lambda m: m[:-2] + [m[-1], m[-2]]))
    attack(
        14,
        "chunks change their names",
        15,
        "{file}",
        volumes=(1,),
        **on_members(lambda m: m[:-2] + [f.Member(m[-2].name, m[-1].data), f.Member(m[-1].name, m[-2].data)]),
    )


def overrides():
    def pax(**records):
        text = b""
        for key, value in records.items():
            line = f" {key.replace('_', '.')}={value}\n"
            size = len(line) + 2 if len(line) < 98 else len(line) + 3
            text += f"{size}{line}".encode()
        return text

    for name, kind, data in (
        ("a pax header that renames the chunk", b"x", pax(path="../../evil")),
        ("a pax header that changes the size", b"x", pax(size="1")),
        ("a pax header with an attribute", b"x", pax(SCHILY_xattr_user_evil="1")),
        (
            "a pax header that makes the chunk sparse",
            b"x",
            pax(GNU_sparse_major="1", GNU_sparse_minor="0", GNU_sparse_realsize="4611686018427387904"),
        ),
        ("a pax header with a link", b"x", pax(linkpath="/etc/passwd")),
        ("a pax header for all members", b"g", pax(path="evil")),
        ("an empty pax header", b"x", b""),
        ("a GNU long name", b"L", b"../" * 50 + b"evil\0"),
        ("a GNU long link", b"K", b"/etc/passwd\0"),
        ("a pax header of Solaris", b"X", pax(path="evil")),
    ):
        member = f.Member("././@LongLink", data, f.header("././@LongLink", len(data), type=kind))
        attack(15, f"{name}, before the chunk", 15, "{file}", **before_chunk(member))
    member = f.Member("x", pax(path="manifest.xml"), f.header("x", len(pax(path="manifest.xml")), type=b"x"))
    attack(15, "a pax header before the manifest", 15, "{file}", **on_members(lambda m: [member] + m))
    attack(15, "a prefix in the header of the chunk", 15, "{file}", **chunk_header(prefix=b"../.."))
    attack(
        15,
        "a prefix in the header of the manifest",
        15,
        "{file}",
        **on_members(
            lambda m: [f.Member("manifest.xml", m[0].data, f.header("manifest.xml", len(m[0].data), prefix=b"/tmp"))]
            + m[1:]
        ),
    )
    attack(
        15,
        "a sparse map in the header of the chunk",
        15,
        "{file}",
        **chunk_header(type=b"S", prefix=b"\0" * 41 + b"00000000000\x0077777777777\0"),
    )


def install():
    honest("a bundle by the book")
    for site in ("two", "later", "strict"):
        honest(f"a bundle by the book for site {site}", site)
    for part in (
        truncations,
        extensions,
        paddings,
        types,
        twins,
        overrides,
    ):
        part()
