#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists a Ferry bundle, or with -o extracts it. Written from format/FORMAT.md alone; needs Python and the zstd program.

It checks sizes and digests, and NOT the signature: whoever forges a bundle makes its digests too. Check that with the
openssl command that is printed at the end; exporters.pem lies beside the trust files of the exporting point.
A delta holds only what changed since its bases, and its chunks may be compressed against documents of the base: extract
the bundles before it first, and name their folders with -b.
"""
import argparse, glob, hashlib, io, os, re, subprocess, sys, tarfile, tempfile, uuid
import xml.etree.ElementTree as tree

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("-o", dest="folder", help="a folder that is not there yet")
parser.add_argument("-b", dest="bases", action="append", default=[], help="folder of an earlier bundle, also several")
parser.add_argument("volumes", nargs="+", help="all volumes of one bundle")
options = parser.parse_args()

def clean(text):  # nothing that steers a terminal
    return re.sub(r"[^ -~\n]", "?", text)

def require(condition, message):
    if not condition: raise ValueError(message)

def entries(parent, *kinds):
    return [entry for entry in parent if entry.tag.split("}")[1] in kinds]

def save(folder, name, content, mode):
    if options.folder:
        os.makedirs(f"{options.folder}/{folder}", exist_ok=True)
        with open(f"{options.folder}/{folder}/{name}", mode) as file: file.write(content)

def copy(volume, member, entry, write):  # `entry` is what the manifest says of the member
    require(member.size == int(entry.get("size")), f"{member.name} does not have {entry.get('size')} bytes")
    digest, source = hashlib.sha256(), volume.extractfile(member)
    while block := source.read(1 << 20):
        digest.update(block)
        write(block)
    require(digest.hexdigest() == entry.get("sha256"), f"{member.name} has another digest; copy the volume again")

def references(stored):  # the documents that a chunk is compressed against: FORMAT.md, "Chunk"
    head = stored.read(8)
    listed = stored.read(int.from_bytes(head[4:], "little")) if head[:4] == b"\x50\x2a\x4d\x18" else b""
    for at in range(0, len(listed), 20):
        name = f"{uuid.UUID(bytes=listed[at:at + 16])}-r{int.from_bytes(listed[at + 16:at + 20], 'little')}.*.xml"
        found = [path for base in options.bases for path in glob.glob(f"{glob.escape(base)}/documents/{name}")]
        require(found, f"a chunk needs document {name[:-6]} of an earlier bundle; name the folder with it: -b FOLDER")
        with open(found[0], "rb") as file: yield file.read()

def unpack(volume, member, entry):  # never more than the manifest says
    with tempfile.TemporaryFile(buffering=0) as stored, tempfile.NamedTemporaryFile() as base:
        copy(volume, member, entry, stored.write)
        stored.seek(0)
        base.writelines(references(stored))
        base.flush()
        stored.seek(0)
        size = min(int(entry.get("raw-size")), (64 << 20) + 256)
        command = ["zstd", "-dcq"] + ([f"--patch-from={base.name}"] if base.tell() else [])
        with subprocess.Popen(command, stdin=stored, stdout=subprocess.PIPE) as zstd: raw = zstd.stdout.read(size + 1)
    require(len(raw) == int(entry.get("raw-size")), f"{member.name} has not the size that the manifest says")
    return io.BytesIO(raw)

def read_records(chunk):
    while line := chunk.readline(100).decode():
        record = re.fullmatch(r"(put) ([0-9a-f-]{36}) (\d+) (upd|sdp) (\d+)\n|(drop|approve) [0-9a-f-]{36}[ \w]*\n",
                              line)
        require(record, f"this is no record: {line}")
        print(line, end="")
        if record[1]:
            save("documents", f"{record[2]}-r{record[3]}.{record[4]}.xml", chunk.read(int(record[5])), "xb")
            chunk.read(1)

def read_volumes(manifest, volumes):
    files = {}  # what was read of each, by the digest that it is to have
    expected = entries(manifest, "volume")
    for number, listed in enumerate(expected, 1):
        names = [e.get("name") or "content/" + (e.get("file") or e.get("sha256")) +
                 (f".part{int(e.get('number')):04}" if e.get("number") else "") for e in listed]
        require(tuple(names) in volumes, f"volume {number} of {len(expected)} is missing")
        volume, members = volumes[tuple(names)]
        for entry, member in zip(listed, members):
            if entry.tag.endswith("}chunk"):
                read_records(unpack(volume, member, entry))
                continue
            name = re.fullmatch(r"content/([0-9a-f]{64})(\.part\d+)?", member.name)[1]
            digest = files.setdefault(name, hashlib.sha256())
            copy(volume, member, entry, lambda block: (digest.update(block), save("content", name, block, "ab")))
            print("file", member.name, member.size)
    require(all(found.hexdigest() == name for name, found in files.items()), "a file in parts has another digest")

def main():
    front, volumes = None, {}  # volumes by the names of their members behind the front
    for path in options.volumes:
        volume = tarfile.open(path, "r:")
        members = volume.getmembers()
        first = [m for m in members if re.match(r"manifest\.xml$|signatures/|trust/", m.name)]
        require(first and all(m.isreg() for m in members), f"{path} is no volume")
        require(sum(m.size for m in first) < 48 << 20, f"{path} begins with more than any volume")
        data = {m.name: volume.extractfile(m).read() for m in first}
        require(front in (None, data), f"{path} is of another bundle than {options.volumes[0]}")
        front, volumes[tuple(m.name for m in members[len(first):])] = data, (volume, members[len(first):])
    require(b"<!" not in front["manifest.xml"], "the manifest has a document type, which none has")
    manifest = tree.fromstring(front["manifest.xml"])
    for trust in entries(manifest, "trust"):
        digest = hashlib.sha256(front[trust.get("name")]).hexdigest()
        require(digest == trust.get("sha256"), f"{trust.get('name')} has another digest; copy the volume again")
    bundle, target, *bases = entries(manifest, "bundle", "target") + entries(manifest, "base")
    print(clean(f"{bundle.get('name')}: {bundle.get('kind')}, generation {target.get('generation')}" + "".join(
        f", on top of the documents of generation {base.get('generation')}" for base in bases[:1])), file=sys.stderr)
    if options.folder: os.mkdir(options.folder)
    read_volumes(manifest, volumes)

try:
    main()
except (OSError, LookupError, TypeError, ValueError, tarfile.TarError, tree.ParseError) as error:
    sys.exit(clean(f"read-bundle: {error}"))
print("""Sizes and digests are right. The signature was not checked; after tar xf of a volume:
openssl cms -verify -binary -inform DER -in signatures/01.p7s -content manifest.xml -CAfile exporters.pem \\
  -no-CApath -no-CAstore -purpose any -out /dev/null""", file=sys.stderr)
