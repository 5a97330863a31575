# SPDX-License-Identifier: Apache-2.0
"""Attacks by CMS messages that are odd, or reach parsers before any signature holds."""
import base64
import hashlib
import os

import ferry_format as f
import pki
import world as worlds
from attacks_signature import by, good, refused, signed
from pki import tlv
from table import attack


def odd_messages():
    def odd(name, says, make, row=31, **more):
        refused(row, name, says, **signed(make), **more)

    def parts(kit, text, **options):
        return [pki.signer_info(text, kit.world.exporter, kit.created, **options)], [kit.world.exporter.certificate]

    odd(
        "PEM",
        "not a CMS signature",
        lambda kit, text: b"-----BEGIN CMS-----\n" + base64.encodebytes(good(kit, text)) + b"-----END CMS-----\n",
    )
    odd("base64", "not a CMS signature", lambda kit, text: base64.b64encode(good(kit, text)))
    odd(
        "S/MIME",
        "not a CMS signature",
        lambda kit, text: b"MIME-Version: 1.0\n\n" + base64.encodebytes(good(kit, text)),
    )
    odd("a byte behind it", "bytes follow the signature", lambda kit, text: good(kit, text) + b"\0", 10)
    odd("another signature behind it", "bytes follow the signature", lambda kit, text: good(kit, text) * 2, 10)
    odd("a script behind it", "bytes follow the signature", lambda kit, text: good(kit, text) + b"#!/bin/sh\n", 10)
    odd("cut by a byte", "not a CMS signature", lambda kit, text: good(kit, text)[:-1], 9)
    odd(
        "a good and a junk signer",
        "signers; expected one",
        lambda kit, text: pki.signed_data(
            [pki.signer_info(text, one, kit.created) for one in (kit.world.exporter, kit.world.stranger)],
            [kit.world.exporter.certificate, kit.world.stranger.certificate],
        ),
    )
    odd(
        "the same signer twice",
        "signers; expected one",
        lambda kit, text: pki.signed_data(parts(kit, text)[0] * 2, parts(kit, text)[1]),
    )
    odd("no signer, certificates only", "0 signers", lambda kit, text: pki.signed_data([], parts(kit, text)[1]))
    odd("nothing in it", "0 signers", lambda kit, text: pki.signed_data([], [], ()))
    odd("without its certificate", "does not verify", lambda kit, text: pki.signed_data(parts(kit, text)[0], []))
    odd(
        "with another's certificate",
        "does not verify",
        lambda kit, text: pki.signed_data(parts(kit, text)[0], [kit.world.second.certificate]),
    )
    odd("attached", "not a detached", lambda kit, text: pki.signed_data(*parts(kit, text), content=text))
    odd("attached, other content", "not a detached", lambda kit, text: pki.signed_data(*parts(kit, text), content=b"x"))
    odd("attached, nothing", "not a detached", lambda kit, text: pki.signed_data(*parts(kit, text), content=b""))
    odd(
        "over a signed message",
        "not a detached",
        lambda kit, text: pki.signed_data(*parts(kit, text), type_name="signedData"),
    )
    odd(
        "over a time stamp",
        "not a detached",
        lambda kit, text: pki.signed_data(*parts(kit, text), type_name="1.2.840.113549.1.9.16.1.4"),
    )
    odd(
        "an enveloped message",
        "signature",
        lambda kit, text: pki.signed_data(*parts(kit, text), outer="1.2.840.113549.1.7.3"),
    )
    odd("a message of unknown kind", "signature", lambda kit, text: pki.signed_data(*parts(kit, text), outer="1.2.3.4"))
    odd("version 3 of the message", "exact DER", lambda kit, text: pki.signed_data(*parts(kit, text), version=3))
    odd("version 5 of the message", "exact DER", lambda kit, text: pki.signed_data(*parts(kit, text), version=5))
    odd("version 3 of the signer", "exact DER", lambda kit, text: pki.signed_data(*parts(kit, text, version=3)))
    odd(
        "a digest too many",
        "exact DER",
        lambda kit, text: pki.signed_data(*parts(kit, text), digests=("sha256", "sha512")),
    )
    odd("no digest", "does not verify", lambda kit, text: pki.signed_data(*parts(kit, text), digests=()))
    odd(
        "an unsigned attribute",
        "exact DER",
        lambda kit, text: pki.signed_data(
            *parts(kit, text, unsigned=tlv(0xA1, pki.attribute("1.2.3.4", pki.octets(b"evil"))))
        ),
    )
    odd("indefinite length", "signature", lambda kit, text: indefinite(good(kit, text)))
    odd("a length in more bytes than needed", "signature", lambda kit, text: long_length(good(kit, text)))
    odd(
        "attributes not in order",
        "signature",
        lambda kit, text: pki.signed_data(
            *parts(kit, text, edit=lambda found: list(reversed(sorted(found.values()))), sort=False)
        ),
    )
    odd(
        "the certificate twice",
        "exact DER",
        lambda kit, text: pki.signed_data(parts(kit, text)[0], parts(kit, text)[1] * 2),
    )
    odd(
        "certificates not in order",
        "exact DER",
        lambda kit, text: pki.signed_data(
            parts(kit, text)[0],
            sorted([kit.world.exporter.certificate, kit.world.second.certificate], reverse=True),
            sort=False,
        ),
    )
    odd(
        "a certificate too many",
        "more than 8",
        lambda kit, text: pki.signed_data(
            parts(kit, text)[0],
            parts(kit, text)[1] + [pki.certificate(f"extra {i}", kit.world.keys["p384"]).certificate for i in range(8)],
        ),
    )
    odd(
        "five revocation lists",
        "more than 8",
        lambda kit, text: pki.signed_data(
            *parts(kit, text), lists=tlv(0xA1, *[worlds.crl(kit.world.authority) for _ in range(5)])
        ),
    )
    odd("60 KiB deep", "not a CMS signature", lambda kit, text: deep(15_000), 32)
    odd(
        "an object identifier of 60 KiB",
        "signature",
        lambda kit, text: pki.seq(tlv(0x06, b"\x81" * 60_000 + b"\1")),
        32,
    )
    odd(
        "a length of 2^32",
        "not a CMS signature",
        lambda kit, text: b"\x30\x84\xff\xff\xff\xff" + good(kit, text)[4:],
        32,
    )
    odd(
        "a length of 2^64", "not a CMS signature", lambda kit, text: b"\x30\x88" + b"\xff" * 8 + good(kit, text)[4:], 32
    )
    odd(
        "6,000 signers",
        "signers; expected one",
        lambda kit, text: pki.signed_data([pki.seq()] * 0 + [small_info(i) for i in range(1200)], []),
        32,
    )
    odd("a certificate with a key of 16,384 bits", "signature", lambda kit, text: huge_key(kit, text), 32)
    attack(
        32,
        "a bomb in a chunk and a stranger's signature",
        11,
        "does not verify",
        **by("stranger"),
        stored=bomb,
        dear=True,
    )
    attack(
        32,
        "a bomb in a chunk and no signature",
        11,
        "0 of 0 signatures",
        **signed(lambda kit, text: []),
        stored=bomb,
        dear=True,
    )
    attack(
        32,
        "a manifest bomb of 16 MiB and no signature",
        11,
        "0 of 0 signatures",
        dear=True,
        **signed(lambda kit, text: []),
        unsigned_text=lambda kit, text: b"<a>" * 5_000_000,
    )
    attack(
        32,
        "a manifest with entities and a stranger's signature",
        11,
        "does not verify",
        **by("stranger"),
        text=lambda kit, text: b"<!DOCTYPE a [<!ENTITY a SYSTEM '/etc/passwd'>]><a>&a;</a>",
    )


def bomb(kit, stored, raws):
    stored[1] = f.rle_bomb(10 << 30)


def indefinite(der):
    return b"\x30\x80" + pki.inside(der) + b"\0\0"


def long_length(der):
    inside = pki.inside(der)
    return b"\x30\x84" + len(inside).to_bytes(4, "big") + inside


def deep(levels):
    der = b""
    for _ in range(levels):
        der = tlv(0x30, der)
    return der[:65_000]


def small_info(number):
    return pki.seq(
        pki.integer(1),
        pki.seq(pki.name_of("x"), pki.integer(number)),
        pki.seq(pki.oid("sha256")),
        pki.seq(pki.oid("ecdsa-sha256")),
        pki.octets(b"x"),
    )


def huge_key(kit, text):
    number = int.from_bytes(os.urandom(2048), "big") | 1 | 1 << 16383
    key = kit.world.keys["exporter"]

    class Huge:
        spki = pki.seq(
            pki.seq(pki.oid("rsa"), pki.NULL), pki.bits(pki.seq(pki.integer(number), pki.integer(number - 2)))
        )
        is_rsa, is_ed = True, False

    return pki.sign(text, pki.certificate("Huge", Huge, kit.world.authority), kit.created, by=key)


def attributes():
    def edited(name, says, edit, row=31, **more):
        refused(
            row, name, says, **signed(lambda kit, text: good(kit, text, edit=lambda found: edit(found, kit))), **more
        )

    refused(31, "no signed attributes", "missing", **signed(lambda kit, text: good(kit, text, no_attributes=True)))
    for name in ("contentType", "messageDigest", "signingTime", "signingCertificateV2"):
        edited(
            f"{name} is missing",
            "signature",
            lambda found, kit, name=name: {k: v for k, v in found.items() if k != name},
        )
        edited(f"{name} twice", "signature", lambda found, kit, name=name: {**found, "again": found[name]})
        edited(
            f"{name} with two values",
            "signature",
            lambda found, kit, name=name: {
                **found,
                name: pki.attribute(
                    name, *[part for _, part in pki.split(pki.inside(pki.split(pki.inside(found[name]))[1][1]))] * 2
                ),
            },
        )
        edited(f"{name} without value", "signature", lambda found, kit, name=name: {**found, name: pki.attribute(name)})
    edited(
        "contentType says a signed message",
        "contentType names another type",
        lambda found, kit: {**found, "contentType": pki.attribute("contentType", pki.oid("signedData"))},
    )
    edited(
        "messageDigest of other content",
        "does not verify",
        lambda found, kit: {
            **found,
            "messageDigest": pki.attribute("messageDigest", pki.octets(hashlib.sha256(b"x").digest())),
        },
    )
    edited(
        "messageDigest is half",
        "does not verify",
        lambda found, kit: {
            **found,
            "messageDigest": pki.attribute("messageDigest", pki.octets(found["messageDigest"][-16:])),
        },
    )
    edited(
        "signingCertificateV2 of another certificate",
        "does not verify",
        lambda found, kit: {
            **found,
            "signingCertificateV2": pki.signed_attributes(b"", kit.world.second, kit.created)["signingCertificateV2"],
        },
    )
    edited(
        "signingCertificate of version 1",
        "signingCertificateV2 is missing",
        lambda found, kit: {
            **{k: v for k, v in found.items() if k != "signingCertificateV2"},
            "old": pki.attribute(
                "1.2.840.113549.1.9.16.2.12",
                pki.seq(pki.seq(pki.seq(pki.octets(hashlib.sha1(kit.world.exporter.certificate).digest())))),
            ),
        },
    )
    for name, value in (
        ("text", tlv(0x0C, b"260101000000Z")),
        ("a number", pki.integer(1)),
        ("month 13", tlv(0x17, b"261301000000Z")),
        ("without zone", tlv(0x17, b"260101000000")),
        ("words", tlv(0x17, b"yesterday")),
        ("empty", tlv(0x17)),
    ):
        edited(
            f"signingTime is {name}",
            "signature",
            lambda found, kit, value=value: {**found, "signingTime": pki.attribute("signingTime", value)},
            21,
        )


def install():
    for part in (
        odd_messages,
        attributes,
    ):
        part()
