#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Updates with payload: payload.py [--base-url URL] DIR NAME:SIZE[:LANGUAGE[:EULA-LANGUAGE[:SEVERITY]]] …

Writes DIR/updates/NAME.xml, an update whose id follows from its name, and its file, of pseudo-random bytes, as
DIR/content/<last two digits of the SHA-1>/<SHA-1>.bin, the tree that a WSUS keeps. A name that begins with "sdp-"
becomes DIR/scup/NAME.sdp, which says no SHA-256 and that the file is at
URL/NAME.bin (http://localhost/NAME.bin). A SIZE with an S behind it is sparse: one byte at the end.
An update with a severity is a security update.
Prints "NAME ID SHA-256 PATH" for every file.
"""
import base64
import hashlib
import os
import random
import sys
import uuid

UPD = "http://schemas.microsoft.com/msus/2002/12/Update"
SECURITY = "0fa1201d-4330-4fa8-8ae9-b877473b6441"  # the classification Security Updates
SDP = "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd"


def blocks(name, size, sparse):
    if sparse:
        zeros = bytes(1 << 20)
        for _ in range((size - 1) >> 20):
            yield zeros
        yield zeros[:(size - 1) & ((1 << 20) - 1)] + b"\x01"
        return
    source = random.Random(name)
    while size > 0:
        step = min(size, 1 << 20)
        yield source.randbytes(step)
        size -= step


def write_content(folder, name, size, sparse=False):
    sha1, sha256 = hashlib.sha1(), hashlib.sha256()
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, "new")
    with open(temporary, "wb") as file:
        for block in blocks(name, size, sparse):
            sha1.update(block)
            sha256.update(block)
            if not sparse:
                file.write(block)
        if sparse:
            file.seek(size - 1)
            file.write(b"\x01")
    digits = sha1.hexdigest().upper()
    path = os.path.join(folder, digits[-2:], digits + ".bin")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.rename(temporary, path)
    return sha1.digest(), sha256.digest(), path


def b64(digest):
    return base64.b64encode(digest).decode()


def update(identity, name, size, sha1, sha256, language, eula, severity):
    category = (
        '<Relationships><Prerequisites><AtLeastOne IsCategory="true"><UpdateIdentity '
        f'UpdateID="{SECURITY}"/></AtLeastOne></Prerequisites></Relationships>') if severity else ""
    severity = f' MsrcSeverity="{severity}"' if severity else ""
    texts = f"<Language>{language}</Language>" if language else ""
    return (
        f'<Update xmlns="{UPD}"><UpdateIdentity UpdateID="{identity}" RevisionNumber="1"/>'
        f'<Properties UpdateType="Software" PublicationState="Published"{severity}>{texts}</Properties>'
        f"<LocalizedPropertiesCollection><LocalizedProperties><Language>en</Language><Title>{name}</Title>"
        f"</LocalizedProperties>{eula}</LocalizedPropertiesCollection>{category}"
        f'<Files><File Digest="{b64(sha1)}" DigestAlgorithm="SHA1" FileName="{name}.bin" Size="{size}">'
        f'<AdditionalDigest Algorithm="SHA256">{b64(sha256)}</AdditionalDigest></File></Files></Update>')


def package(identity, name, size, sha1, base):
    return (
        f'<sdp:SoftwareDistributionPackage xmlns:sdp="{SDP}" SchemaVersion="1.1"><sdp:Properties '
        f'PackageID="{identity}" CreationDate="2026-01-01T00:00:00Z" VendorName="Contoso" ProductName="Tools" '
        f'PublicationState="Published"/><sdp:LocalizedProperties><sdp:Language>en</sdp:Language><sdp:Title>{name}'
        f"</sdp:Title><sdp:Description>x</sdp:Description></sdp:LocalizedProperties>"
        f"<sdp:UpdateSpecificData UpdateClassification=\"Updates\"/>"
        f'<sdp:InstallableItem ID="{uuid.uuid5(uuid.NAMESPACE_DNS, name + "-item")}"><sdp:OriginFile '
        f'Digest="{b64(sha1)}" FileName="{name}.bin" Size="{size}" Modified="2026-01-01T00:00:00Z" '
        f'OriginUri="{base}/{name}.bin"/></sdp:InstallableItem></sdp:SoftwareDistributionPackage>')


def main():
    arguments = sys.argv[1:]
    base = "http://localhost"
    if arguments[0] == "--base-url":
        base = arguments[1]
        del arguments[:2]
    folder = arguments[0]
    content = os.path.join(folder, "content")
    for spec in arguments[1:]:
        name, size, language, eula_language, severity = (spec.split(":") + ["", "", "", ""])[:5]
        sparse = size.endswith("S")
        size = int(size.rstrip("S"))
        identity = uuid.uuid5(uuid.NAMESPACE_DNS, name)
        sha1, sha256, path = write_content(content, name, size, sparse)
        eula = ""
        if eula_language:
            eula1, eula256, eula_path = write_content(content, name + " license", 3000)
            eula = (f'<EulaFile Digest="{b64(eula1)}" DigestAlgorithm="SHA1" FileName="{name}-license.txt" Size="3000" '
                    f'Language="{eula_language}"><AdditionalDigest Algorithm="SHA256">{b64(eula256)}'
                    f"</AdditionalDigest></EulaFile>")
            print(name + "-license", identity, eula256.hex(), eula_path)
        kind = "scup" if name.startswith("sdp-") else "updates"
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
        text = package(identity, name, size, sha1, base) if kind == "scup" else update(identity, name, size, sha1, sha256,
                                                                                  language, eula, severity)
        with open(os.path.join(folder, kind, name + (".sdp" if kind == "scup" else ".xml")), "w") as file:
            file.write(text)
        print(name, identity, sha256.hex(), path)


main()
