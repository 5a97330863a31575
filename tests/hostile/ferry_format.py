# SPDX-License-Identifier: Apache-2.0
"""Writes the bundle format without a line of Ferry's own code: tar headers, canonical XML, chunks, records, states.

Everything here can also be made wrong on purpose; attacks_*.py does.
"""
import ctypes
import hashlib
import re

BLOCK = 512
XML_LINE = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# --- tar ---


def header(name, length, /, **wrong):
    """FORMAT.md, "Volume". `wrong` gives other bytes for a field; the checksum is right unless it is one of them."""
    fields = {
        "name": (0, name if isinstance(name, bytes) else name.encode()),
        "mode": (100, b"0000644"),
        "uid": (108, b"0000000"),
        "gid": (116, b"0000000"),
        "size": (124, b"%011o" % length),
        "mtime": (136, b"00000000000"),
        "checksum": (148, b" " * 8),
        "type": (156, b"0"),
        "link": (157, b""),
        "magic": (257, b"ustar\x0000"),
        "uname": (265, b""),
        "gname": (297, b""),
        "major": (329, b"0000000"),
        "minor": (337, b"0000000"),
        "prefix": (345, b""),
        "reserved": (500, b""),
    }
    block = bytearray(BLOCK)
    for field, (offset, value) in fields.items():
        value = wrong.get(field, value) if field != "checksum" else value
        block[offset : offset + len(value)] = value
    block[148:156] = wrong.get("checksum", b"%06o\x00 " % sum(block))
    return bytes(block)


class Member:
    """One member of a volume. `head` and `padding` are bytes in place of the right ones."""

    def __init__(self, name, data, head=None, padding=None):
        self.name, self.data, self.head, self.padding = name, data, head, padding

    def bytes(self):
        head = header(self.name, len(self.data)) if self.head is None else self.head
        padding = bytes(-len(self.data) % BLOCK) if self.padding is None else self.padding
        return head + self.data + padding


TRAILER = bytes(2 * BLOCK)


def archive(members, trailer=TRAILER):
    return b"".join(member.bytes() for member in members) + trailer


# --- canonical XML ---


def escaped(text):
    for found, written in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&quot;"),
        ("\t", "&#9;"),
        ("\n", "&#10;"),
        ("\r", "&#13;"),
    ):
        text = text.replace(found, written)
    return text


class El:
    """An element: attributes in order, children or a text. Indexing gets and sets attributes."""

    def __init__(self, tag, attributes=(), children=(), text=None):
        self.tag, self.attributes, self.children, self.text = tag, dict(attributes), list(children), text

    def __getitem__(self, name):
        return self.attributes[name]

    def __setitem__(self, name, value):
        self.attributes[name] = value

    def all(self, tag):
        return [child for child in self.children if child.tag == tag]

    def find(self, tag):
        return self.all(tag)[0]

    def index(self, tag):
        return self.children.index(self.find(tag))

    def add(self, after, *more):
        """Puts elements behind the last one of this tag."""
        at = max(i for i, child in enumerate(self.children) if child.tag == after) + 1
        self.children[at:at] = more

    def replace(self, tag, more):
        """These elements in place of all of this tag."""
        at = self.index(tag)
        self.children = [child for child in self.children if child.tag != tag]
        self.children[at:at] = more

    def rename(self, old, new):
        self.attributes = {new if name == old else name: value for name, value in self.attributes.items()}

    def render(self, depth=0):
        start = "  " * depth + "<" + self.tag
        for name, value in self.attributes.items():
            start += f' {name}="{escaped(str(value))}"'
        if self.text is not None:
            return f"{start}>{escaped(self.text)}</{self.tag}>\n"
        if not self.children:
            return start + "/>\n"
        inner = "".join(child.render(depth + 1) for child in self.children)
        return f"{start}>\n{inner}{'  ' * depth}</{self.tag}>\n"

    def bytes(self):
        return XML_LINE + self.render().encode()


# --- zstd ---

_zstd = ctypes.CDLL("libzstd.so.1")
for _name in (
    "ZSTD_createCCtx",
    "ZSTD_compressBound",
    "ZSTD_compress2",
    "ZSTD_CCtx_setParameter",
    "ZSTD_CCtx_loadDictionary",
    "ZSTD_freeCCtx",
):
    getattr(_zstd, _name).restype = ctypes.c_void_p if _name == "ZSTD_createCCtx" else ctypes.c_size_t
LEVEL, WINDOW_LOG, LONG_DISTANCE, CONTENT_SIZE, CHECKSUM, DICT_ID = 100, 101, 160, 200, 201, 202


def compress(raw, parameters=(), dictionary=None):
    """One frame that states its size. `parameters`: pairs of ZSTD_cParameter and value."""
    context = ctypes.c_void_p(_zstd.ZSTD_createCCtx())
    for parameter, value in ((LEVEL, 3), (CONTENT_SIZE, 1), *parameters):
        _zstd.ZSTD_CCtx_setParameter(context, ctypes.c_int(parameter), ctypes.c_int(value))
    if dictionary is not None:
        _zstd.ZSTD_CCtx_loadDictionary(context, dictionary, ctypes.c_size_t(len(dictionary)))
    bound = _zstd.ZSTD_compressBound(ctypes.c_size_t(len(raw)))
    out = ctypes.create_string_buffer(bound)
    size = _zstd.ZSTD_compress2(context, out, ctypes.c_size_t(bound), raw, ctypes.c_size_t(len(raw)))
    _zstd.ZSTD_freeCCtx(context)
    if size > bound:
        raise RuntimeError("zstd cannot compress")
    return out.raw[:size]


def skippable(data=b"hidden", number=0):
    return (0x184D2A50 + number).to_bytes(4, "little") + len(data).to_bytes(4, "little") + data


def rle_bomb(content_size, window_descriptor=0x58, single_segment=False):
    """A frame of RLE blocks of zeros, 128 KiB each (RFC 8878, 3.1.1), written by hand: its makers never paid."""
    if single_segment:
        head = bytes([0xE0]) + content_size.to_bytes(8, "little")
    else:
        head = bytes([0xC0, window_descriptor]) + content_size.to_bytes(8, "little")
    blocks = bytearray()
    left = content_size
    while left > 0:
        size = min(left, 128 * 1024)
        left -= size
        blocks += ((size << 3) | 2 | (left == 0)).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd" + head + bytes(blocks)


# --- records and states ---


def chain(sequence=1, previous="0" * 64):
    return El("chain", {"sequence": sequence, "previous": previous})


def earlier(name, base, target, sequence=1, manifest="0" * 64):
    return El("earlier", {"name": name, "base": base, "target": target, "sequence": sequence, "manifest": manifest})


class Document:
    def __init__(self, update, revision, data, dialect="upd"):
        self.update, self.revision, self.data, self.dialect = update, revision, data, dialect

    @staticmethod
    def parse(data):
        found = re.search(rb'<(?:\w+:)?UpdateIdentity\s+UpdateID="([^"]+)"\s+RevisionNumber="(\d+)"', data)
        return Document(found.group(1).decode().lower(), int(found.group(2)), data)

    @property
    def identity(self):
        return self.update, self.revision

    def put(self):
        return put(self.update, self.revision, self.data, self.dialect)


def put(update, revision, data, dialect="upd", length=None):
    line = f"put {update} {revision} {dialect} {len(data) if length is None else length}\n"
    return line.encode() + data + b"\n"


def drop(update, revision, reason="removed"):
    return f"drop {update} {revision} {reason}\n".encode()


def state_digest(documents):
    """FORMAT.md, "State digest"."""
    buckets = {}
    for document in documents:
        update = bytes.fromhex(document.update.replace("-", ""))
        bucket = int.from_bytes(hashlib.sha256(update).digest()[:2], "big")
        entry = update + document.revision.to_bytes(4, "big") + hashlib.sha256(document.data).digest()
        buckets.setdefault(bucket, []).append(entry)
    groups = b""
    for group in range(256):
        if any(bucket >> 8 == group for bucket in buckets):
            inner = b"".join(
                hashlib.sha256(b"\0" + b"".join(sorted(buckets[256 * group + i]))).digest()
                if 256 * group + i in buckets
                else bytes(32)
                for i in range(256)
            )
            groups += hashlib.sha256(b"\1" + inner).digest()
        else:
            groups += bytes(32)
    return sha256(b"\2" + groups)
