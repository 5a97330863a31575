#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packages of wsusutil made and read by another program than Ferry's own.

wsus_package.py metadata FOLDER ENCODING OUT    metadata.txt of the documents in FOLDER (*.xml)
wsus_package.py index FOLDER OUT [URL]          package.xml; with a URL, files are said to lie below it
wsus_package.py gzip FOLDER STYLE OUT           the gzip form; STYLE is how a document stands in <Metadata>:
                                                text, cdata, markup, cabinet, gzip, or shouting (text, names in capitals)
wsus_package.py read METADATA INDEX OUT         takes a package of Ferry apart: documents into OUT, and claims about it
wsus_package.py read-gzip PACKAGE OUT           the same of the gzip form
"""
import base64
import glob
import gzip
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from xml.sax.saxutils import escape, quoteattr

UPD = "{http://schemas.microsoft.com/msus/2002/12/Update}"
ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8-bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "utf-16le": lambda text: text.encode("utf-16-le"),
    "utf-16le-bom": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16be-bom": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


def documents(folder):
    for path in sorted(glob.glob(folder + "/**/*.xml", recursive=True)):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        root = tree.fromstring(text)
        identity = root.find(UPD + "UpdateIdentity")
        yield identity.get("UpdateID").lower(), int(identity.get("RevisionNumber")), text, root


def units(text):
    return len(text.encode("utf-16-le")) // 2


def metadata(folder, encoding):
    return ENCODINGS[encoding]("".join(
        f"{update},{revision:08x},{units(text):08x},{text}\r\n" for update, revision, text, _ in documents(folder)))


def index(folder, url="", wrap=None, shout=False):
    files, updates, inner = {}, [], []
    for update, revision, text, root in documents(folder):
        digests = [file.get("Digest") for file in root.iter(UPD + "File")]
        for file in root.iter(UPD + "File"):
            files[file.get("Digest")] = file.get("FileName")
        inside = "".join(f'<File Digest="{digest}" />' for digest in digests)
        content = f"<Metadata>@{len(updates)}@</Metadata>" if wrap else ""
        inner.append(wrap(text) if wrap else "")
        updates.append(f'<Update UpdateId="{update}" RevisionNumber="{revision}"><Files>{inside}</Files><Categories />'
                       f"<Classifications />{content}</Update>")
    listed = "".join(f'<File Digest="{digest}" MUUrl={quoteattr(url + "/" + name)} Name={quoteattr(name)} />'
                     for digest, name in files.items()) if url else ""
    text = ('<?xml version="1.0" encoding="utf-8"?><ExportPackage ServerID="7f5e9d1b-2d5a-4d3f-9d0b-7c1d0a9e4b11" '
            'CreationTime="2026-11-01T10:00:00Z" FormatVersion="1.0" ProtocolVersion="1.20"><Languages><Language Id="1033" '
            f'ShortName="en" LongName="English" Enabled="1" /></Languages><Files>{listed}</Files><Updates>'
            + "".join(updates) + "</Updates></ExportPackage>")
    if shout:
        for name in ("ExportPackage", "Updates", "Update ", "/Update>", "Metadata", "UpdateId", "RevisionNumber"):
            text = text.replace(name, name.upper())
    return re.sub("@([0-9]+)@", lambda found: inner[int(found.group(1))], text)


def in_cabinet(text):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/blob", "wb") as file:
            file.write(text.encode("utf-16-le"))
        subprocess.run(["gcab", "-c", "-z", "-n", folder + "/out.cab", folder + "/blob"], check=True)
        with open(folder + "/out.cab", "rb") as file:
            return base64.encodebytes(file.read()).decode()


def spell(text):
    # A line end that is no LF would not outlive the parser.
    return escape(text).replace("\r", "&#13;")


STYLES = {
    "text": spell,
    "shouting": spell,
    "cdata": lambda text: "<![CDATA[" + text + "]]>",
    "markup": lambda text: text,
    "cabinet": in_cabinet,
    "gzip": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
}


def claim(name, holds):
    print(("ok " if holds else "not ok ") + name)


# What `write wsus` promises of the order: nothing stands before what it needs, if that is there at all.
def check_order(found):
    place = {}
    for position, (update, revision, _, _) in enumerate(found):
        place.setdefault(update, position)
        place[update, revision] = position
    late = 0
    parts = []
    for position, (_, _, _, root) in enumerate(found):
        relations = root.find(UPD + "Relationships")
        kind = root.find(UPD + "Properties").get("UpdateType")
        category = next((e.get("CategoryType") for e in root.iter() if e.tag.endswith("}CategoryInformation")), "")
        parts.append(0 if kind == "Detectoid" else 3 if kind != "Category" else
                     1 if category == "UpdateClassification" else 2)
        if relations is None:
            continue
        for group in (UPD + "Prerequisites", UPD + "BundledUpdates"):
            for element in relations.iter(group):
                for need in element.iter(UPD + "UpdateIdentity"):
                    update = need.get("UpdateID").lower()
                    key = (update, int(need.get("RevisionNumber"))) if need.get("RevisionNumber") else update
                    # Detectoids stand before categories, whatever they say.
                    late += place.get(key, -1) > position and parts[position] == 3
    claim("nothing stands before what it needs or bundles", late == 0)
    claim("detectoids, classifications, other categories and updates come in this order", parts == sorted(parts))


def keep(found, out):
    os.makedirs(out)
    for update, revision, text, _ in found:
        with open(f"{out}/{hashlib.sha256(text.encode()).hexdigest()}", "wb") as file:
            file.write(text.encode())


def check_index(root, found):
    claim("the root and its parts are those of a package",
          root.tag == "ExportPackage" and [part.tag for part in root] == ["Languages", "Files", "Updates"])
    claim("the header is whole", root.get("FormatVersion") == "1.0" and root.get("ProtocolVersion") == "1.20"
          and len(root.get("ServerID")) == 36 and root.get("CreationTime").endswith("Z"))
    claim("39 languages, by their LCIDs", len(root[0]) == 39 and root[0][0].get("Id") == "0"
          and any(l.get("Id") == "1033" and l.get("ShortName") == "en" for l in root[0]))
    claim("the index lists the documents in their order, revisions in decimal",
          [(u.get("UpdateId"), int(u.get("RevisionNumber"))) for u in root[2]] == [(a, b) for a, b, _, _ in found])
    claim("each update has files, categories and classifications",
          all([e.tag for e in u][:3] == ["Files", "Categories", "Classifications"] for u in root[2]))
    want = [[e.get("Digest") for e in r.iter(UPD + "File")] for _, _, _, r in found]
    claim("the files of each update are those of its document",
          [[e.get("Digest") for e in u[0]] for u in root[2]] == [list(dict.fromkeys(w)) for w in want])


def read(metadata_path, index_path, out):
    with open(metadata_path, "rb") as file:
        text = file.read().decode("utf-8")
    found = []
    while text:
        update, revision, length, rest = text.split(",", 3)
        claim_units, at = int(length, 16), 0
        if len(revision) != 8 or len(length) != 8 or len(update) != 36:
            sys.exit("not ok a record's head is as it should be")
        while claim_units > 0:
            claim_units -= 2 if ord(rest[at]) > 0xFFFF else 1
            at += 1
        if rest[at:at + 2] != "\r\n":
            sys.exit("not ok a record ends with CR LF")
        found.append((update, int(revision, 16), rest[:at], tree.fromstring(rest[:at])))
        text = rest[at + 2:]
    for update, revision, _, root in found:
        identity = root.find(UPD + "UpdateIdentity")
        if (identity.get("UpdateID").lower(), int(identity.get("RevisionNumber"))) != (update, revision):
            sys.exit("not ok a record says the identity of its document")
    check_index(tree.parse(index_path).getroot(), found)
    check_order(found)
    keep(found, out)


def read_gzip(package, out):
    with gzip.open(package) as file:
        root = tree.parse(file).getroot()
    found = [(u.get("UpdateId"), int(u.get("RevisionNumber")), u.find("Metadata").text, tree.fromstring(u.find("Metadata").text))
             for u in root[2]]
    check_index(root, found)
    check_order(found)
    keep(found, out)


def main():
    command, rest = sys.argv[1], sys.argv[2:]
    if command == "metadata":
        data = metadata(rest[0], rest[1])
    elif command == "index":
        data = index(rest[0], *rest[2:]).encode()
    elif command == "gzip":
        data = gzip.compress(index(rest[0], wrap=STYLES[rest[1]], shout=rest[1] == "shouting").encode())
    elif command == "read":
        return read(*rest)
    else:
        return read_gzip(*rest)
    with open(rest[2] if command != "index" else rest[1], "wb") as file:
        file.write(data)


main()
