# SPDX-License-Identifier: Apache-2.0
"""Attacks by signatures: of strangers, of other content, and not enough of them."""
import datetime
import hashlib
import os

import pki
from pki import tlv
from table import attack, honest


def signed(make):
    """A hook that makes the signatures; one alone becomes a list."""

    def hook(kit, text):
        made = make(kit, text)
        return made if isinstance(made, list) else [made]

    return {"sign": hook}


def by(signer, **options):
    """Signs with a signer of the world, named or made."""

    def make(kit, text):
        one = getattr(kit.world, signer) if isinstance(signer, str) else signer(kit.world)
        return pki.sign(text, one, kit.created, **options)

    return signed(make)


def good(kit, text, **options):
    return pki.sign(text, kit.world.exporter, kit.created, **options)


def refused(row, name, says="0 of 1 signatures are valid", site="plain", **hooks):
    attack(
        row,
        "signature: " + name,
        11,
        says if isinstance(says, list) else ["0 of 1 signatures are valid", says],
        site,
        **hooks,
    )


def injections():
    attack(1, "signature: none", 11, "0 of 0 signatures are valid", **signed(lambda kit, text: []))
    refused(1, "by a stranger", "does not verify", **by("stranger"))
    refused(1, "by the root key", "does not verify", **by("root"))
    refused(
        1,
        "of a stranger whose certificate looks like the exporter's",
        "does not verify",
        **by(lambda world: pki.certificate("Test exporter", world.keys["stranger"], serial=serial(world.exporter))),
    )
    refused(
        1,
        "by a stranger, with the exporter's certificate",
        "does not verify",
        **signed(lambda kit, text: good(kit, text, by=kit.world.keys["stranger"])),
    )
    refused(1, "of other content", "does not verify", **signed(lambda kit, text: good(kit, text + b" ")))
    refused(1, "of the trust file", "does not verify", **signed(lambda kit, text: good(kit, kit.target.trust[0][1])))
    refused(1, "of the empty text", "does not verify", **signed(lambda kit, text: good(kit, b"")))
    refused(
        1,
        "of the manifest before a change",
        "does not verify",
        unsigned_text=lambda kit, text: text.replace(b"headquarters", b"headquarterz"),
    )
    refused(
        1,
        "of the manifest before a record came in",
        "does not verify",
        **signed(lambda kit, text: good(kit, text)),
        unsigned_text=lambda kit, text: text.replace(b'drops="', b'drops="1'),
    )
    refused(
        1,
        "of the digest of the manifest",
        "does not verify",
        **signed(lambda kit, text: good(kit, hashlib.sha256(text).digest())),
    )
    refused(1, "an empty file", "not a CMS signature", **signed(lambda kit, text: b""))
    refused(1, "random bytes", "not a CMS signature", **signed(lambda kit, text: os.urandom(700)))
    refused(1, "zeros", "not a CMS signature", **signed(lambda kit, text: bytes(700)))
    refused(1, "text", "not a CMS signature", **signed(lambda kit, text: b"signed, the publisher\n"))
    refused(
        1,
        "a bit of the value is wrong",
        "does not verify",
        **signed(lambda kit, text: good(kit, text, damage=lambda value: value[:-1] + bytes([value[-1] ^ 1]))),
    )
    refused(
        1,
        "the value is zeros",
        "does not verify",
        **signed(lambda kit, text: good(kit, text, damage=lambda value: bytes(len(value)))),
    )
    refused(
        1, "the value is empty", "does not verify", **signed(lambda kit, text: good(kit, text, damage=lambda v: b""))
    )
    attack(
        1,
        "signature: ECDSA with r and s of 0",
        11,
        "does not verify",
        keys=("p256",),
        **signed(lambda kit, text: good(kit, text, damage=lambda v: pki.seq(pki.integer(0), pki.integer(0)))),
    )
    attack(
        1,
        "signature: RSA of the value 1",
        11,
        "does not verify",
        keys=("rsa3072",),
        **signed(lambda kit, text: good(kit, text, damage=lambda v: bytes(len(v) - 1) + b"\1")),
    )
    refused(1, "the attributes are the content (ePrint 2023/1801)", "missing", **forged_attributes())
    attack(
        1, "signature: genuine, over signed attributes as content", 15, "not well-formed", **forged_attributes(False)
    )


def forged_attributes(strip=True):
    """Takes the signed attributes off an honest signature and offers them as what was signed."""

    def hooks_text(kit, text):
        kit.honest_attributes = tlv(
            0x31, *sorted(pki.signed_attributes(text, kit.world.exporter, kit.created).values())
        )
        return kit.honest_attributes

    return {
        "text": hooks_text,
        **signed(lambda kit, text: good(kit, text, no_attributes=True) if strip else good(kit, kit.honest_attributes)),
    }


def serial(signer):
    return int.from_bytes(
        pki.inside(pki.split(pki.inside(pki.split(pki.inside(signer.certificate))[0][1]))[1][1]), "big"
    )


def counting():
    one = "1 of 2 signatures are valid"
    two = lambda first, second: signed(lambda kit, text: [make(kit, text) for make in (first, second)])  # noqa: E731
    second = lambda kit, text: pki.sign(text, kit.world.second, kit.created)  # noqa: E731
    leaf = lambda kit, text: pki.sign(text, kit.world.leaf, kit.created)  # noqa: E731

    def threshold(name, says, hooks, row=1):
        attack(row, "threshold of two: " + name, 11, says, "two", **hooks)

    threshold("one signature", "1 of 1 signatures are valid", signed(good))
    threshold("no signature", "0 of 0 signatures are valid", signed(lambda kit, text: []))
    threshold("the same signature twice", [one, "counts already"], signed(lambda kit, text: [good(kit, text)] * 2))
    threshold(
        "the same key twice",
        [one, "counts already"],
        two(good, lambda kit, text: pki.sign(text, kit.world.exporter, kit.created + datetime.timedelta(seconds=1))),
    )
    threshold(
        "the same key in two certificates",
        one,
        two(
            good, lambda kit, text: pki.sign(text, kit.world.issue("Another name", kit.world.exporter.key), kit.created)
        ),
    )
    threshold(
        "two certificates of one authority",
        [one, "counts already"],
        two(
            leaf, lambda kit, text: pki.sign(text, kit.world.issue("Test leaf 2", kit.world.keys["leaf2"]), kit.created)
        ),
    )
    threshold(
        "one good and one stranger", one, two(good, lambda kit, text: pki.sign(text, kit.world.stranger, kit.created))
    )
    threshold(
        "one good and the root key", one, two(good, lambda kit, text: pki.sign(text, kit.world.root, kit.created))
    )
    threshold("one good and one of other content", one, two(good, lambda kit, text: second(kit, text + b" ")))
    threshold(
        "one good and one of the trust file", one, two(good, lambda kit, text: second(kit, kit.target.trust[0][1]))
    )
    threshold(
        "the same key sixteen times", "1 of 16 signatures are valid", signed(lambda kit, text: [good(kit, text)] * 16)
    )
    threshold(
        "both signers in one file",
        "signers; expected one",
        signed(
            lambda kit, text: pki.signed_data(
                [pki.signer_info(text, signer, kit.created) for signer in (kit.world.exporter, kit.world.second)],
                [kit.world.exporter.certificate, kit.world.second.certificate],
            )
        ),
        31,
    )
    threshold("one is stripped", "1 of 1 signatures are valid", signed(lambda kit, text: [second(kit, text)]), 31)
    threshold("one is damaged", one, signed(lambda kit, text: [good(kit, text), second(kit, text)[:-3] + b"abc"]), 31)
    honest("threshold of two: a leaf and an exporter", "two", **two(leaf, second))
    honest(
        "threshold of two: junk between the two",
        "two",
        **signed(
            lambda kit, text: [
                good(kit, text),
                b"junk",
                pki.sign(text, kit.world.stranger, kit.created),
                second(kit, text),
            ]
        ),
    )
    honest(
        "threshold of two: the second lies beside the volumes",
        "two",
        sign=lambda kit, text: (setattr(kit, "text", text), [good(kit, text)])[1],
        files=lambda kit, files: {**files, kit.name + ".01.p7s": second(kit, kit.text)},
    )
    attack(
        31,
        "threshold of two: 70 junk signatures beside the volumes",
        11,
        "1 of 65 signatures are valid",
        "two",
        **signed(good),
        files=lambda kit, files: {**files, **{f"{i}.p7s": b"junk%d" % i for i in range(70)}},
    )
    attack(
        31,
        "threshold of two: a signature of 1 MiB beside the volumes",
        11,
        "1 of 1 signatures are valid",
        "two",
        **signed(good),
        files=lambda kit, files: {**files, kit.name + ".01.p7s": bytes(2**20)},
    )
    attack(
        31,
        "threshold of two: a fifo and a link beside the volumes",
        11,
        "1 of 1 signatures are valid",
        "two",
        **signed(good),
        files=lambda kit, files: {**files, "a.p7s": os.mkfifo, "b.p7s": lambda path: os.symlink("/dev/zero", path)},
    )
    honest(
        "fifteen junk signatures before the good one",
        **signed(lambda kit, text: [b"junk%d" % i for i in range(15)] + [good(kit, text)]),
    )


def install():
    for part in (
        injections,
        counting,
    ):
        part()
