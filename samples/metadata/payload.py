#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the payload files that the sample documents name, as a WSUS keeps them: payload.py DOCUMENTS FOLDER

A file named F of size S is the line "Ferry sample payload: F" repeated and cut to S bytes (README.md).
"""
import base64
import hashlib
import pathlib
import re
import sys

documents, folder = map(pathlib.Path, sys.argv[1:])
for document in sorted(documents.rglob("*.[xs][md][lp]")):
    for file in re.findall(r"<(?:\w+:)?(?:File|OriginFile|EulaFile) [^>]*>", document.read_text(encoding="utf-8-sig")):
        fact = dict(re.findall(r'(\w+)="([^"]*)"', file))
        line, size = f"Ferry sample payload: {fact['FileName']}\n".encode(), int(fact["Size"])
        data = (line * (size // len(line) + 1))[:size]
        digest = hashlib.sha1(data)
        if digest.digest() != base64.b64decode(fact["Digest"]):
            sys.exit(f"{document}: {fact['FileName']} has another digest")
        name = digest.hexdigest().upper()
        place = folder / name[-2:] / (name + pathlib.PurePath(fact["FileName"]).suffix)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
