#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes volumes apart and makes new ones, honest or not, without a line of Ferry's own code.

A bundle's members lie in a folder under the names that they have in the volume:

  volume_tool.py unpack VOLUME FOLDER          members into files
  volume_tool.py pack FOLDER VOLUME            files into a volume, as FORMAT.md, "Volume", demands
  volume_tool.py get FILE ELEMENT ATTRIBUTE    prints an attribute of the first such element
  volume_tool.py set FILE ELEMENT ATTRIBUTE VALUE   changes it, in a manifest or a trust file
  volume_tool.py list-trust FOLDER             lets the manifest name what lies under trust/
  volume_tool.py sign FOLDER SIGNER            one more signature over the manifest
  volume_tool.py seal FOLDER SIGNER            list-trust, the right name, and this signature in place of all others
  volume_tool.py sign-file FILE SIGNER SIGNATURE   a signature over any file
  volume_tool.py key-id SIGNER                 SHA-256 of the SubjectPublicKeyInfo

SIGNER stands for SIGNER.pem, the key, and SIGNER.crt, its certificate: POINT/keys/exporter-1, for example.
Signatures are made at the time that the clock shows; `faketime` moves it.
"""
import argparse
import glob
import hashlib
import os
import re
import subprocess
import sys
import tarfile

BLOCK = 512


def header(name, size):
    fields = [(0, name.encode()), (100, b"0000644"), (108, b"0000000"), (116, b"0000000"), (124, b"%011o" % size),
              (136, b"00000000000"), (148, b" " * 8), (156, b"0"), (257, b"ustar\x0000"), (329, b"0000000"),
              (337, b"0000000")]
    block = bytearray(BLOCK)
    for offset, value in fields:
        block[offset:offset + len(value)] = value
    block[148:156] = b"%06o\x00 " % sum(block)
    return bytes(block)


def members(folder):
    """Names in the order of the format; a trust file stands before its own signatures."""
    def trust_order(name):
        version = os.path.basename(name).split(".")[0]
        return version, not name.endswith(".xml"), name
    names = ["manifest.xml"]
    for part, order in (("signatures", None), ("trust", trust_order), ("chunks", None)):
        found = [os.path.relpath(path, folder) for path in glob.glob(os.path.join(folder, part, "*"))]
        names += sorted(found, key=order)
    return names


def unpack(arguments):
    with tarfile.open(arguments.volume, "r:") as volume:
        for member in volume:
            path = os.path.join(arguments.folder, member.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, volume.extractfile(member).read())


def pack(arguments):
    with open(arguments.volume, "wb") as volume:
        for name in members(arguments.folder):
            data = read(os.path.join(arguments.folder, name))
            volume.write(header(name, len(data)) + data + bytes(-len(data) % BLOCK))
        volume.write(bytes(2 * BLOCK))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def find_attribute(text, element, attribute):
    found = re.search(rb'<%s(?: [^<>]*)? %s="([^"]*)"' % (element.encode(), attribute.encode()), text)
    if not found:
        sys.exit(f"no attribute '{attribute}' of an element '{element}'")
    return found


def get_attribute(arguments):
    print(find_attribute(read(arguments.file), arguments.element, arguments.attribute).group(1).decode())


def set_attribute(arguments):
    text = read(arguments.file)
    found = find_attribute(text, arguments.element, arguments.attribute)
    write(arguments.file, text[:found.start(1)] + arguments.value.encode() + text[found.end(1):])


def list_trust(arguments):
    lines = b""
    for name in members(arguments.folder):
        if name.startswith("trust/"):
            data = read(os.path.join(arguments.folder, name))
            lines += b'  <trust name="%s" size="%d" sha256="%s"/>\n' % (
                name.encode(), len(data), hashlib.sha256(data).hexdigest().encode())
    path = os.path.join(arguments.folder, "manifest.xml")
    text = re.sub(rb"  <trust [^\n]*\n", b"", read(path))
    write(path, text.replace(b"  <volume ", lines + b"  <volume ", 1))


def openssl_sign(content, signer, signature):
    subprocess.run(["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-nosmimecap", "-cades", "-md", "sha256",
                    "-signer", signer + ".crt", "-inkey", signer + ".pem", "-in", content, "-out", signature], check=True)


def sign(arguments):
    folder = os.path.join(arguments.folder, "signatures")
    os.makedirs(folder, exist_ok=True)
    number = len(os.listdir(folder)) + 1
    openssl_sign(os.path.join(arguments.folder, "manifest.xml"), arguments.signer,
                 os.path.join(folder, f"{number:02}.p7s"))


def name_again(arguments):
    """The bundle's name follows from the parts of the manifest."""
    path = os.path.join(arguments.folder, "manifest.xml")
    text = read(path)
    part = lambda element, attribute: find_attribute(text, element, attribute).group(1).decode()
    site = "_" + part("recipient", "site") if b"<recipient " in text else ""
    base = part("base", "generation") if b"<base " in text else "0"
    name = f"{part('feed', 'name')}{site}_g{base}-g{part('target', 'generation')}_{part('bundle', 'kind')}"
    found = find_attribute(text, "bundle", "name")
    write(path, text[:found.start(1)] + name.encode() + text[found.end(1):])


def seal(arguments):
    list_trust(arguments)
    name_again(arguments)
    for old in glob.glob(os.path.join(arguments.folder, "signatures", "*")):
        os.unlink(old)
    sign(arguments)


def sign_file(arguments):
    openssl_sign(arguments.file, arguments.signer, arguments.signature)


def key_id(arguments):
    pem = subprocess.run(["openssl", "x509", "-in", arguments.signer + ".crt", "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], check=True, input=pem,
                         capture_output=True).stdout
    print(hashlib.sha256(der).hexdigest())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run, names in (("unpack", unpack, "volume folder"), ("pack", pack, "folder volume"),
                             ("get", get_attribute, "file element attribute"),
                             ("set", set_attribute, "file element attribute value"),
                             ("list-trust", list_trust, "folder"), ("sign", sign, "folder signer"),
                             ("seal", seal, "folder signer"),
                             ("sign-file", sign_file, "file signer signature"),
                             ("key-id", key_id, "signer")):
        command = commands.add_parser(name)
        for argument in names.split():
            command.add_argument(argument)
        command.set_defaults(run=run)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
