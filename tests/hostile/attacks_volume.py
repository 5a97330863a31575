# SPDX-License-Identifier: Apache-2.0
"""Attacks on the container: tar headers, members, sizes, sets of volumes, files that are no volume at all."""
import bz2
import gzip
import io
import lzma
import os
import socket
import tarfile
import zipfile

import ferry_format as f
from table import attack, honest
from world import Kit

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
    return on_members(lambda members: members[:(at := chunk_index(members))] + list(extra) + members[at:])


def chunk_header(**wrong):
    """Other bytes in fields of the header of the volume's first chunk."""
    def change(members):
        member = members[chunk_index(members)]
        member.head = f.header(member.name, len(member.data), **wrong)
        return members
    return on_members(change)


def head_of(size):
    return f.header("manifest.xml", 0, size=size)


def truncations():
    def cut(name, size, **more):
        attack(9, name, 15, "{file}", **on_archive(lambda data: data[:size(data)]), **more)
    cut("the last byte is cut off", lambda data: len(data) - 1)
    cut("all but a byte of the last block is cut off", lambda data: len(data) - 511)
    cut("one of the two zero blocks is cut off", lambda data: len(data) - 512)
    cut("the end mark is cut off", lambda data: len(data) - 1024)
    cut("cut in the padding of the last member", lambda data: len(data) - 1025)
    cut("10,240 bytes are cut off", lambda data: max(len(data) - 10240, 600))
    cut("cut in the middle", lambda data: len(data) // 2)
    cut("cut behind the first header", lambda data: 512)
    cut("cut in the first header", lambda data: 257)
    cut("cut in the manifest", lambda data: 512 + 300)
    cut("one byte is left", lambda data: 1)
    attack(9, "an empty file", 15, "{file}", keys=("p256",), volumes=(1,), **on_archive(lambda data: b""))
    attack(9, "an empty file among good ones", 15, "{file}", volumes=(3,), **on_archive(lambda data: b""))
    attack(9, "the last member is missing", 15, "{file}", **on_members(lambda members: members[:-1]))
    attack(9, "only the front is left", 15, "{file}", **on_members(lambda m: m[:chunk_index(m)]))
    attack(9, "the last member is half, the end mark is there", 15, "{file}",
           **on_members(lambda m: m[:-1] + [f.Member(m[-1].name, m[-1].data[:len(m[-1].data) // 2])]))
    attack(9, "the last member is half, its header says whole", 15, "{file}", **on_members(lambda m: m[:-1] + [
        f.Member(m[-1].name, m[-1].data[:len(m[-1].data) // 2], f.header(m[-1].name, len(m[-1].data)))]))


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
    attack(10, "an unlisted member behind the last one", 15, ["{file}", "made longer"],
           **on_members(lambda members: members + [f.Member("chunks/000099.zst", b"evil")]))
    attack(10, "an empty member behind the last one", 15, ["{file}", "made longer"],
           **on_members(lambda members: members + [f.Member("readme", b"")]))
    attack(10, "the end mark is not zero", 15, ["{file}", "are not zero"],
           **on_archive(lambda data: data[:-600] + b"\1" + data[-599:]))
    attack(10, "the last byte is not zero", 15, ["{file}", "are not zero"], **on_archive(lambda data: data[:-1] + b"\1"))


def paddings():
    def padding(name, which):
        def change(members):
            member = members[which(members)]
            member.padding = b"evil".ljust(-len(member.data) % BLOCK or 4, b"\0")[:-len(member.data) % BLOCK]
            if not member.padding:
                raise RuntimeError("no padding to write into")
            return members
        attack(10, name, 15, ["{file}", "are not zero"], **on_members(change))
    padding("bytes behind the manifest", lambda members: 0)
    padding("bytes behind a signature", lambda members: 1)
    padding("bytes behind a trust file", lambda members: 2)
    padding("bytes behind a chunk", chunk_index)


def types():
    kinds = {"a hard link": b"1", "a symbolic link": b"2", "a character device": b"3", "a block device": b"4",
             "a directory": b"5", "a fifo": b"6", "a contiguous file": b"7", "an old regular file": b"\0",
             "a GNU sparse file": b"S", "a continued file": b"M", "a volume header": b"V", "a GNU directory": b"D",
             "an unknown type": b"Z"}
    for name, kind in kinds.items():
        attack(13, f"the chunk is {name}", 15, "{file}", **chunk_header(type=kind))
    for name, kind in (("a hard link", b"1"), ("a symbolic link", b"2"), ("a fifo", b"6"), ("a directory", b"5"),
                       ("a character device", b"3")):
        head = f.header("evil", 0, type=kind, link=b"/etc/passwd")
        attack(13, f"{name} before the chunk", 15, "{file}", **before_chunk(f.Member("evil", b"", head)))
    attack(13, "a symbolic link with the name of the manifest comes first", 15, "{file}", **on_members(
        lambda m: [f.Member("manifest.xml", b"", f.header("manifest.xml", 0, type=b"2", link=b"/etc/shadow"))] + m))
    attack(13, "the manifest is a symbolic link with data", 15, "{file}", **on_members(lambda m: [f.Member(
        "manifest.xml", m[0].data, f.header("manifest.xml", len(m[0].data), type=b"2", link=b"x"))] + m[1:]))
    attack(13, "the chunk is setuid", 15, "{file}", **chunk_header(mode=b"0004755"))
    attack(13, "the chunk names a link target", 15, "{file}", **chunk_header(link=b"/etc/passwd"))


def twins():
    attack(14, "the manifest twice", {1: 11, 3: 15}, "{file}", **on_members(lambda m: [m[0]] + m))
    attack(14, "a second, other manifest behind the front", 15, "{file}",
           **before_chunk(f.Member("manifest.xml", b"<manifest/>")))
    attack(14, "./manifest.xml comes first", 15, "{file}", **on_members(lambda m: [f.Member("./manifest.xml", m[0].data)] + m))
    attack(14, "MANIFEST.XML comes first", 15, "{file}", **on_members(lambda m: [f.Member("MANIFEST.XML", m[0].data)] + m))
    attack(14, "the manifest is named ./manifest.xml", 15, "{file}",
           **on_members(lambda m: [f.Member("./manifest.xml", m[0].data)] + m[1:]))
    attack(14, "the first chunk twice", 15, "{file}", **on_members(
        lambda m: m[:chunk_index(m)] + [m[chunk_index(m)]] + m[chunk_index(m):]))
    attack(14, "the signature twice under one name", 15, "{file}", **on_members(lambda m: m[:2] + m[1:]))
    attack(14, "the trust file twice", 15, "{file}", **on_members(lambda m: m[:3] + m[2:]))
    attack(14, "a case twin of the chunk", 15, "{file}", **before_chunk(f.Member("CHUNKS/000001.ZST", b"evil")))
    attack(14, "an unlisted member between front and chunks", 15, "{file}", **before_chunk(f.Member("evil", b"evil")))
    attack(14, "signature and trust file change places", {1: 11, 3: 15}, "{file}",
           **on_members(lambda m: [m[0], m[2], m[1]] + m[3:]))
    attack(14, "the manifest comes last", 15, "{file}", **on_members(lambda m: m[1:] + m[:1]))
    attack(14, "the signature has number 02", {1: 11, 3: 15}, "{file}", **on_members(
        lambda m: [m[0], f.Member("signatures/02.p7s", m[1].data)] + m[2:]))
    attack(14, "chunks change places", 15, "{file}", volumes=(1,),
           **on_members(lambda m: m[:-2] + [m[-1], m[-2]]))
    attack(14, "chunks change their names", 15, "{file}", volumes=(1,), **on_members(
        lambda m: m[:-2] + [f.Member(m[-2].name, m[-1].data), f.Member(m[-1].name, m[-2].data)]))


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
            ("a pax header that makes the chunk sparse", b"x",
             pax(GNU_sparse_major="1", GNU_sparse_minor="0", GNU_sparse_realsize="4611686018427387904")),
            ("a pax header with a link", b"x", pax(linkpath="/etc/passwd")),
            ("a pax header for all members", b"g", pax(path="evil")),
            ("an empty pax header", b"x", b""),
            ("a GNU long name", b"L", b"../" * 50 + b"evil\0"),
            ("a GNU long link", b"K", b"/etc/passwd\0"),
            ("a pax header of Solaris", b"X", pax(path="evil"))):
        member = f.Member("././@LongLink", data, f.header("././@LongLink", len(data), type=kind))
        attack(15, f"{name}, before the chunk", 15, "{file}", **before_chunk(member))
    member = f.Member("x", pax(path="manifest.xml"), f.header("x", len(pax(path="manifest.xml")), type=b"x"))
    attack(15, "a pax header before the manifest", 15, "{file}", **on_members(lambda m: [member] + m))
    attack(15, "a prefix in the header of the chunk", 15, "{file}", **chunk_header(prefix=b"../.."))
    attack(15, "a prefix in the header of the manifest", 15, "{file}", **on_members(lambda m: [f.Member(
        "manifest.xml", m[0].data, f.header("manifest.xml", len(m[0].data), prefix=b"/tmp"))] + m[1:]))
    attack(15, "a sparse map in the header of the chunk", 15, "{file}",
           **chunk_header(type=b"S", prefix=b"\0" * 41 + b"00000000000\x0077777777777\0"))


def headers():
    for name, wrong in (
            ("checksum of zeros", {"checksum": b"000000\0 "}), ("checksum without NUL", {"checksum": b"0012345 "}),
            ("magic of GNU", {"magic": b"ustar  \0"}), ("no magic", {"magic": bytes(8)}),
            ("magic of a later version", {"magic": b"ustar\x0001"}),
            ("size in base 256", {"size": b"\x80" + bytes(10) + b"\x10"}), ("negative size", {"size": b"\xff" * 12}),
            ("size with spaces", {"size": b"       7777 "}), ("size with a minus", {"size": b"-0000000001\0"}),
            ("size without NUL", {"size": b"000000001777"}), ("size of 8 GiB", {"size": b"77777777777\0"}),
            ("size with digits 8 and 9", {"size": b"00000000089\0"}), ("size zero", {"size": b"00000000000\0"}),
            ("owner set", {"uid": b"0001750"}), ("group set", {"gid": b"0001750"}), ("time set", {"mtime": b"14712345670"}),
            ("owner's name set", {"uname": b"root"}), ("group's name set", {"gname": b"wheel"}),
            ("device number set", {"major": b"0000001"}), ("minor device number set", {"minor": b"0000001"}),
            ("reserved bytes set", {"reserved": b"evil"}), ("mode of another kind", {"mode": b"0100644"}),
            ("name padded with text", {"name": b"chunks/000001.zst\0evil"}), ("no name", {"name": bytes(17)})):
        attack(16, f"header of the chunk: {name}", 15, "{file}", **chunk_header(**wrong))
    for name, size, code in (("8 GiB", b"77777777777\0", 15), ("16 MiB and a byte", b"%011o\0" % (2 ** 24 + 1), 15),
                             ("16 MiB, with less behind it", b"%011o\0" % 2 ** 24, 15),
                             ("nothing", b"00000000000\0", 11), ("one byte less", None, 15)):
        def change(members, size=size):
            head = f.header("manifest.xml", len(members[0].data) - 1) if size is None else head_of(size)
            return [f.Member("manifest.xml", members[0].data, head)] + members[1:]
        attack(16, f"the header of the manifest claims {name}", code, "{file}", **on_members(change))
    attack(16, "40,000 empty members", 15, "{file}", dear=True,
           **before_chunk(*[f.Member(f"chunks/{i:06}.zst", b"") for i in range(40_000)]))
    attack(16, "17 signatures", 15, "{name}", sign=lambda kit, text: kit.world.default_signatures(
        kit.target.name, text, kit.created) * 17)
    attack(16, "a pax header of 20 MiB", 15, "{file}", dear=True, **before_chunk(
        f.Member("x", b"x" * (20 << 20), f.header("x", 20 << 20, type=b"x"))))
    attack(16, "a signature of 64 KiB and a byte", 15, "{file}",
           sign=lambda kit, text: [b"\x30\x83\x01\x00\x00".ljust(65537, b"\0")])
    attack(16, "a trust file of 1 MiB and a byte", 15, "{file}", dear=True, unlisted_trust=lambda kit, trust: trust + [
        ("trust/trust-0002.xml", bytes(2 ** 20 + 1))])
    attack(16, "17 MiB of trust files", 15, "{file}", dear=True, unlisted_trust=lambda kit, trust: trust + [
        (f"trust/trust-{i:04}.xml", bytes(2 ** 20)) for i in range(2, 20)])
    attack(16, "1,025 trust files", 11, "{name}", unlisted_trust=lambda kit, trust: trust + [
        (f"trust/trust-{i:04}.xml", b"<trust/>") for i in range(2, 1026)])


def packed_zip(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("x.ferry"), data)
    return out.getvalue()


def packed_tar(data, layout):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as packed:
        info = tarfile.TarInfo("x.ferry")
        info.size = len(data)
        packed.addfile(info, io.BytesIO(data))
    return out.getvalue()


def formats():
    for name, change in (
            ("gzip", lambda data: gzip.compress(data, mtime=0)), ("bzip2", bz2.compress), ("xz", lzma.compress),
            ("lzma", lambda data: lzma.compress(data, lzma.FORMAT_ALONE)), ("zstd", f.compress), ("zip", packed_zip),
            ("a tar in a GNU tar", lambda data: packed_tar(data, tarfile.GNU_FORMAT)),
            ("a tar in a pax tar", lambda data: packed_tar(data, tarfile.PAX_FORMAT)),
            ("7z", lambda data: b"7z\xbc\xaf\x27\x1c\0\4" + data), ("rar 5", lambda data: b"Rar!\x1a\7\1\0" + data),
            ("rar 4", lambda data: b"Rar!\x1a\7\0" + data), ("cab", lambda data: b"MSCF\0\0\0\0" + data),
            ("iso", lambda data: bytes(32768) + b"\1CD001\1\0" + data), ("cpio", lambda data: b"070701" + data),
            ("ar", lambda data: b"!<arch>\n" + data), ("lha", lambda data: b"\x21\x00-lh5-" + data),
            ("compress", lambda data: b"\x1f\x9d\x90" + data), ("mtree", lambda data: b"#mtree\n./manifest.xml\n" + data),
            ("xar", lambda data: b"xar!\0\x1c\0\1" + data), ("an ELF program", lambda data: b"\x7fELF\2\1\1\0" + data),
            ("base64 text", lambda data: __import__("base64").encodebytes(data))):
        attack(34, f"the volume is packed as {name}", 15, "{file}", **on_archive(change))


def special_files():
    def bind(path):
        sock = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        sock.bind(path if len(path) < 100 else os.path.relpath(path.decode(), here).encode())
        sock.close()
    for name, make, code in (
            ("a directory", os.mkdir, 1), ("a fifo that nobody writes", os.mkfifo, 1), ("a socket", bind, 1),
            ("a link to a device", lambda path: os.symlink("/dev/zero", path), 1),
            ("a link to a directory", lambda path: os.symlink("/", path), 1),
            ("a link to nothing", lambda path: os.symlink("/nowhere", path), 3),
            ("a link to itself", lambda path: os.symlink(os.path.basename(path), path), 1)):
        attack(13, f"{name} is named as a volume", code, "{file}", volumes=(1,), keys=("p256",),
               files=lambda kit, files, make=make: {kit.file(): make})
        attack(13, f"{name} in the place of a volume", 15, "{file}", volumes=(3,),
               files=lambda kit, files, make=make: {**files, kit.file(): make})
    attack(29, "escapes in the name of a damaged file", 15, "\\u{1b}", files=lambda kit, files: {
        b"\x1b]0;evil\x07\x1b[2J_v01of01.ferry": b"evil" + files[kit.file(0)]})
    attack(29, "text direction turned in the name of a damaged file", 15, "\\u{202e}", files=lambda kit, files: {
        "good\u202eyrref.evil.ferry": b"evil2" + files[kit.file(0)]})
    attack(27, "a file name that is not UTF-8", 15, "\\x{ff}", files=lambda kit, files: {
        b"\xff\xfe.ferry": b"evil3" + files[kit.file(0)]})
    attack(30, "a formula as the name of a damaged file", 15, "=cmd", files=lambda kit, files: {
        "=cmd|' !A0'.ferry": b"evil4" + files[kit.file(0)]})


def other_export(kit):
    """The same bundle, exported again a minute later: same generation, same chunks, another manifest."""
    import datetime
    other = Kit(kit.world, kit.target.name, kit.volumes)
    other.created = kit.created + datetime.timedelta(minutes=1)
    return other.build({})


def sets():
    three = {"volumes": (3,)}
    honest("volumes that have lost their names", files=lambda kit, files: {
        f"{i}.ferry": data for i, data in enumerate(reversed(files.values()))}, **three)
    honest("a volume twice with the same bytes", files=lambda kit, files: {**files, "copy.ferry": files[kit.file()]})
    attack(6, "a volume is missing", 15, ["missing of 3 volumes", "{file}"],
           files=lambda kit, files: {name: data for name, data in files.items() if name != kit.file()}, **three)
    attack(6, "only one volume of three", 15, "missing of 3 volumes", files=lambda kit, files: {kit.file(): files[kit.file()]}, **three)
    attack(6, "a volume from another export", 15, ["missing of 3 volumes", "{file}"],
           files=lambda kit, files: {**files, kit.file(): other_export(kit)[kit.file()]}, **three)
    attack(6, "two volumes from another export", 15, "missing of 3 volumes", files=lambda kit, files: {
        **files, kit.file(): other_export(kit)[kit.file()], kit.file(2): other_export(kit)[kit.file(2)]}, **three)
    attack(6, "a volume of the first generation's bundle", 15, "missing of 3 volumes", files=lambda kit, files: {
        **files, kit.file(): first_bundle(kit)[2]}, **three)
    attack(6, "the same volume twice with different bytes", 15, "not the same as", files=lambda kit, files: {
        **files, "other.ferry": flip(files[kit.file()], -1100)})
    attack(6, "one volume in the place of another", 15, "missing of 3 volumes",
           files=lambda kit, files: {**files, kit.file(): files[kit.file(2)]}, **three)
    attack(6, "chunks of two volumes change places", 15, "{file}", members=swap_chunks, **three)
    attack(6, "a chunk moves to another volume", 15, "{file}", members=move_chunk, **three)
    attack(6, "the manifest of one volume is changed", 11, "{file}",
           members=lambda kit, volumes: change_front(kit, volumes, 0), **three)
    attack(6, "the signature of one volume is changed", 15, ["{file}", "differ from"],
           members=lambda kit, volumes: change_front(kit, volumes, 1), **three)
    attack(6, "the trust file of one volume is changed", 15, ["{file}", "differ from"],
           members=lambda kit, volumes: change_front(kit, volumes, 2), **three)
    attack(6, "one volume has one more signature", 15, ["{file}", "differ from"], members=more_signatures, **three)


def first_bundle(kit):
    import datetime
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
    honest("a bundle by the book")
    for site in ("two", "later", "strict"):
        honest(f"a bundle by the book for site {site}", site)
    for part in (truncations, extensions, paddings, types, twins, overrides, headers, formats, special_files, sets):
        part()
