# SPDX-License-Identifier: Apache-2.0
"""An update server for tests that knows MS-WSUSSS only from its specification; nothing of it is shared with Ferry.

wsus_upstream.py FOLDER [PORT]: serves the documents below FOLDER/docs/N/ (N counts up: what came later) on the port or a
free one, which it writes into FOLDER/port. FOLDER/control.json, read before each answer, asks for misbehaviour; FOLDER/log has a JSON
line for each request.
"""
import base64, datetime, hashlib, html, http.server, json, os, re, socketserver, subprocess, sys, tempfile, threading, time
import xml.etree.ElementTree as ET

SYNC = "http://www.microsoft.com/SoftwareDistribution"
AUTH = SYNC + "/Server/DssAuthWebService"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
UPD = "{http://schemas.microsoft.com/msus/2002/12/Update}"
folder = sys.argv[1]
lock = threading.Lock()


class Fault(Exception):
    def __init__(self, code, message=""):
        super().__init__(code)
        self.code, self.message = code, message


class Revision:
    def __init__(self, path, time_index):
        self.bytes = open(path, "rb").read()
        self.time = time_index
        root = ET.fromstring(self.bytes)
        identity = root.find(UPD + "UpdateIdentity")
        self.key = (identity.get("UpdateID").lower(), int(identity.get("RevisionNumber")))
        self.is_config = root.find(UPD + "Properties").get("UpdateType") in ("Category", "Detectoid")
        relations = root.find(UPD + "Relationships")
        clauses = [] if relations is None else relations.findall(f"{UPD}Prerequisites/{UPD}AtLeastOne")
        self.categories = {one.get("UpdateID").lower() for clause in clauses if clause.get("IsCategory") == "true"
                           for one in clause.findall(UPD + "UpdateIdentity")}
        every = [] if relations is None else relations.iter(UPD + "UpdateIdentity")
        self.needs = [(one.get("UpdateID").lower(), one.get("RevisionNumber")) for one in every]
        self.digests = [one.get("Digest") for one in root.iter(UPD + "File")]


class Server:
    """What is served; read anew when a folder was added."""
    def __init__(self):
        self.revisions, self.read = {}, set()
        self.cookie, self.cookies_made, self.cookie_uses, self.batches, self.wishes = None, 0, 0, 0, None

    def load(self):
        docs = os.path.join(folder, "docs")
        for name in sorted(os.listdir(docs), key=int):
            if name in self.read: continue
            self.read.add(name)
            for path, _, files in os.walk(os.path.join(docs, name)):
                for file in files:
                    if not file.endswith(".xml"): continue
                    revision = Revision(os.path.join(path, file), int(name))
                    self.revisions.setdefault(revision.key, revision)

    def newest(self): return max(map(int, self.read), default=0)

    def list(self, get_config, anchor, products, classifications):
        since = -1 if anchor is None else self.time_of(anchor)
        if get_config: return [r for r in self.revisions.values() if r.is_config and r.time > since]
        chosen = {}
        for r in self.revisions.values():
            if r.is_config: continue
            matches = [(products[p], classifications[c]) for p in r.categories & products.keys()
                       for c in r.categories & classifications.keys()]
            if any(r.time > since or not (p and c) for p, c in matches): chosen[r.key] = r
        by_id = {}
        for r in self.revisions.values(): by_id.setdefault(r.key[0], []).append(r)
        todo = list(chosen.values())
        while todo:
            for update, number in todo.pop().needs:
                for r in by_id.get(update, []):
                    if r.is_config or r.key in chosen or (number is not None and int(number) != r.key[1]): continue
                    chosen[r.key] = r
                    todo.append(r)
        return list(chosen.values())

    def anchor(self): return f"{7 + self.newest()},2026-01-01 00:00:{self.newest():02d}.000"

    def time_of(self, anchor):
        found = re.fullmatch(r"\d+,2026-01-01 00:00:(\d\d)\.000", anchor)
        if not found: raise Fault("InvalidParameters", "filter")
        return int(found.group(1))


server = Server()


def control():
    try: return json.load(open(os.path.join(folder, "control.json")))
    except (OSError, ValueError): return {}


def log(entry):
    with open(os.path.join(folder, "log"), "a") as out: out.write(json.dumps(entry) + "\n")


def cabinet(text):
    """One member `blob`, UTF-16LE."""
    with tempfile.TemporaryDirectory() as work:
        open(os.path.join(work, "blob"), "wb").write(text)
        subprocess.run(["gcab", "--create", "--nopath", "--zip", "c.cab", "blob"], cwd=work, check=True,
                       stdout=subprocess.DEVNULL)
        return open(os.path.join(work, "c.cab"), "rb").read()


def update_data(revision, wishes):
    update, number = revision.key
    utf16 = revision.bytes.decode().encode("utf-16-le")
    spoilt = wishes.get("spoilt", {}).get(update)
    if spoilt == "odd": blob = ("c", cabinet(utf16[:-1]))
    elif spoilt == "surrogate": blob = ("c", cabinet(utf16 + b"\x3d\xd8"))
    elif spoilt == "cabinet": blob = ("c", cabinet(utf16)[:-40])
    elif spoilt == "xml": blob = ("t", "<upd:Update>")
    elif spoilt == "other": blob = ("t", next(r for r in server.revisions.values() if r.key != revision.key).bytes.decode())
    elif len(utf16) > 5120: blob = ("c", cabinet(utf16))
    else: blob = ("t", revision.bytes.decode())
    out = f"<ServerSyncUpdateData><Id><UpdateID>{update}</UpdateID><RevisionNumber>{number}</RevisionNumber></Id>"
    if blob[0] == "t": out += f"<XmlUpdateBlob>{html.escape(blob[1]).replace(chr(13), '&#xD;')}</XmlUpdateBlob>"
    if revision.digests:
        out += "<FileDigestList>" + "".join(f"<base64Binary>{d}</base64Binary>" for d in revision.digests) + "</FileDigestList>"
    if blob[0] == "c": out += f"<XmlUpdateBlobCompressed>{base64.b64encode(blob[1]).decode()}</XmlUpdateBlobCompressed>"
    return out + "</ServerSyncUpdateData>"


def child(node, path, space=SYNC):
    return node.find("/".join(f"{{{space}}}{part}" for part in path.split("/")))


def text(node, path, space=SYNC):
    found = child(node, path, space)
    return None if found is None else found.text


def identities(node): return [(text(one, "UpdateID").lower(), int(text(one, "RevisionNumber"))) for one in node]


class Answers:
    def __init__(self, port): self.port = port

    def GetAuthConfig(self, request, wishes, entry):
        place = wishes.get("auth_url", "DssAuthWebService/DssAuthWebService.asmx")
        return ("<LastChange>2026-01-01T00:00:00</LastChange><AuthInfo><AuthPlugInInfo><PlugInID>DssTargeting</PlugInID>"
                f"<ServiceUrl>{place}</ServiceUrl><Parameter /></AuthPlugInInfo></AuthInfo>")

    def GetAuthorizationCookie(self, request, wishes, entry):
        entry["account"] = [text(request, "accountName", AUTH), text(request, "accountGuid", AUTH)]
        return "<PlugInId>DssTargeting</PlugInId><CookieData>" + base64.b64encode(b"authorized").decode() + "</CookieData>"

    def GetCookie(self, request, wishes, entry):
        if base64.b64decode(text(request, "authCookies/AuthorizationCookie/CookieData")) != b"authorized":
            raise Fault("InvalidAuthorizationCookie")
        if text(request, "protocolVersion").split(".")[0] != "1": raise Fault("IncompatibleProtocolVersion")
        server.cookies_made += 1
        server.cookie, server.cookie_uses = f"cookie {server.cookies_made}".encode(), 0
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=wishes.get("cookie_seconds", 14400))
        return (f"<Expiration>{until:%Y-%m-%dT%H:%M:%S.12345Z}</Expiration><EncryptedData>"
                f"{base64.b64encode(server.cookie).decode()}</EncryptedData>")

    def check_cookie(self, request, wishes):
        server.cookie_uses += 1
        if base64.b64decode(text(request, "cookie/EncryptedData")) != server.cookie: raise Fault("InvalidCookie")
        if server.cookie_uses > wishes.get("cookie_uses", 10**9): raise Fault("InvalidCookie")

    def GetConfigData(self, request, wishes, entry):
        self.check_cookie(request, wishes)
        return ("<CatalogOnlySync>false</CatalogOnlySync><LazySync>true</LazySync><ServerHostsPsfFiles>false</ServerHostsPsfFiles>"
                "<MaxNumberOfComputerIdsInRequest>0</MaxNumberOfComputerIdsInRequest><MaxNumberOfDriverSetsPerRequest>0"
                "</MaxNumberOfDriverSetsPerRequest><MaxNumberOfPnpHardwareIdsInRequest>0</MaxNumberOfPnpHardwareIdsInRequest>"
                f"<MaxNumberOfUpdatesPerRequest>{wishes.get('max', 20)}</MaxNumberOfUpdatesPerRequest><NewConfigAnchor>a</NewConfigAnchor>"
                f"<ProtocolVersion>{wishes.get('protocol', '1.20')}</ProtocolVersion><LanguageUpdateList><ServerSyncLanguageData>"
                "<LanguageID>1033</LanguageID><ShortLanguage>en</ShortLanguage><LongLanguage>English</LongLanguage><Enabled>true"
                "</Enabled></ServerSyncLanguageData></LanguageUpdateList><MaxUpdatesPerRequestInGetUpdateDecryptionData>100"
                "</MaxUpdatesPerRequestInGetUpdateDecryptionData>")

    def GetRevisionIdList(self, request, wishes, entry):
        self.check_cookie(request, wishes)
        chosen = child(request, "filter")
        anchor, config = text(chosen, "Anchor"), text(chosen, "GetConfig") == "true"
        deltas = {}
        for name in ("Categories", "Classifications"):
            found = child(chosen, name)
            deltas[name] = {} if found is None else {text(one, "Id"): text(one, "Delta") == "true" for one in found}
        entry.update(config=config, anchor=anchor, **deltas)
        if anchor is not None and wishes.get("changed"): raise Fault("ServerChanged")
        if anchor is not None and anchor in wishes.get("forgotten", []): raise Fault("InvalidParameters", "filter")
        gone = wishes.get("gone", [])  # updates that were deleted here
        known = {r.key[0] for r in server.revisions.values() if r.is_config} - set(gone)
        if not set(deltas["Categories"]) | set(deltas["Classifications"]) <= known: raise Fault("InvalidParameters", "filter")
        listed = [r for r in server.list(config, anchor, deltas["Categories"], deltas["Classifications"])
                  if r.key[0] not in gone]
        if wishes.get("nothing"): listed = []
        entry["listed"] = len(listed)
        keys = [r.key for r in listed] + [tuple(k) for k in wishes.get("phantoms", []) if not config]
        return f"<Anchor>{server.anchor()}</Anchor><NewRevisions>" + "".join(
            f"<UpdateIdentity><UpdateID>{k[0]}</UpdateID><RevisionNumber>{k[1]}</RevisionNumber></UpdateIdentity>"
            for k in keys) + "</NewRevisions>"

    def GetUpdateData(self, request, wishes, entry):
        self.check_cookie(request, wishes)
        ids = identities(child(request, "updateIds"))
        entry["ids"] = len(ids)
        server.batches += 1
        if server.batches > wishes.get("die_after", 10**9): os._exit(1)
        if len(ids) > wishes.get("max", 20): raise Fault("InvalidParameters", "updateIds")
        if any(i not in server.revisions or i[0] in wishes.get("bad", []) for i in ids): raise Fault("InternalServerError")
        sent = [server.revisions[i] for i in ids if i[0] not in wishes.get("silent", [])]
        digests = sorted({d for r in sent for d in r.digests})
        return "<updates>" + "".join(update_data(r, wishes) for r in sent) + "</updates><fileUrls>" + "".join(
            f"<ServerSyncUrlData><FileDigest>{d}</FileDigest><MUUrl>http://127.0.0.1:{self.port}/files/"
            f"{base64.b64decode(d).hex()}.cab</MUUrl><UssUrl /></ServerSyncUrlData>" for d in digests) + "</fileUrls>"

    def GetDeployments(self, request, wishes, entry):
        self.check_cookie(request, wishes)
        entry["anchor"] = text(request, "deploymentAnchor")
        return open(os.path.join(folder, "deployments.xml")).read()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_): pass

    def reply(self, status, body, kind="text/xml; charset=utf-8"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        log({"get": self.path})
        digest = re.sub(r"\..*", "", self.path.rsplit("/", 1)[-1]).lower()
        path = os.path.join(folder, "files", digest)
        if os.path.exists(path): self.reply(200, open(path, "rb").read(), "application/octet-stream")
        else: self.reply(404, b"no such file")

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            server.load()
            wishes = control()
            if wishes != server.wishes: server.wishes, server.batches = wishes, 0
            operation = ET.fromstring(request).find(f"{{{SOAP}}}Body")[0]
            space, name = operation.tag[1:].split("}")
            entry = {"op": name}
            action = self.headers["SOAPAction"]
            service = "dssauthwebservice" if name == "GetAuthorizationCookie" else "serversyncwebservice"
            if action != f'"{space}/{name}"' or self.path.lower() != f"/{service}/{service}.asmx":
                log({"op": name, "refused": [action, self.path]})
                return self.reply(404, b"no such service")
            misbehaviour = wishes.get("mode", {}).get(name)
            try:
                faults = self.server.faults.setdefault((name, json.dumps(wishes)), list(wishes.get("faults", {}).get(name, [])))
                if faults:
                    code = faults.pop(0)
                    entry["fault"] = code
                    raise Fault(code)
                result = getattr(Answers(self.server.server_address[1]), name)(operation, wishes, entry)
            except Fault as fault:
                log(entry)
                detail = (f"<ErrorCode>{fault.code}</ErrorCode><Message>{fault.message}</Message><ID>"
                          f"00000000-0000-4000-8000-000000000001</ID><Method>{name}</Method>")
                return self.reply(500, (f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body><soap:Fault><faultcode>soap:Server'
                                        f'</faultcode><faultstring>Fault occurred</faultstring><detail>{detail}</detail>'
                                        "</soap:Fault></soap:Body></soap:Envelope>").encode())
            log(entry)
        body = (f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'
                f'<{name}Response xmlns="{space}"><{name}Result>{result}</{name}Result></{name}Response>'
                "</soap:Body></soap:Envelope>").encode()
        if misbehaviour: return self.misbehave(misbehaviour, body)
        self.reply(200, body)

    def misbehave(self, mode, body):
        self.close_connection = True
        if mode == "html": return self.reply(200, b"<html><body>It works!</body></html>", "text/html")
        if mode == "garbage": return self.reply(200, os.urandom(1000))
        if mode == "page500": return self.reply(500, b"<html>Runtime Error</html>", "text/html")
        if mode == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(200)
        if mode == "short": self.send_header("Content-Length", str(len(body) + 100))
        if mode == "long": self.send_header("Content-Length", str(len(body) // 2))
        if mode in ("endless", "entities", "drip"): self.send_header("Connection", "close")
        self.end_headers()
        try:
            if mode in ("short", "long"): self.wfile.write(body)
            if mode == "drip":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.2)
            if mode == "entities":
                self.wfile.write(b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>' + body[38:])
            if mode == "endless":
                start = body.find(b"<NewRevisions>") + len(b"<NewRevisions>")
                self.wfile.write(body[:start])
                one = (b"<UpdateIdentity><UpdateID>00000000-0000-4000-8000-%012d</UpdateID><RevisionNumber>1"
                       b"</RevisionNumber></UpdateIdentity>")
                for block in range(10**9):
                    self.wfile.write(b"".join(one % (block * 1000 + i) for i in range(1000)))
        except OSError:
            pass  # the client has had enough


class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    faults = {}


with Threads(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler) as listener:
    with open(os.path.join(folder, "port.new"), "w") as out: out.write(str(listener.server_address[1]))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    listener.serve_forever()
