# SPDX-License-Identifier: Apache-2.0
"""Attacks by odd headers, other formats, files that are no files, and sets of volumes that do not belong together."""
import base64
import bz2
import datetime
import gzip
import io
import lzma
import os
import socket
import tarfile

import ferry_format as f
from attacks_volume import before_chunk, chunk_header, head_of, on_archive, on_members, packed_zip
from table import attack, honest
from world import Kit

BLOCK = f.BLOCK


def headers():
    for name, wrong in (
        ("checksum of zeros", {"checksum": b"000000\0 "}),
        ("checksum without NUL", {"checksum": b"0012345 "}),
        ("magic of GNU", {"magic": b"ustar  \0"}),
        ("no magic", {"magic": bytes(8)}),
        ("magic of a later version", {"magic": b"ustar\x0001"}),
        ("size in base 256", {"size": b"\x80" + bytes(10) + b"\x10"}),
        ("negative size", {"size": b"\xff" * 12}),
        ("size with spaces", {"size": b"       7777 "}),
        ("size with a minus", {"size": b"-0000000001\0"}),
        ("size without NUL", {"size": b"000000001777"}),
        ("size of 8 GiB", {"size": b"77777777777\0"}),
        ("size with digits 8 and 9", {"size": b"00000000089\0"}),
        ("size zero", {"size": b"00000000000\0"}),
        ("owner set", {"uid": b"0001750"}),
        ("group set", {"gid": b"0001750"}),
        ("time set", {"mtime": b"14712345670"}),
        ("owner's name set", {"uname": b"root"}),
        ("group's name set", {"gname": b"wheel"}),
        ("device number set", {"major": b"0000001"}),
        ("minor device number set", {"minor": b"0000001"}),
        ("reserved bytes set", {"reserved": b"evil"}),
        ("mode of another kind", {"mode": b"0100644"}),
        ("name padded with text", {"name": b"chunks/000001.zst\0evil"}),
        ("no name", {"name": bytes(17)}),
    ):
        attack(16, f"header of the chunk: {name}", 15, "{file}", **chunk_header(**wrong))
    for name, size, code in (
        ("8 GiB", b"77777777777\0", 15),
        ("16 MiB and a byte", b"%011o\0" % (2**24 + 1), 15),
        ("16 MiB, with less behind it", b"%011o\0" % 2**24, 15),
        ("nothing", b"00000000000\0", 11),
        ("one byte less", None, 15),
    ):

        def change(members, size=size):
            head = f.header("manifest.xml", len(members[0].data) - 1) if size is None else head_of(size)
            return [f.Member("manifest.xml", members[0].data, head)] + members[1:]

        attack(16, f"the header of the manifest claims {name}", code, "{file}", **on_members(change))
    attack(
        16,
        "40,000 empty members",
        15,
        "{file}",
        dear=True,
        **before_chunk(*[f.Member(f"chunks/{i:06}.zst", b"") for i in range(40_000)]),
    )
    attack(
        16,
        "17 signatures",
        15,
        "{name}",
        sign=lambda kit, text: kit.world.default_signatures(kit.target.name, text, kit.created) * 17,
    )
    attack(
        16,
        "a pax header of 20 MiB",
        15,
        "{file}",
        dear=True,
        **before_chunk(f.Member("x", b"x" * (20 << 20), f.header("x", 20 << 20, type=b"x"))),
    )
    attack(
        16,
        "a signature of 64 KiB and a byte",
        15,
        "{file}",
        sign=lambda kit, text: [b"\x30\x83\x01\x00\x00".ljust(65537, b"\0")],
    )
    attack(
        16,
        "a trust file of 1 MiB and a byte",
        15,
        "{file}",
        dear=True,
        unlisted_trust=lambda kit, trust: trust + [("trust/trust-0002.xml", bytes(2**20 + 1))],
    )
    attack(
        16,
        "17 MiB of trust files",
        15,
        "{file}",
        dear=True,
        unlisted_trust=lambda kit, trust: trust + [(f"trust/trust-{i:04}.xml", bytes(2**20)) for i in range(2, 20)],
    )
    attack(
        16,
        "1,025 trust files",
        11,
        "{name}",
        unlisted_trust=lambda kit, trust: trust + [(f"trust/trust-{i:04}.xml", b"<trust/>") for i in range(2, 1026)],
    )


def packed_tar(data, layout):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as packed:
        info = tarfile.TarInfo("x.ferry")
        info.size = len(data)
        packed.addfile(info, io.BytesIO(data))
    return out.getvalue()


def formats():
    for name, change in (
        ("gzip", lambda data: gzip.compress(data, mtime=0)),
        ("bzip2", bz2.compress),
        ("xz", lzma.compress),
        ("lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE)),
        ("zstd", f.compress),
        ("zip", packed_zip),
        ("a tar in a GNU tar", lambda data: packed_tar(data, tarfile.GNU_FORMAT)),
        ("a tar in a pax tar", lambda data: packed_tar(data, tarfile.PAX_FORMAT)),
        ("7z", lambda data: b"7z\xbc\xaf\x27\x1c\0\4" + data),
        ("rar 5", lambda data: b"Rar!\x1a\7\1\0" + data),
        ("rar 4", lambda data: b"Rar!\x1a\7\0" + data),
        ("cab", lambda data: b"MSCF\0\0\0\0" + data),
        ("iso", lambda data: bytes(32768) + b"\1CD001\1\0" + data),
        ("cpio", lambda data: b"070701" + data),
        ("ar", lambda data: b"!<arch>\n" + data),
        ("lha", lambda data: b"\x21\x00-lh5-" + data),
        ("compress", lambda data: b"\x1f\x9d\x90" + data),
        ("mtree", lambda data: b"#mtree\n./manifest.xml\n" + data),
        ("xar", lambda data: b"xar!\0\x1c\0\1" + data),
        ("an ELF program", lambda data: b"\x7fELF\2\1\1\0" + data),
        ("base64 text", lambda data: base64.encodebytes(data)),
    ):
        attack(34, f"the volume is packed as {name}", 15, "{file}", **on_archive(change))


def special_files():
    def bind(path):
        sock = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        sock.bind(path if len(path) < 100 else os.path.relpath(path.decode(), here).encode())
        sock.close()

    for name, make, code in (
        ("a directory", os.mkdir, 1),
        ("a fifo that nobody writes", os.mkfifo, 1),
        ("a socket", bind, 1),
        ("a link to a device", lambda path: os.symlink("/dev/zero", path), 1),
        ("a link to a directory", lambda path: os.symlink("/", path), 1),
        ("a link to nothing", lambda path: os.symlink("/nowhere", path), 3),
        ("a link to itself", lambda path: os.symlink(os.path.basename(path), path), 1),
    ):
        attack(
            13,
            f"{name} is named as a volume",
            code,
            "{file}",
            volumes=(1,),
            keys=("p256",),
            files=lambda kit, files, make=make: {kit.file(): make},
        )
        attack(
            13,
            f"{name} in the place of a volume",
            15,
            "{file}",
            volumes=(3,),
            files=lambda kit, files, make=make: {**files, kit.file(): make},
        )
    attack(
        29,
        "escapes in the name of a damaged file",
        15,
        "\\u{1b}",
        files=lambda kit, files: {b"\x1b]0;evil\x07\x1b[2J_v01of01.ferry": b"evil" + files[kit.file(0)]},
    )
    attack(
        29,
        "text direction turned in the name of a damaged file",
        15,
        "\\u{202e}",
        files=lambda kit, files: {"good\u202eyrref.evil.ferry": b"evil2" + files[kit.file(0)]},
    )
    attack(
        27,
        "a file name that is not UTF-8",
        15,
        "\\x{ff}",
        files=lambda kit, files: {b"\xff\xfe.ferry": b"evil3" + files[kit.file(0)]},
    )
    attack(
        30,
        "a formula as the name of a damaged file",
        15,
        "=cmd",
        files=lambda kit, files: {"=cmd|' !A0'.ferry": b"evil4" + files[kit.file(0)]},
    )


def other_export(kit):
    """The same bundle, exported again a minute later: same generation, same chunks, another manifest."""
    other = Kit(kit.world, kit.target.name, kit.volumes)
    other.created = kit.created + datetime.timedelta(minutes=1)
    return other.build({})


def sets():
    three = {"volumes": (3,)}
    honest(
        "volumes that have lost their names",
        files=lambda kit, files: {f"{i}.ferry": data for i, data in enumerate(reversed(files.values()))},
        **three,
    )
    honest("a volume twice with the same bytes", files=lambda kit, files: {**files, "copy.ferry": files[kit.file()]})
    attack(
        6,
        "the first of three volumes alone, named as a whole bundle",
        15,
        "missing of 3 volumes",
        volumes=(1,),
        files=lambda kit, files: {kit.file(): next(iter(Kit(kit.world, kit.target.name, 3).build({}).values()))},
    )
    attack(
        6,
        "a volume is missing",
        15,
        ["missing of 3 volumes", "{file}"],
        files=lambda kit, files: {name: data for name, data in files.items() if name != kit.file()},
        **three,
    )
    attack(
        6,
        "only one volume of three",
        15,
        "missing of 3 volumes",
        files=lambda kit, files: {kit.file(): files[kit.file()]},
        **three,
    )
    attack(
        6,
        "a volume from another export",
        15,
        ["missing of 3 volumes", "{file}"],
        files=lambda kit, files: {**files, kit.file(): other_export(kit)[kit.file()]},
        **three,
    )
    attack(
        6,
        "two volumes from another export",
        15,
        "missing of 3 volumes",
        files=lambda kit, files: {
            **files,
            kit.file(): other_export(kit)[kit.file()],
            kit.file(2): other_export(kit)[kit.file(2)],
        },
        **three,
    )
    attack(
        6,
        "a volume of the first generation's bundle",
        15,
        "missing of 3 volumes",
        files=lambda kit, files: {**files, kit.file(): first_bundle(kit)[2]},
        **three,
    )
    attack(
        6,
        "the same volume twice with different bytes",
        15,
        "not the same as",
        files=lambda kit, files: {**files, "other.ferry": flip(files[kit.file()], -1100)},
    )
    attack(
        6,
        "one volume in the place of another",
        15,
        "missing of 3 volumes",
        files=lambda kit, files: {**files, kit.file(): files[kit.file(2)]},
        **three,
    )
    attack(6, "chunks of two volumes change places", 15, "{file}", members=swap_chunks, **three)
    attack(6, "a chunk moves to another volume", 15, "{file}", members=move_chunk, **three)
    attack(
        6,
        "the manifest of one volume is changed",
        11,
        "{file}",
        members=lambda kit, volumes: change_front(kit, volumes, 0),
        **three,
    )
    attack(
        6,
        "the signature of one volume is changed",
        15,
        ["{file}", "differ from"],
        members=lambda kit, volumes: change_front(kit, volumes, 1),
        **three,
    )
    attack(
        6,
        "the trust file of one volume is changed",
        15,
        ["{file}", "differ from"],
        members=lambda kit, volumes: change_front(kit, volumes, 2),
        **three,
    )
    attack(6, "one volume has one more signature", 15, ["{file}", "differ from"], members=more_signatures, **three)


def first_bundle(kit):
    first = Kit(kit.world, kit.target.name, kit.volumes)
    first.make_full(kit.target.generation, kit.world.now - datetime.timedelta(days=2), kit.world.before)
    return list(first.build({}).values())


def flip(data, at, bit=1):
    changed = bytearray(data)
    changed[at] ^= bit
    return bytes(changed)


def swap_chunks(kit, volumes):
    one, two = volumes[1][-1], volumes[2][-1]
    one.data, two.data = two.data, one.data


def move_chunk(kit, volumes):
    volumes[1].append(volumes[2].pop())


def change_front(kit, volumes, index):
    member = volumes[kit.attacked][index]
    volumes[kit.attacked][index] = f.Member(member.name, flip(member.data, len(member.data) // 2))


def more_signatures(kit, volumes):
    volumes[kit.attacked].insert(2, f.Member("signatures/02.p7s", volumes[kit.attacked][1].data))


def install():
    for part in (
        headers,
        formats,
        special_files,
        sets,
    ):
        part()
