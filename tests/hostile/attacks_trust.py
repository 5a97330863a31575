# SPDX-License-Identifier: Apache-2.0
"""Attacks by trust files: chains that do not follow, files that are odd, lists that do not fit."""
import datetime

import ferry_format as f
import pki
import world as worlds
from attacks_manifest import DTD, set_field
from table import attack

DAY = datetime.timedelta(days=1)
NONE_VALID = "0 of 1 signatures are valid"


def refused(row, name, says, site="plain", **hooks):
    attack(row, name, 11, [NONE_VALID, says], site, **hooks)


def second(kit, trust):
    return trust + kit.world.signed_trust(kit.world.second_trust().bytes())


def chains():
    """Versions of the trust file that do not follow; the bundle's own signature is good."""

    def chain(name, says, make, site="plain", row=20, code=11, **more):
        attack(row, "trust file: " + name, code, says, site, trust=lambda kit, trust: make(kit.world, trust), **more)

    def next_one(name, says, signers=None, change=None, row=20, **fields):
        """A second version with these fields, and its bytes changed."""

        def make(world, trust):
            content = world.second_trust(
                **{key: value(world) if callable(value) else value for key, value in fields.items()}
            ).bytes()
            return trust + world.signed_trust(
                change(content) if change else content,
                [getattr(world, one) for one in signers] if signers else None,
                version=2,
            )

        chain(name, says, make, row=row)

    threshold, unusable = "0 of 1 signatures", "not a usable trust file"
    chain(
        "another publisher's",
        "not the one installed",
        lambda world, trust: world.targets["two"].trust,
        kit=lambda kit: setattr(kit, "created", kit.created - datetime.timedelta(minutes=1)),
    )
    chain(
        "changed by a byte",
        "not the one installed",
        lambda world, trust: [(trust[0][0], trust[0][1].replace(b'broadcast="yes"', b'broadcast="no"'))],
    )
    chain(
        "made anew with the same keys",
        "not the one installed",
        lambda world, trust: [(trust[0][0], world.trust(created=world.now).bytes())],
    )
    chain("an empty file", "not the one installed", lambda world, trust: [(trust[0][0], b"")])
    chain(
        "the first is missing, the second stands alone",
        "not what the manifest lists",
        lambda world, trust: [file for file in second(worlds.Kit(world, "plain", 1), trust) if "0002" in file[0]],
        code=15,
    )
    chain(
        "the second under the first's name",
        "not the one installed",
        lambda world, trust: [("trust/trust-0001.xml", second_bytes(world))],
    )
    chain(
        "first and second change places",
        "not the one installed",
        lambda world, trust: [("trust/trust-0001.xml", second_bytes(world)), ("trust/trust-0002.xml", trust[0][1])],
    )
    chain(
        "the second unsigned",
        "0 of 1 signatures that the root role",
        lambda world, trust: trust + [("trust/trust-0002.xml", second_bytes(world))],
    )
    chain(
        "the second with the first's number in its name only",
        "trust file has version 1",
        lambda world, trust: trust
        + [(name.replace("0001", "0002"), data) for name, data in world.signed_trust(trust[0][1])],
    )
    chain(
        "the third in place of the second",
        "trust file has version 3",
        lambda world, trust: trust + renamed(world.signed_trust(world.second_trust(version=3).bytes()), 2),
    )
    chain(
        "the second, again as third",
        "trust file has version 2",
        lambda world, trust: trust
        + world.signed_trust(second_bytes(world))
        + renamed(world.signed_trust(second_bytes(world)), 3),
    )
    chain(
        "another second than the one installed",
        "not the one installed",
        lambda world, trust: trust[:1] + world.signed_trust(world.second_trust(created=world.now).bytes()),
        "later",
    )
    chain(
        "a third with a lower epoch",
        "has epoch",
        lambda world, trust: trust + world.signed_trust(world.second_trust(version=3, epoch=0).bytes()),
        "later",
    )
    chain(
        "a third that takes back the revocation, signed by the stolen key",
        threshold,
        lambda world, trust: trust
        + world.signed_trust(world.second_trust(version=3, revoked=()).bytes(), [world.stolen]),
        "later",
    )
    next_one("signed by the exporter", threshold, ["exporter"])
    next_one("signed by a stranger", threshold, ["stranger"])
    next_one("signed by the authority of exporters' leaf", threshold, ["leaf"])
    next_one(
        "signed by all exporters", "0 of 1 signatures that the root role", ["exporter", "second", "stolen", "retired"]
    )
    next_one("another lineage", "of another publisher", lineage="dddddddd-0000-4000-8000-00000000000f")
    next_one(
        "a new root that has not signed", "that it names", root=lambda world: worlds.role("root", [world.stranger])
    )
    next_one(
        "a new root that has signed, the old one not",
        "of version 1",
        ["stranger"],
        root=lambda world: worlds.role("root", [world.stranger]),
    )
    next_one(
        "two root signatures demanded, one there",
        "that it names",
        root=lambda world: worlds.role("root", [world.root, world.second], threshold=2),
    )
    next_one("threshold 0", unusable, exporter=lambda world: world.exporters(threshold=0))
    next_one("threshold 99", unusable, exporter=lambda world: world.exporters(threshold=99))
    next_one("threshold -1", unusable, exporter=lambda world: world.exporters(threshold=-1))
    next_one("threshold 2^64 and 1", unusable, exporter=lambda world: world.exporters(threshold=2**64 + 1))
    next_one("root threshold 0", unusable, root=lambda world: worlds.role("root", [world.root], threshold=0))
    next_one(
        "a key twice",
        "names a key twice",
        exporter=lambda world: worlds.role("exporter", [world.exporter, world.exporter], threshold=2),
    )
    next_one(
        "a key twice, in two certificates",
        "names a key twice",
        exporter=lambda world: worlds.role(
            "exporter", [world.exporter, pki.certificate("Other", world.exporter.key)], threshold=2
        ),
    )
    next_one("no exporter", unusable, exporter=lambda world: worlds.role("exporter", []))
    next_one(
        "33 exporters",
        "at most 32",
        exporter=lambda world: f.El(
            "exporter", world.exporters().attributes, [f.El("pin", {"key": f"{i:064x}"}) for i in range(33)]
        ),
    )
    next_one(
        "a key that is not its certificate's",
        unusable,
        change=lambda data: data.replace(b'<certificate key="', b'<certificate key="0', 1).replace(b'">MI', b'">MI', 1),
    )
    next_one(
        "a certificate that is none",
        unusable,
        exporter=lambda world: worlds.role("exporter", [pki.Signer(world.keys["exporter"], b"evil", "x")]),
    )
    next_one(
        "a certificate with bytes behind it",
        unusable,
        exporter=lambda world: worlds.role(
            "exporter", [pki.Signer(world.keys["exporter"], world.exporter.certificate + b"\0", "x")]
        ),
    )
    next_one("a certificate in two lines", unusable, change=lambda data: data.replace(b'">MII', b'">\nMII', 1))
    for name in ("rsa1024", "rsa2048", "p224", "secp256k1", "brainpoolP256r1", "ed25519"):
        next_one(
            f"an exporter with a key {name}",
            unusable,
            row=22,
            exporter=lambda world, name=name: worlds.role("exporter", [world.issue("weak", world.keys[name])]),
        )
    next_one("an unknown algorithm", unusable, row=22, exporter=lambda world: world.exporters(algorithms="md5"))
    next_one(
        "algorithms in another order",
        unusable,
        exporter=lambda world: world.exporters(algorithms="rsa-pkcs1 ecdsa-p256"),
    )
    next_one("no algorithm", unusable, exporter=lambda world: world.exporters(algorithms=""))
    next_one("crl is perhaps", unusable, exporter=lambda world: world.exporters(crl="perhaps"))
    next_one("broadcast is maybe", unusable, broadcast="maybe")
    next_one("a minimum format that is none", unusable, **{"minimum-format": "x"})
    next_one("a minimum format above this one", "accepts none before 9.9", **{"minimum-format": "9.9"})
    next_one("an unknown attribute", unusable, evil="1")
    next_one(
        "version 2^64 and 2",
        unusable,
        change=lambda data: data.replace(b'version="2"', b'version="%d"' % (2**64 + 2)),
    )
    next_one("epoch -1", unusable, epoch=-1)
    next_one("epoch 2^53", unusable, epoch=2**53)
    next_one("created is no time", unusable, change=lambda data: data.replace(b'created="2', b'created="x', 1))
    next_one(
        "a document type",
        unusable,
        row=24,
        change=lambda data: data.replace(b"<trust", DTD % b'<!ENTITY a SYSTEM "/etc/passwd">' + b"<trust", 1),
    )
    next_one("a comment", unusable, row=24, change=lambda data: data.replace(b"<root", b"<!-- --><root", 1))
    next_one(
        "40,000 elements",
        unusable,
        row=24,
        change=lambda data: data.replace(b"</trust>", b"<revoked/>" * 40_000 + b"</trust>"),
    )
    next_one(
        "300,000 deep", unusable, row=24, change=lambda data: data.replace(b"</trust>", b"<a>" * 300_000 + b"</trust>")
    )
    next_one("not canonical", unusable, row=25, change=lambda data: data + b" ")
    next_one("CRLF", unusable, row=25, change=lambda data: data.replace(b"\n", b"\r\n"))
    next_one(
        "a second role of exporters",
        unusable,
        row=25,
        change=lambda data: data.replace(b"  <exporter", b'  <exporter threshold="1"/>\n  <exporter', 1),
    )
    next_one(
        "roles change places",
        unusable,
        row=25,
        change=lambda data: data.replace(b"exporter", b"!").replace(b"root", b"exporter").replace(b"!", b"root"),
    )
    next_one(
        "it revokes the bundle's signer",
        "is revoked",
        row=19,
        revoked=lambda world: [f.El("revoked", {"key": world.exporter.key.id})],
    )
    next_one(
        "it revokes the authority and nobody is left",
        unusable,
        row=19,
        revoked=lambda world: [
            f.El("revoked", {"key": one.key.id})
            for one in (world.exporter, world.second, world.authority, world.stolen, world.retired)
        ],
    )
    next_one(
        "it retires the bundle's signer from this generation on",
        "is revoked",
        row=19,
        revoked=lambda world: [
            f.El(
                "revoked", {"key": world.exporter.key.id}, [f.El("from", {"lineage": worlds.LINEAGE, "generation": 2})]
            )
        ],
    )
    next_one(
        "it retires the signer for another feed only",
        "is revoked",
        row=19,
        revoked=lambda world: [
            f.El(
                "revoked",
                {"key": world.exporter.key.id},
                [f.El("from", {"lineage": "cccccccc-0000-4000-8000-00000000000c", "generation": 99})],
            )
        ],
    )
    next_one(
        "it lets only other algorithms count",
        "does not allow",
        row=22,
        exporter=lambda world: world.exporters(algorithms="ecdsa-p384"),
    )
    next_one("it demands another purpose", "is not for", exporter=lambda world: world.exporters(purpose="1.2.3.4.5"))
    next_one("a purpose that is none", "not a usable trust file: purpose is", exporter=lambda world: world.exporters(purpose="evil"))
    attack(
        7,
        "the trust file that the bundle brings allows only named sites",
        13,
        "names no site",
        trust=lambda kit, trust: trust + kit.world.signed_trust(kit.world.second_trust(broadcast="no").bytes()),
        tree=lambda kit, tree: tree.replace("recipient", []),
        installs_trust=True,
    )
    attack(
        33,
        "a good new trust file and a damaged chunk",
        15,
        "digest is",
        trust=second,
        members=lambda kit, volumes: damage(volumes),
    )
    attack(
        33,
        "a good new trust file and a state that lies",
        15,
        "manifest promises",
        trust=second,
        **set_field("target", "state", "4" * 64),
    )
    attack(
        33,
        "a good new trust file and another site",
        13,
        "is for site",
        trust=second,
        installs_trust=True,
        **set_field("recipient", "site", "plant-2"),
    )
    attack(
        33,
        "a good new trust file and a date in the future",
        12,
        "clocks",
        trust=second,
        installs_trust=True,
        kit=lambda kit: setattr(kit, "created", kit.world.now + 3 * DAY),
    )
    listing()


def listing():
    """Trust files that are there against those that the manifest lists."""
    differs = "not what the manifest lists"
    attack(17, "a trust file that is not listed", 15, differs, unlisted_trust=second)
    attack(
        17,
        "a trust file is listed and not there",
        15,
        differs,
        trust=second,
        unlisted_trust=lambda kit, trust: trust[:1],
    )
    attack(17, "no trust file is there", 15, differs, unlisted_trust=lambda kit, trust: [])
    attack(
        17,
        "a root signature more than listed",
        15,
        differs,
        trust=second,
        unlisted_trust=lambda kit, trust: trust + [("trust/trust-0002.02.p7s", trust[-1][1])],
    )
    attack(
        17,
        "another root signature than the one listed",
        15,
        differs,
        trust=second,
        unlisted_trust=lambda kit, trust: trust[:2]
        + kit.world.signed_trust(trust[1][1], when=kit.world.now + datetime.timedelta(seconds=1))[1:],
    )
    attack(17, "the manifest lists no trust file", 15, differs, tree=lambda kit, tree: tree.replace("trust", []))
    attack(
        17,
        "the manifest lies: size of a trust file",
        15,
        differs,
        **set_field("trust", "size", lambda kit, old: old + 1),
    )
    attack(17, "the manifest lies: digest of a trust file", 15, differs, **set_field("trust", "sha256", "5" * 64))
    attack(12, "name of a trust file climbs", 15, differs, **set_field("trust", "name", "../trust-0001.xml"))
    attack(12, "name of a trust file is absolute", 15, differs, **set_field("trust", "name", "/trust/trust-0001.xml"))
    attack(16, "a trust file of 2^40 bytes is listed", 15, "at most", **set_field("trust", "size", 2**40))


def damage(volumes):
    data = volumes[-1][-1].data
    volumes[-1][-1].data = data[:-9] + bytes([data[-9] ^ 4]) + data[-8:]


def second_bytes(world):
    return world.second_trust().bytes()


def renamed(files, version):
    return [("trust/trust-%04d" % version + name[len("trust/trust-0001") :], data) for name, data in files]


def install():
    for part in (chains,):
        part()
