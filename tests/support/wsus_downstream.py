#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A downstream update server of the standard library alone: asks, decodes, and knows what a list must hold.

wsus_downstream.py sync URL DIR [--config-anchor A] [--anchor A] [--choose PRODUCT,…:CLASSIFICATION,…] [--again ID,…]
    Synchronizes: every listed document becomes DIR/<id>-r<revision>.xml. Prints JSON: anchors, counts, languages.
wsus_downstream.py crowd URL DIR COUNT
    So many at once, each into a directory of its own below DIR. Prints JSON: documents and bytes of each.
wsus_downstream.py expected CATALOG PRODUCT,… CLASSIFICATION,…
    Prints the file names of the update documents of a folder that such a choice brings, sorted.
wsus_downstream.py fault URL OPERATION ELEMENTS
    Asks one thing of a session; prints the ErrorCode and Message of the fault, or "none".
"""
import argparse
import base64
import http.client
import json
import os
import struct
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as tree
import zlib

SYNC = "http://www.microsoft.com/SoftwareDistribution"
AUTH = SYNC + "/Server/DssAuthWebService"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
UPD = "{http://schemas.microsoft.com/msus/2002/12/Update}"
CATEGORY = "{http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category}"


def cabinet_member(cabinet):
    """The one member of a cabinet that is stored or MSZIP."""
    signature, _, _, _, files_at, _, _, _, folders, files, flags = struct.unpack_from("<4sIIIIIBBHHH", cabinet)
    assert signature == b"MSCF" and folders == 1 and files == 1 and flags == 0, "a cabinet of one file"
    data_at, blocks, kind = struct.unpack_from("<IHH", cabinet, 36)
    size, = struct.unpack_from("<I", cabinet, files_at)
    assert cabinet[files_at + 16:cabinet.index(b"\0", files_at + 16)] == b"blob", "called blob"
    out = b""
    for _ in range(blocks):
        _, packed, raw = struct.unpack_from("<IHH", cabinet, data_at)
        data = cabinet[data_at + 8:data_at + 8 + packed]
        data_at += 8 + packed
        if kind & 15 == 1:
            assert data[:2] == b"CK"
            data = zlib.decompressobj(-15, zdict=out[-32768:]).decompress(data[2:])
        assert len(data) == raw
        out += data
    assert len(out) == size
    return out


class Fault(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code} {message}".strip())


class Downstream:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)
        self.bytes = 0

    def post(self, path, action, element):
        body = (f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{element}'
                "</soap:Body></soap:Envelope>")
        self.connection.request("POST", path, body.encode(),
                                {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'})
        answer = self.connection.getresponse()
        data = answer.read()
        self.bytes += len(data)
        if answer.status not in (200, 500):
            raise Fault(f"HTTP {answer.status}", data.decode(errors="replace").strip())
        root = tree.fromstring(data)
        fault = root.find(f".//{{{SOAP}}}Fault")
        if fault is not None:
            raise Fault(fault.findtext("detail/ErrorCode") or "", fault.findtext("detail/Message") or "")
        assert answer.status == 200
        return root

    def ask(self, operation, inner="", namespace=SYNC, path="/ServerSyncWebService/ServerSyncWebService.asmx"):
        return self.post(path, f"{namespace}/{operation}", f'<{operation} xmlns="{namespace}">{inner}</{operation}>')

    def log_in(self):
        config = self.ask("GetAuthConfig")
        service = config.findtext(f".//{{{SYNC}}}ServiceUrl")
        granted = self.ask("GetAuthorizationCookie", "<accountName>wsus.plant.example</accountName>"
                           "<accountGuid>0a0a0a0a-1111-2222-3333-444444444444</accountGuid>", AUTH, "/" + service)
        cookie = self.ask("GetCookie", "<authCookies><AuthorizationCookie><PlugInId>DssTargeting</PlugInId><CookieData>"
                          + granted.findtext(f".//{{{AUTH}}}CookieData")
                          + "</CookieData></AuthorizationCookie></authCookies><protocolVersion>1.20</protocolVersion>")
        self.cookie = ("<cookie><Expiration>" + cookie.findtext(f".//{{{SYNC}}}Expiration") + "</Expiration>"
                       "<EncryptedData>" + cookie.findtext(f".//{{{SYNC}}}EncryptedData") + "</EncryptedData></cookie>")

    def list(self, config, anchor="", chosen=None, again=()):
        inner = f"<Anchor>{anchor}</Anchor>" if anchor else ""
        inner += f"<GetConfig>{'true' if config else 'false'}</GetConfig><Get63LanguageOnly>false</Get63LanguageOnly>"
        for name, ids in zip(("Categories", "Classifications"), chosen or ()):
            inner += f"<{name}>" + "".join(
                f"<IdAndDelta><Id>{i}</Id><Delta>{'false' if not anchor or i in again else 'true'}</Delta></IdAndDelta>"
                for i in ids) + f"</{name}>"
        answer = self.ask("GetRevisionIdList", self.cookie + f"<filter>{inner}</filter>")
        revisions = [(one.findtext(f"{{{SYNC}}}UpdateID"), one.findtext(f"{{{SYNC}}}RevisionNumber"))
                     for one in answer.iter(f"{{{SYNC}}}UpdateIdentity")]
        assert len(set(revisions)) == len(revisions), "no revision is listed twice"
        return revisions, answer.findtext(f".//{{{SYNC}}}Anchor")

    def documents(self, revisions, most):
        for start in range(0, len(revisions), most):
            ids = "".join(f"<UpdateIdentity><UpdateID>{i}</UpdateID><RevisionNumber>{r}</RevisionNumber></UpdateIdentity>"
                          for i, r in revisions[start:start + most])
            answer = self.ask("GetUpdateData", self.cookie + f"<updateIds>{ids}</updateIds>")
            for data in answer.iter(f"{{{SYNC}}}ServerSyncUpdateData"):
                identity = (data.findtext(f".//{{{SYNC}}}UpdateID"), data.findtext(f".//{{{SYNC}}}RevisionNumber"))
                blob = data.findtext(f"{{{SYNC}}}XmlUpdateBlob")
                packed = data.findtext(f"{{{SYNC}}}XmlUpdateBlobCompressed")
                assert (blob is None) != (packed is None), "one form or the other"
                if packed is not None:
                    blob = cabinet_member(base64.b64decode(packed)).decode("utf-16-le")
                assert (len(blob.encode("utf-16-le")) > 5120) == (packed is not None), "large ones in a cabinet"
                yield identity, blob.encode()

    def synchronize(self, folder, config_anchor="", anchor="", chosen=None, again=()):
        os.makedirs(folder, exist_ok=True)
        self.log_in()
        config = self.ask("GetConfigData", self.cookie)
        most = int(config.findtext(f".//{{{SYNC}}}MaxNumberOfUpdatesPerRequest"))
        languages = [one.findtext(f"{{{SYNC}}}ShortLanguage") for one in config.iter(f"{{{SYNC}}}ServerSyncLanguageData")
                     if one.findtext(f"{{{SYNC}}}Enabled") == "true"]
        categories, config_anchor = self.list(True, config_anchor)
        updates, anchor = self.list(False, anchor, chosen, again)
        for revisions in (categories, updates):
            expected = set(revisions)
            for (update, number), document in self.documents(revisions, most):
                expected.remove((update, number))
                with open(os.path.join(folder, f"{update}-r{number}.xml"), "wb") as file:
                    file.write(document)
            assert not expected, "everything listed came"
        return {"config_anchor": config_anchor, "anchor": anchor, "categories": len(categories), "updates": len(updates),
                "languages": languages, "bytes": self.bytes}


def crowd(url, folder, count):
    results = [None] * count

    def one(number):
        try:
            results[number] = Downstream(url).synchronize(os.path.join(folder, str(number)))
        except Exception as error:  # whatever it is, the test is to see it
            results[number] = {"error": repr(error)}
    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def expected(folder, products, classifications):
    """From the documents alone: members of a product and a classification, and what they bundle or need."""
    updates, parents, kinds, newest = {}, {}, {}, {}
    for place, _, names in os.walk(folder):
        for name in names:
            if not name.endswith(".xml"):
                continue
            root = tree.parse(os.path.join(place, name)).getroot()
            identity = root.find(UPD + "UpdateIdentity")
            update, number = identity.get("UpdateID").lower(), int(identity.get("RevisionNumber"))
            clauses = root.findall(f"{UPD}Relationships/{UPD}Prerequisites/{UPD}AtLeastOne[@IsCategory='true']")
            inside = {one.get("UpdateID").lower() for clause in clauses for one in clause}
            needed = {one.get("UpdateID").lower() for one in root.iterfind(f"{UPD}Relationships/{UPD}Prerequisites//{UPD}UpdateIdentity")}
            bundled = {(one.get("UpdateID").lower(), int(one.get("RevisionNumber")))
                       for one in root.iterfind(f"{UPD}Relationships/{UPD}BundledUpdates//{UPD}UpdateIdentity")}
            kind = root.find(UPD + "Properties").get("UpdateType")
            updates[update, number] = (kind, inside, needed, bundled)
            newest[update] = max(newest.get(update, 0), number)
            if kind == "Category":
                parents.setdefault(update, set()).update(inside)

    def below(ids):
        ids = set(ids)
        while True:
            more = {child for child, above in parents.items() if above & ids} - ids
            if not more:
                return ids
            ids |= more
    products, classifications = below(products), below(classifications)
    chosen = {key for key, (kind, inside, _, _) in updates.items()
              if kind in ("Software", "Driver") and inside & products and inside & classifications}
    waiting = list(chosen)
    while waiting:
        _, _, needed, bundled = updates[waiting.pop()]
        for key in {key for key in bundled if key in updates} | {(i, newest[i]) for i in needed if i in newest}:
            if key not in chosen and updates[key][0] in ("Software", "Driver"):
                chosen.add(key)
                waiting.append(key)
    return sorted(f"{update}-r{number}.xml" for update, number in chosen)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    sync = commands.add_parser("sync")
    sync.add_argument("url")
    sync.add_argument("folder")
    sync.add_argument("--config-anchor", default="")
    sync.add_argument("--anchor", default="")
    sync.add_argument("--choose", type=lambda text: [ids.split(",") for ids in text.split(":")])
    sync.add_argument("--again", type=lambda text: text.split(","), default=())
    many = commands.add_parser("crowd")
    many.add_argument("url")
    many.add_argument("folder")
    many.add_argument("count", type=int)
    wanted = commands.add_parser("expected")
    wanted.add_argument("catalog")
    wanted.add_argument("products", type=lambda text: text.split(","))
    wanted.add_argument("classifications", type=lambda text: text.split(","))
    wrong = commands.add_parser("fault")
    wrong.add_argument("url")
    wrong.add_argument("operation")
    wrong.add_argument("elements")
    options = parser.parse_args()
    if options.command == "sync":
        print(json.dumps(Downstream(options.url).synchronize(options.folder, options.config_anchor, options.anchor,
                                                             options.choose, options.again)))
    elif options.command == "crowd":
        print(json.dumps(crowd(options.url, options.folder, options.count)))
    elif options.command == "expected":
        print("\n".join(expected(options.catalog, options.products, options.classifications)))
    else:
        downstream = Downstream(options.url)
        downstream.log_in()
        try:
            downstream.ask(options.operation, downstream.cookie + options.elements)
            print("none")
        except Fault as fault:
            print(fault)


if __name__ == "__main__":
    sys.exit(main())
