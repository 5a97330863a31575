# SPDX-License-Identifier: Apache-2.0
"""What a hostile bundle is aimed at: sites with trust files and a first generation; and the honest bundle to spoil."""
import base64
import datetime
import glob
import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import ferry_format as f
import pki

FEED, SITE = "all", "plant-1"
LINEAGE = "bbbbbbbb-0000-4000-8000-00000000000b"
POINT = "aaaaaaaa-0000-4000-8000-00000000000a"
ALGORITHMS = "ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss"
CHUNKS = {1: [4], 3: [2, 1, 1]}  # of each volume


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def role(tag, signers, threshold=1, **other):
    attributes = {"threshold": threshold, "purpose": pki.OIDS["codeSigning"], "algorithms": ALGORITHMS, "crl": "none"}
    attributes.update(other)
    return f.El(
        tag,
        attributes,
        [f.El("certificate", {"key": s.key.id}, text=base64.b64encode(s.certificate).decode()) for s in signers],
    )


def crl(authority, revoked=(), this=None, following=None):
    """A certificate revocation list of an authority; `revoked` are Signers."""
    now = datetime.datetime.utcnow()
    entries = [pki.seq(pki.split(pki.issuer_and_serial(one.certificate))[1][1], pki.utc_time(now)) for one in revoked]
    body = pki.seq(
        pki.integer(1),
        authority.key.algorithm(),
        pki.name_of(authority.name),
        pki.utc_time(this or now - datetime.timedelta(days=20)),
        pki.utc_time(following or now + datetime.timedelta(days=20)),
        pki.seq(*entries) if entries else b"",
        pki.tlv(
            0xA0,
            pki.seq(
                pki.extension("aki", pki.seq(pki.tlv(0x80, hashlib.sha1(authority.key.spki).digest()))),
                pki.extension("2.5.29.20", pki.integer(1)),
            ),
        ),
    )
    return pki.seq(body, authority.key.algorithm(), pki.bits(authority.key.sign(body)))


class Target:
    """A site as an attacker sees it: where it stands and what it believes."""

    def __init__(self, name, trust, generation=1, epoch=0, toml=""):
        self.name, self.trust, self.generation, self.epoch, self.toml = name, trust, generation, epoch, toml


class World:
    """Keys of one type, trust files, documents, and the sites made from them."""

    def __init__(self, folder, key_type, before, after):
        self.key_type, self.folder = key_type, folder
        self.now = datetime.datetime.utcnow().replace(microsecond=0)
        self.before, self.after = before, after  # documents by identity
        os.makedirs(folder)
        names = ["root", "exporter", "second", "authority", "leaf", "leaf2", "stranger", "stolen", "retired"]
        weak = ["rsa1024", "rsa2048", "p224", "p384", "ed25519", "secp256k1", "brainpoolP256r1"]
        with ThreadPoolExecutor(2) as pool:
            keys = [pool.submit(pki.Key, folder, name, key_type) for name in names]
            others = [pool.submit(pki.Key, folder, name, name) for name in weak]
            self.keys = dict(zip(names + weak, [key.result() for key in keys + others]))
        for name in ("root", "exporter", "second", "stranger", "stolen", "retired"):
            setattr(self, name, pki.certificate(f"Test {name}", self.keys[name]))
        self.authority = pki.certificate("Test authority", self.keys["authority"], authority=True, purposes=())
        self.leaf = self.issue("Test leaf", self.keys["leaf"])
        self.targets = {target.name: target for target in self.make_targets()}

    def issue(self, name, key, **options):
        return pki.certificate(name, key, self.authority, **options)

    def trust(
        self,
        version=1,
        lineage="dddddddd-0000-4000-8000-000000000001",
        created=None,
        root=None,
        exporter=None,
        revoked=(),
        **other,
    ):
        attributes = {
            "xmlns": "urn:ferry:trust:1",
            "version": version,
            "lineage": lineage,
            "created": stamp(created or self.now - datetime.timedelta(days=11 - version)),
            "epoch": 0,
            "minimum-format": "1.0",
            "broadcast": "yes",
        }
        attributes.update(other)
        return f.El("trust", attributes, [root or role("root", [self.root]), exporter or self.exporters(), *revoked])

    def exporters(self, **other):
        return role("exporter", [self.exporter, self.second, self.authority, self.stolen, self.retired], **other)

    def second_trust(self, **other):
        """The honest second version: what was stolen is out, what was retired ends with the generation after three."""
        only = "ecdsa-p256" if self.key_type == "p256" else "rsa-pkcs1"
        revoked = [
            f.El("revoked", {"key": self.stolen.key.id}),
            f.El("revoked", {"key": self.retired.key.id}, [f.El("from", {"lineage": LINEAGE, "generation": 4})]),
        ]
        options = {"version": 2, "epoch": 1, "revoked": revoked, "exporter": self.exporters(algorithms=only)}
        return self.trust(**{**options, **other})

    def signed_trust(self, content, signers=None, version=None, when=None):
        """A trust file with its signatures, as pairs of name and bytes."""
        version = version or int(re.search(rb'version="(\d+)"', content[60:]).group(1))
        return [(f"trust/trust-{version:04}.xml", content)] + [
            (f"trust/trust-{version:04}.{i + 1:02}.p7s", pki.sign(content, signer, when or self.now))
            for i, signer in enumerate(signers or [self.root])
        ]

    def make_targets(self):
        first = [("trust/trust-0001.xml", self.trust().bytes())]
        two = self.trust(
            lineage="dddddddd-0000-4000-8000-000000000002",
            broadcast="no",
            exporter=role("exporter", [self.exporter, self.second, self.authority], threshold=2),
        )
        strict = self.trust(
            lineage="dddddddd-0000-4000-8000-000000000003", exporter=role("exporter", [self.authority], crl="required")
        )
        yield Target("plain", first)
        yield Target("two", [("trust/trust-0001.xml", two.bytes())])
        yield Target("later", first + self.signed_trust(self.second_trust().bytes()), generation=3, epoch=1)
        yield Target(
            "strict",
            [("trust/trust-0001.xml", strict.bytes())],
            toml='\n[time]\nmax-age-days = 30\ncertificates = "now"\n',
        )

    def default_signatures(self, target, content, when):
        if target == "two":
            return [pki.sign(content, self.exporter, when), pki.sign(content, self.second, when)]
        if target == "strict":
            return [self.listed(content, self.leaf, when, crl(self.authority))]
        return [pki.sign(content, self.exporter, when)]

    def listed(self, content, signer, when, revocations):
        """A signature that carries a revocation list."""
        return pki.signed_data(
            [pki.signer_info(content, signer, when)], [signer.certificate], lists=pki.tlv(0xA1, revocations)
        )


class Kit:
    """One honest bundle in the making: what the steps of a case take and give."""

    def __init__(self, world, target, volumes):
        self.world, self.target, self.volumes = world, world.targets[target], volumes
        self.kind = "delta"
        self.base, self.generation = self.target.generation, self.target.generation + 1
        self.created = world.now - datetime.timedelta(hours=1)
        self.attacked = volumes // 2  # index of the volume that is damaged, where one is
        self.before, self.after = world.before, world.after

    @property
    def name(self):
        return f"{FEED}_{SITE}_g{self.base}-g{self.generation}_{self.kind}"

    def file(self, index=None):
        index = self.attacked if index is None else index
        return f"{self.name}_v{index + 1:02}of{self.volumes:02}.ferry"

    def make_full(self, generation, created, documents):
        self.kind, self.base, self.generation, self.created = "full", 0, generation, created
        self.before, self.after = {}, documents

    def state(self, documents=None):
        return f.state_digest((self.after if documents is None else documents).values())

    def raws(self):
        puts = [doc.put() for identity, doc in self.after.items() if self.before.get(identity) is None]
        drops = [f.drop(*identity) for identity in self.before if identity not in self.after]
        records = puts + drops
        cut = [len(records) * i // 4 for i in range(5)]
        return [b"".join(records[cut[i] : cut[i + 1]]) for i in range(4)]

    def manifest(self, raws, stored, trust):
        counts = [count(raw) for raw in raws]
        documents = self.after.values()
        tree = f.El(
            "manifest",
            {"xmlns": "urn:ferry:manifest:1", "format-version": "1.0"},
            [
                f.El(
                    "bundle",
                    {
                        "name": self.name,
                        "kind": self.kind,
                        "created": stamp(self.created),
                        "tool": "hostile 1",
                        "compressor": "zstd",
                    },
                ),
                f.El(
                    "freshness",
                    {
                        "next-expected": stamp(self.created + datetime.timedelta(days=31)),
                        "valid-until": stamp(self.created + datetime.timedelta(days=62)),
                    },
                ),
                f.El("publisher", {"point": POINT, "name": "headquarters"}),
                f.El(
                    "feed",
                    {
                        "name": FEED,
                        "lineage": LINEAGE,
                        "epoch": self.target.epoch,
                        "content": "none",
                        "languages": "*",
                    },
                ),
                f.El("recipient", {"site": SITE}),
            ],
        )
        if self.kind == "delta":
            tree.add("recipient", f.El("base", {"generation": self.base, "state": self.state(self.before)}))
        tree.children += [
            f.El(
                "target",
                {
                    "generation": self.generation,
                    "state": self.state(),
                    "updates": len({doc.update for doc in documents}),
                    "revisions": len(documents),
                },
            ),
            f.El(
                "content",
                {
                    "puts": sum(c[0] for c in counts),
                    "drops": sum(c[1] for c in counts),
                    "approvals": 0,
                    "document-bytes": sum(c[2] for c in counts),
                    "files": 0,
                    "file-bytes": 0,
                },
            ),
            f.chain(),
        ]
        tree.children += [
            f.El("trust", {"name": name, "size": len(data), "sha256": f.sha256(data)}) for name, data in trust
        ]
        at = 0
        for index, chunks in enumerate(self.layout(len(stored))):
            volume = f.El("volume", {"index": index + 1})
            for _ in range(chunks):
                volume.children.append(
                    f.El(
                        "chunk",
                        {
                            "name": f"chunks/{at + 1:06}.zst",
                            "size": len(stored[at]),
                            "raw-size": len(raws[at]),
                            "records": sum(counts[at][:2]),
                            "sha256": f.sha256(stored[at]),
                        },
                    )
                )
                at += 1
            tree.children.append(volume)
        return tree

    def layout(self, chunks):
        """The honest four; what is more goes into the last volume."""
        layout = list(CHUNKS[self.volumes])
        layout[-1] += chunks - 4
        return layout

    def name_again(self, tree):
        """A changed manifest is to be refused for the change and not for a name that no longer follows from its parts."""
        try:
            bundle, feed = tree.find("bundle"), tree.find("feed")
            if bundle["name"] != self.name:
                return  # that is the attack
            site = "".join("_" + recipient["site"] for recipient in tree.all("recipient")[:1])
            bases = tree.all("base")
            base = bases[0]["generation"] if bases else 0
            target = tree.find("target")["generation"]
            self.final_name = bundle["name"] = f"{feed['name']}{site}_g{base}-g{target}_{bundle['kind']}"
        except (IndexError, KeyError):
            pass  # refused for what is not there

    def build(self, hooks):
        """The files of the bundle by name. A hook gets what a step made and gives what shall be used."""

        def step(name, value, *more):
            if name not in hooks:
                return value
            changed = hooks[name](self, value, *more)
            return value if changed is None else changed

        if "kit" in hooks:
            hooks["kit"](self)
        self.final_name = self.name
        raws = step("raw", self.raws())
        stored = step("stored", [f.compress(raw) for raw in raws], raws)
        trust = step("trust", list(self.target.trust))
        tree = step("tree", self.manifest(raws, stored, trust))
        if isinstance(tree, f.El):
            self.name_again(tree)
        text = step("text", tree.bytes() if isinstance(tree, f.El) else tree)
        if "sign" in hooks:
            signatures = hooks["sign"](self, text)
        else:
            signatures = self.world.default_signatures(self.target.name, text, self.created)
        text = step("unsigned_text", text)
        trust = step("unlisted_trust", trust)
        front = [f.Member("manifest.xml", text)]
        front += [f.Member(f"signatures/{i + 1:02}.p7s", one) for i, one in enumerate(signatures)]
        front += [f.Member(name, data) for name, data in trust]
        volumes, at = [], 0
        for chunks in self.layout(len(stored)):
            volumes.append(
                list(front) + [f.Member(f"chunks/{i + 1:06}.zst", stored[i]) for i in range(at, at + chunks)]
            )
            at += chunks
        volumes = step("members", volumes)
        archives = step("archives", [f.archive(members) for members in volumes])
        return step("files", {self.file(i): data for i, data in enumerate(archives)})


def count(raw):
    """Puts, drops and document bytes of a chunk; what cannot be read counts as one put."""
    puts = drops = size = at = 0
    while at < len(raw):
        line = raw[at : at + 200].split(b"\n")[0]
        fields = line.split(b" ")
        at += len(line) + 1
        if fields[0] == b"drop":
            drops += 1
        elif fields[0] == b"put" and len(fields) == 5 and fields[4].isdigit() and at + int(fields[4]) < len(raw):
            puts, size, at = puts + 1, size + int(fields[4]), at + int(fields[4]) + 1
        else:
            return puts + 1, drops, size
    return puts, drops, size


def read_documents(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.xml"), recursive=True)):
        with open(path, "rb") as file:
            document = f.Document.parse(file.read())
        found[document.identity] = document
    return found


def generated_catalogs(folder, program):
    """The documents of two months of a small generated catalog."""
    months = []
    for month in ("0", "1"):
        subprocess.run(
            [
                program,
                "--seed",
                "7",
                "--revisions",
                "60",
                "--delta",
                "25",
                "--max-document",
                "65536",
                "--quiet",
                "--month",
                month,
                folder,
            ],
            check=True,
        )
        months.append(read_documents(folder))
    if len(months[0]) < 50 or len(set(months[1]) - set(months[0])) < 4 or len(set(months[0]) - set(months[1])) < 1:
        raise RuntimeError("the generated catalog is too small to attack")
    return months


def make_site(program, world, target, path):
    """A site that holds its first generation; its catalog came from an honest bundle."""
    kit = Kit(world, target.name, 1)
    kit.make_full(target.generation, world.now - datetime.timedelta(days=2), world.before)
    first = os.path.join(world.folder, "trust-0001.xml")
    media = os.path.join(world.folder, "first-" + target.name)
    with open(first, "wb") as file:
        file.write(target.trust[0][1])
    os.makedirs(media)
    for name, data in kit.build({}).items():
        with open(os.path.join(media, name), "wb") as file:
            file.write(data)
    subprocess.run(
        [program, "--point", path, "init", "--trust", first, "--site", SITE], check=True, capture_output=True
    )
    with open(os.path.join(path, "point.toml"), "a", encoding="utf-8") as file:
        file.write(target.toml)
        file.write("\n[import]\nmax-removals = 100\n")
    done = subprocess.run([program, "--point", path, "import", media], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"site {target.name}: the honest first bundle is refused: {done.stderr}")
