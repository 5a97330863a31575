# SPDX-License-Identifier: Apache-2.0
"""Attacks by certificates: stolen and retired keys, times, algorithms, purposes, authorities."""
import datetime

import pki
import world as worlds
from attacks_signature import by, good, signed
from attacks_trust import refused, second
from table import honest

DAY = datetime.timedelta(days=1)


def compromise():
    revoked = "is revoked"
    refused(19, "signed with the stolen key", revoked, "later", **by("stolen"))
    refused(
        19,
        "signed with the stolen key, dated before the theft",
        revoked,
        "later",
        **signed(lambda kit, text: pki.sign(text, kit.world.stolen, kit.world.now - 25 * DAY)),
    )
    refused(19, "signed with the retired key, behind its last generation", revoked, "later", **by("retired"))
    refused(
        19,
        "a new certificate for the stolen key",
        revoked,
        "later",
        **by(lambda world: world.issue("Test leaf", world.keys["stolen"])),
    )
    refused(
        19,
        "a new self-signed certificate for the stolen key",
        "does not verify",
        "later",
        **by(lambda world: pki.certificate("Test exporter", world.keys["stolen"])),
    )
    refused(
        19,
        "signed with the stolen key, the newer trust file left out",
        revoked,
        "later",
        **by("stolen"),
        trust=lambda kit, trust: trust[:1],
    )
    refused(
        19,
        "signed with the stolen key, as full bundle of the first generation's epoch",
        revoked,
        "later",
        kit=lambda kit: kit.make_full(9, kit.created, kit.before),
        **by("stolen"),
    )
    refused(19, "the bundle itself brings the revocation of its key", revoked, **by("stolen"), trust=second)
    refused(
        19,
        "signed with a key that the stolen one certified",
        "does not verify",
        "plain",
        **by(lambda world: pki.certificate("Test child", world.keys["stranger"], world.stolen)),
    )
    honest("signed with the stolen key, before that is known", **by("stolen"))
    honest(
        "signed with the retired key for a generation that is on its way",
        **by("retired"),
        trust=second,
        kit=lambda kit: setattr(kit, "generation", 2),
    )
    honest("a bundle that brings the next trust file", trust=second)
    honest("signed by a leaf of the authority", **by("leaf"))


def times():
    expired, unborn = "certificate has expired", "not yet valid"
    leaf = lambda **options: by(
        lambda world: world.issue(
            "Test leaf",
            world.keys["leaf"],
            **{key: world.now + value * DAY for key, value in options.items()},  # noqa: E731
        )
    )
    refused(21, "a certificate that expired before it signed", expired, **leaf(start=-60, end=-30))
    refused(21, "a certificate that expired a day before", expired, **leaf(end=-1))
    refused(21, "a certificate that is not valid yet", unborn, **leaf(start=1))
    refused(21, "a certificate that ends before it begins", "does not verify", **leaf(start=10, end=-10))
    refused(21, "an authority between them has expired", expired, **by(lambda world: below(world, end=world.now - DAY)))
    refused(
        21,
        "signed before the bundle was created, with a certificate that has expired since",
        "before the bundle was",
        **signed(
            lambda kit, text: pki.sign(
                text,
                kit.world.issue("Test leaf", kit.world.keys["leaf"], end=kit.world.now - 5 * DAY),
                kit.world.now - 6 * DAY,
            )
        ),
    )
    refused(
        21,
        "signed an hour before the bundle was created",
        "before the bundle was",
        **signed(lambda kit, text: pki.sign(text, kit.world.exporter, kit.created - datetime.timedelta(hours=1))),
    )
    refused(
        21,
        "signed in 1970",
        "not yet valid",
        **signed(lambda kit, text: pki.sign(text, kit.world.exporter, datetime.datetime(1970, 1, 1))),
    )
    refused(
        21,
        "signed in 9999",
        expired,
        **signed(lambda kit, text: pki.sign(text, kit.world.exporter, datetime.datetime(9999, 12, 31))),
    )
    refused(
        21,
        "signed in 1950",
        "not yet valid",
        **signed(lambda kit, text: pki.sign(text, kit.world.exporter, datetime.datetime(1950, 1, 1))),
    )
    strict = "strict"
    with_list = lambda make: signed(
        lambda kit, text: kit.world.listed(text, kit.world.leaf, kit.created, make(kit.world))
    )  # noqa: E731
    refused(21, "no revocation list where one is demanded", "CRL", strict, **by("leaf"))
    refused(
        21,
        "the revocation list names the signer",
        "revoked",
        strict,
        **with_list(lambda world: worlds.crl(world.authority, [world.leaf])),
    )
    refused(
        21,
        "the revocation list has expired",
        "CRL has expired",
        strict,
        **with_list(lambda world: worlds.crl(world.authority, following=world.now - DAY)),
    )
    refused(
        21,
        "the revocation list is of the future",
        "CRL is not yet valid",
        strict,
        **with_list(lambda world: worlds.crl(world.authority, this=world.now + DAY)),
    )
    refused(
        21,
        "the revocation list is of another authority",
        "CRL",
        strict,
        **with_list(lambda world: worlds.crl(world.exporter)),
    )
    refused(
        21,
        "the revocation list is signed by another",
        "CRL",
        strict,
        **with_list(lambda world: worlds.crl(pki.Signer(world.keys["stranger"], b"", world.authority.name))),
    )
    refused(
        21,
        "a certificate that has expired since it signed, where now counts",
        expired,
        strict,
        **signed(
            lambda kit, text: kit.world.listed(
                text,
                kit.world.issue("Test leaf", kit.world.keys["leaf"], end=kit.world.now - datetime.timedelta(minutes=5)),
                kit.created,
                worlds.crl(kit.world.authority),
            )
        ),
    )


def below(world, **options):
    """A leaf below an authority below the trusted one."""
    middle = world.issue("Test middle", world.keys["leaf2"], **{"authority": True, "purposes": (), **options})
    leaf = pki.certificate("Test leaf", world.keys["leaf"], middle)
    leaf.chain = [middle.certificate]
    return leaf


def algorithms():
    for name in ("md5", "sha1", "sha224"):
        refused(
            22,
            f"digest {name}",
            "digest algorithm is",
            **signed(lambda kit, text, name=name: weak_digest(kit, text, name)),
        )
    for name in ("rsa1024", "rsa2048", "p224", "secp256k1", "brainpoolP256r1"):
        refused(
            22,
            f"a key {name} below the trusted authority",
            "signature",
            **by(lambda world, name=name: world.issue("weak", world.keys[name])),
        )
    refused(
        22,
        "Ed25519 below the trusted authority",
        "signature algorithm is",
        **by(lambda world: world.issue("Ed25519", world.keys["ed25519"])),
    )
    refused(
        22,
        "P-384 where only one algorithm is allowed",
        "does not allow",
        "later",
        **by(lambda world: world.issue("P-384", world.keys["p384"])),
    )
    for name in ("sha1", "md5"):
        refused(
            22,
            f"a certificate signed with {name}",
            "does not verify",
            keys=("rsa3072",),
            **by(lambda world, name=name: world.issue("weak", world.keys["leaf"], digest=name)),
        )
    refused(
        22,
        "a certificate signed with SHA-1",
        "does not verify",
        keys=("p256",),
        **by(lambda world: world.issue("weak", world.keys["leaf"], digest="sha1")),
    )
    refused(
        22,
        "the signature algorithm names another digest",
        "expected the same digest",
        **signed(lambda kit, text: good(kit, text, algorithm=kit.world.exporter.key.algorithm("sha384"))),
    )
    refused(
        22,
        "the signature algorithm is that of another key type",
        "signature 1: signature",
        **signed(
            lambda kit, text: good(
                kit,
                text,
                algorithm=pki.seq(pki.oid("ecdsa-sha256"))
                if kit.world.exporter.key.is_rsa
                else pki.seq(pki.oid("rsa"), pki.NULL),
            )
        ),
    )
    refused(
        22,
        "an unknown signature algorithm",
        "signature algorithm is",
        **signed(lambda kit, text: good(kit, text, algorithm=pki.seq(pki.oid("1.2.3.4.5")))),
    )
    refused(
        22,
        "DSA as signature algorithm",
        "signature algorithm is",
        **signed(lambda kit, text: good(kit, text, algorithm=pki.seq(pki.oid("2.16.840.1.101.3.4.3.2")))),
    )
    rsa = {"keys": ("rsa3072",)}
    honest("RSA-PSS", **rsa, **signed(lambda kit, text: good(kit, text, pss=32)))
    for name, algorithm in (
        ("with its defaults, SHA-1", pki.pss_algorithm(defaults=True)),
        ("with a mask of SHA-1", pki.pss_algorithm(mask_digest="sha1")),
        ("with the digest SHA-1 in it", pki.pss_algorithm("sha1", "sha1")),
        ("with a salt of 0 said", pki.pss_algorithm(salt=0)),
        ("without parameters", pki.seq(pki.oid("pss"))),
    ):
        refused(
            22,
            f"RSA-PSS {name}",
            "signature",
            **rsa,
            **signed(lambda kit, text, algorithm=algorithm: good(kit, text, pss=32, algorithm=algorithm)),
        )
    refused(22, "RSA-PSS with an empty salt", "salt", **rsa, **signed(lambda kit, text: good(kit, text, pss=0)))
    refused(
        22,
        "RSA-PSS where only PKCS#1 is allowed",
        "does not allow",
        "later",
        **rsa,
        **signed(lambda kit, text: good(kit, text, pss=32)),
    )


def weak_digest(kit, text, name):
    key = kit.world.exporter.key
    algorithm = (
        pki.seq(pki.oid("rsa"), pki.NULL)
        if key.is_rsa
        else pki.seq(pki.oid("ecdsa-sha1" if name == "md5" else f"ecdsa-{name}"))
    )
    info = pki.signer_info(text, kit.world.exporter, kit.created, digest=name, algorithm=algorithm)
    return pki.signed_data([info], [kit.world.exporter.certificate], (name,))


def purposes():
    def leaf(name, says, **options):
        refused(
            1, "certificate: " + name, says, **by(lambda world: world.issue("Test leaf", world.keys["leaf"], **options))
        )

    wrong = "is not for code signing"
    leaf("for e-mail only", wrong, purposes=("emailProtection",))
    leaf("of a web server", wrong, purposes=("serverAuth", "clientAuth"))
    leaf("for time stamps", wrong, purposes=("timeStamping",))
    leaf("for any purpose", wrong, purposes=("anyExtendedKeyUsage",))
    leaf("without purpose", wrong, purposes=())
    leaf("that may not sign data", "signature", usage=0x20)
    leaf("that may only sign certificates", "signature", usage=0x04)
    leaf("with an unknown critical extension", "does not verify", more=(pki.extension("1.2.3.4.5", b"\5\0", True),))

    def chain(name, says, make):
        refused(1, "certificate: " + name, says, **by(make))

    unknown = "does not verify"
    chain(
        "of a foreign authority of the same name",
        unknown,
        lambda world: pki.certificate(
            "Test leaf",
            world.keys["leaf"],
            pki.certificate("Test authority", world.keys["stranger"], authority=True, purposes=()),
        ),
    )
    chain(
        "self-signed, with the authority's name",
        unknown,
        lambda world: pki.certificate("Test authority", world.keys["stranger"]),
    )
    chain(
        "self-signed, with the leaf's name and number",
        unknown,
        lambda world: pki.certificate("Test leaf", world.keys["stranger"]),
    )
    chain("issued by an exporter, which is no authority", unknown, lambda world: child_of(world, world.exporter))
    chain("issued by a leaf", unknown, lambda world: child_of(world, world.leaf))
    chain("below an authority that is for web servers", wrong, lambda world: below(world, purposes=("serverAuth",)))
    chain("below one between them that is no authority", unknown, lambda world: below(world, authority=False))
    chain("below one between them that is not there", unknown, lambda world: without_chain(below(world)))
    chain("below an authority that may not issue", unknown, lambda world: below(world, usage=0x80))
    chain("deeper than the authority between them allows", unknown, lambda world: too_deep(world, 0))
    chain("six authorities deep", unknown, lambda world: too_deep(world, None, 6))
    only_other = pki.seq(pki.tlv(0xA0, pki.seq(pki.tlv(0xA4, pki.name_of("Other")))))
    chain(
        "below an authority for other names only",
        unknown,
        lambda world: below(world, more=(pki.extension("nameConstraints", only_other, True),)),
    )
    honest("below an authority between them", **by(below))


def child_of(world, parent):
    child = pki.certificate("Test child", world.keys["stranger"], parent)
    child.chain = [parent.certificate]
    return child


def without_chain(signer):
    signer.chain = []
    return signer


def too_deep(world, path_length, levels=2):
    chain, above = [], world.authority
    for level in range(levels):
        key = world.keys[("leaf2", "stranger")[level % 2]]
        above = pki.certificate(
            f"Test level {level}",
            key,
            above,
            authority=True,
            purposes=(),
            path_length=path_length if level == 0 else None,
        )
        chain.append(above.certificate)
    leaf = pki.certificate("Test leaf", world.keys["leaf"], above)
    leaf.chain = chain
    return leaf


def install():
    for part in (
        compromise,
        times,
        algorithms,
        purposes,
    ):
        part()
