# SPDX-License-Identifier: Apache-2.0
"""Text that attacks whoever looks at it.

hostile_text.py documents DIR   update documents with it, all well-formed; prints what it wrote, as JSON
hostile_text.py refused DIR     documents that no reader may take
hostile_text.py safe FILE...    fails, and says where, when a file holds what could steer a terminal, or when one that
                                ends in .json is none
hostile_text.py manifest FILE   a manifest on standard input with hostile names, to FILE
"""
import json
import os
import re
import sys
from xml.sax.saxutils import escape, quoteattr

TEXTS = {
    "csi": "red \u009b31m and \u009d0;title\u009c and \u0085 next",
    "delete": "back\u007f\u007fspace",
    "cr": "good\rEVIL\ttab\nline feed",
    "bidi": "user\u202excod\u202c \u202a\u202b\u202d\u2066\u2067\u2068\u2069 \u200e\u200f\u061c",
    "separators": "one\u2028ferry-import: error: forged\u2029two",
    "invisible": "pass\u200b\u200c\u200d\u2060word\ufeff \U000e0041\U000e007f",
    "formula": "=cmd|' /C calc'!A0",
    "formulas": "@SUM(1+1)*cmd|'/C calc'!A0",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;&#27;[31m",
    "sql": "'); DROP TABLE revision; DROP TABLE title; --",
    "sql wildcard": "%' OR '1'='1",
    "format": "{} {0} {:>9999999} %n%n%s %99999d",
    "shell": "$(reboot) `reboot` ; reboot | reboot",
    "escapes": "\\u{1b}[31m \\x1b[31m \\e[31m \\033[31m",
    "combining": "Z" + "\u0301\u0489" * 400,
    "wide": "\u4e2d\U0001f4a3" * 300,
    "long": "A" * 65534 + "\u00e9",
    "spaces": " \u00a0\u3000 ",
}
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff"
                    "\U000e0000-\U000e007f]")
OUR_OWN = re.compile("\r\x1b\\[K")  # how a line of progress is taken away again


def xml(text):
    return escape(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def attribute(text):
    return quoteattr(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def document(identity, kind, inner, more=""):
    return ('<upd:Update xmlns:upd="http://schemas.microsoft.com/msus/2002/12/Update" '
            'xmlns:cat="http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category">'
            f'<upd:UpdateIdentity UpdateID="{identity}" RevisionNumber="1"/>'
            f'<upd:Properties UpdateType="{kind}" DefaultPropertiesLanguage="en"{more}</upd:Properties>{inner}</upd:Update>')


def localized(text):
    return ('<upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Language>en</upd:Language>'
            f'<upd:Title>{xml(text)}</upd:Title><upd:Description>{xml(text)}</upd:Description>'
            '</upd:LocalizedProperties></upd:LocalizedPropertiesCollection>')


def documents(folder):
    os.makedirs(folder, exist_ok=True)
    wrote = []
    for number, (name, text) in enumerate(TEXTS.items(), 1):
        product, update = (f"{kind}-0000-4000-8000-{number:012}" for kind in ("aaaaaaaa", "bbbbbbbb"))
        category = ('<upd:HandlerSpecificData><cat:CategoryInformation CategoryType="Product"/>'
                    '</upd:HandlerSpecificData>')
        properties = (f' CreationDate={attribute(text)} Handler={attribute(text)} MsrcSeverity={attribute(text)}>'
                      + "".join(f"<upd:{element}>{xml(text)}</upd:{element}>" for element in
                                ("MoreInfoUrl", "SupportUrl", "SecurityBulletinID", "KBArticleID", "CveID", "Language")))
        relations = ('<upd:Relationships><upd:Prerequisites><upd:AtLeastOne IsCategory="true">'
                     f'<upd:UpdateIdentity UpdateID="{product}"/></upd:AtLeastOne></upd:Prerequisites></upd:Relationships>'
                     f'<upd:Files><upd:File Digest="AAAAAAAAAAAAAAAAAAAAAAAAAAA=" DigestAlgorithm="SHA1" '
                     f'FileName={attribute(text)} Size="1"/></upd:Files>')
        for kind, identity, body in (
                ("category", product, document(product, "Category", localized(text) + category, ">")),
                ("update", update, document(update, "Software", localized(text) + relations, properties))):
            with open(f"{folder}/{identity}.xml", "w", encoding="utf-8", newline="") as file:
                file.write(body)
            wrote.append({"name": name, "kind": kind, "id": identity, "text": text})
    text = TEXTS["separators"]
    wrote.append({"name": "classification", "kind": "classification", "id": "cccccccc-0000-4000-8000-000000000001",
                  "text": text})
    with open(f"{folder}/classification.xml", "w", encoding="utf-8", newline="") as file:
        file.write(document(wrote[-1]["id"], "Category", localized(text) + category.replace("Product", "UpdateClassification"), ">"))
    json.dump(wrote, sys.stdout)


def refused(folder):
    os.makedirs(folder, exist_ok=True)
    whole = document("cccccccc-0000-4000-8000-000000000001", "Software", localized("TEXT"), ">").encode()
    for name, text in {
            b"escape": b"\x1b[31m", b"reference to escape": b"&#27;[31m", b"bell": b"\x07", b"nul": b"a\x00b",
            b"reference to nul": b"&#0;", b"no utf-8": b"\xff\xfe", b"overlong": b"\xc0\xbc", b"surrogate": b"\xed\xa0\x80",
            b"beyond": b"\xf4\x90\x80\x80", b"cut": b"\xe2\x82", b"not a character": "\uffff".encode(),
            b"entity": b"&evil;", b"long": b"A" * 65537, b"red \x1b[31m": b"\x1b", b"two\nlines": b"\x1b", b"turned \xe2\x80\xae": b"\x1b",
            b"csi \xc2\x9b31m": b"\x1b", b"name \xff": b"\x1b", b"$(reboot)": b"\x1b"}.items():
        with open(os.fsencode(folder) + b"/" + name + b".xml", "wb") as file:
            file.write(whole.replace(b"TEXT", text))


def safe(files):
    faults = []
    for name in files:
        with open(name, "rb") as file:
            data = file.read()
        try:
            text = OUR_OWN.sub("", data.decode()) if name.endswith(".err") else data.decode()
        except UnicodeDecodeError as error:
            faults.append(f"{name}: {error}")
            continue
        if name.endswith(".json"):
            try:
                json.loads(text)
            except ValueError as error:
                faults.append(f"{name}: no JSON: {error}")
        faults += [f"{name}: {match.group()!r} in {text[max(0, match.start() - 60):match.end() + 20]!r}"
                   for match in list(UNSAFE.finditer(text))[:3]]
    print("\n".join(faults))
    return 1 if faults else 0


def manifest(path):
    text = sys.stdin.read()
    evil = "\u009b31m\u202e\u2028\u200b\u007f'); DROP TABLE revision;--"
    for attribute_name in ("tool", "compressor"):
        text = re.sub(f'( {attribute_name}=")[^"]*', lambda found: found.group(1) + evil, text)
    text = re.sub('(<publisher .* name=")[^"]*', lambda found: found.group(1) + evil, text)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


if sys.argv[1] == "documents":
    documents(sys.argv[2])
elif sys.argv[1] == "refused":
    refused(sys.argv[2])
elif sys.argv[1] == "safe":
    sys.exit(safe(sys.argv[2:]))
elif sys.argv[1] == "manifest":
    manifest(sys.argv[2])
