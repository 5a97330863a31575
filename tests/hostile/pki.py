# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and CMS signatures, put together piece by piece so that each piece can be wrong.

Only the private-key operation is left to openssl.
"""
import datetime
import hashlib
import os
import subprocess

OIDS = {
    "data": "1.2.840.113549.1.7.1",
    "signedData": "1.2.840.113549.1.7.2",
    "contentType": "1.2.840.113549.1.9.3",
    "messageDigest": "1.2.840.113549.1.9.4",
    "signingTime": "1.2.840.113549.1.9.5",
    "signingCertificateV2": "1.2.840.113549.1.9.16.2.47",
    "commonName": "2.5.4.3",
    "rsa": "1.2.840.113549.1.1.1",
    "pss": "1.2.840.113549.1.1.10",
    "mgf1": "1.2.840.113549.1.1.8",
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "ecdsa-sha1": "1.2.840.10045.4.1",
    "ecdsa-sha224": "1.2.840.10045.4.3.1",
    "ecdsa-sha256": "1.2.840.10045.4.3.2",
    "ecdsa-sha384": "1.2.840.10045.4.3.3",
    "ecdsa-sha512": "1.2.840.10045.4.3.4",
    "rsa-md5": "1.2.840.113549.1.1.4",
    "rsa-sha1": "1.2.840.113549.1.1.5",
    "rsa-sha256": "1.2.840.113549.1.1.11",
    "rsa-sha224": "1.2.840.113549.1.1.14",
    "rsa-sha384": "1.2.840.113549.1.1.12",
    "rsa-sha512": "1.2.840.113549.1.1.13",
    "ed25519": "1.3.101.112",
    "basicConstraints": "2.5.29.19",
    "keyUsage": "2.5.29.15",
    "extKeyUsage": "2.5.29.37",
    "ski": "2.5.29.14",
    "aki": "2.5.29.35",
    "nameConstraints": "2.5.29.30",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "anyExtendedKeyUsage": "2.5.29.37.0",
    "timeStamping": "1.3.6.1.5.5.7.3.8",
}


# --- DER ---


def tlv(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(name):
    numbers = [int(part) for part in OIDS.get(name, name).split(".")]
    content = bytes([40 * numbers[0] + numbers[1]])
    for number in numbers[2:]:
        part = bytes([number & 127])
        while number := number >> 7:
            part = bytes([number & 127 | 128]) + part
        content += part
    return tlv(0x06, content)


def octets(data):
    return tlv(0x04, data)


NULL = tlv(0x05)


def bits(data, unused=0):
    return tlv(0x03, bytes([unused]), data)


def utc_time(when):
    text = when.strftime("%y%m%d%H%M%SZ") if 1950 <= when.year < 2050 else when.strftime("%Y%m%d%H%M%SZ")
    return tlv(0x17 if len(text) == 13 else 0x18, text.encode())


def split(der):
    """The elements in a row of DER: pairs of tag and whole bytes."""
    found = []
    while der:
        length, head = der[1], 2
        if length & 0x80:
            head = 2 + (length & 0x7F)
            length = int.from_bytes(der[2:head], "big")
        found.append((der[0], der[: head + length]))
        der = der[head + length :]
    return found


def inside(der):
    head = 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
    return der[head:]


# --- keys and certificates ---


class Key:
    """A private key in a file. kind: p256, p384, p224, rsa3072, rsa2048, rsa1024, ed25519, or a curve's name."""

    def __init__(self, folder, name, kind):
        self.path, self.kind = os.path.join(folder, name + ".pem"), kind
        curves = {"p256": "P-256", "p384": "P-384", "p224": "P-224"}
        if kind.startswith("rsa"):
            options = ["RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[3:]]
        elif kind == "ed25519":
            options = ["ED25519"]
        else:
            options = ["EC", "-pkeyopt", "ec_paramgen_curve:" + curves.get(kind, kind)]
        subprocess.run(
            ["openssl", "genpkey", "-out", self.path, "-algorithm"] + options, check=True, capture_output=True
        )
        self.spki = subprocess.run(
            ["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True, capture_output=True
        ).stdout
        self.id = hashlib.sha256(self.spki).hexdigest()
        self.is_rsa, self.is_ed = kind.startswith("rsa"), kind == "ed25519"

    def sign(self, data, digest="sha256", pss_salt=None):
        if self.is_ed:
            path = self.path + ".in"
            with open(path, "wb") as file:
                file.write(data)
            return subprocess.run(
                ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", path],
                check=True,
                capture_output=True,
            ).stdout
        options = []
        if pss_salt is not None:
            options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{pss_salt}"]
        return subprocess.run(
            ["openssl", "dgst", "-" + digest, "-sign", self.path] + options, input=data, check=True, capture_output=True
        ).stdout

    def algorithm(self, digest="sha256"):
        if self.is_ed:
            return seq(oid("ed25519"))
        return seq(oid(f"rsa-{digest}"), NULL) if self.is_rsa else seq(oid(f"ecdsa-{digest}"))


class Signer:
    """A key with a certificate, and those above it that travel along."""

    def __init__(self, key, certificate, name, chain=()):
        self.key, self.certificate, self.name, self.chain = key, certificate, name, list(chain)


def name_of(common_name):
    return seq(tlv(0x31, seq(oid("commonName"), tlv(0x0C, common_name.encode()))))


def extension(name, value, critical=False):
    return seq(oid(name), *([tlv(0x01, b"\xff")] if critical else []), octets(value))


def certificate(
    common_name,
    key,
    issuer=None,
    serial=None,
    start=None,
    end=None,
    authority=False,
    path_length=None,
    usage=None,
    purposes=("codeSigning",),
    digest="sha256",
    more=(),
):
    """A certificate; self-signed without an issuer (a Signer)."""
    now = datetime.datetime.utcnow().replace(microsecond=0)
    start = start or now - datetime.timedelta(days=30)
    end = end or now + datetime.timedelta(days=3650)
    by = issuer.key if issuer else key
    identifier = hashlib.sha1(key.spki).digest()
    limits = [tlv(0x01, b"\xff")] if authority else []
    if path_length is not None:
        limits.append(integer(path_length))
    if usage is None:
        usage = 0x06 if authority else 0x80  # keyCertSign and cRLSign; digitalSignature
    parts = [
        extension("basicConstraints", seq(*limits), True),
        extension("ski", octets(identifier)),
        extension("aki", seq(tlv(0x80, hashlib.sha1(by.spki).digest()))),
    ]
    if usage:
        unused = (usage & -usage).bit_length() - 1
        parts.append(extension("keyUsage", bits(bytes([usage]), unused), True))
    if purposes:
        parts.append(extension("extKeyUsage", seq(*[oid(purpose) for purpose in purposes])))
    parts += more
    serial = serial or int.from_bytes(os.urandom(12), "big") | 1
    body = seq(
        tlv(0xA0, integer(2)),
        integer(serial),
        by.algorithm(digest),
        name_of(issuer.name if issuer else common_name),
        seq(utc_time(start), utc_time(end)),
        name_of(common_name),
        key.spki,
        tlv(0xA3, seq(*parts)),
    )
    der = seq(body, by.algorithm(digest), bits(by.sign(body, digest)))
    return Signer(key, der, common_name, [issuer.certificate] + issuer.chain if issuer and issuer.chain else [])


def issuer_and_serial(der):
    parts = split(inside(split(inside(der))[0][1]))
    return parts[3][1] + parts[1][1]


# --- CMS ---


def attribute(name, *values):
    return seq(oid(name), tlv(0x31, *values))


def signed_attributes(content, signer, when, digest="sha256"):
    """The four that Ferry demands, by name."""
    hashed = hashlib.new(digest, content).digest()
    return {
        "contentType": attribute("contentType", oid("data")),
        "messageDigest": attribute("messageDigest", octets(hashed)),
        "signingTime": attribute("signingTime", utc_time(when)),
        "signingCertificateV2": attribute(
            "signingCertificateV2",
            seq(
                seq(
                    seq(
                        octets(hashlib.sha256(signer.certificate).digest()),
                        seq(
                            seq(tlv(0xA4, split(issuer_and_serial(signer.certificate))[0][1])),
                            split(issuer_and_serial(signer.certificate))[1][1],
                        ),
                    )
                )
            ),
        ),
    }


def pss_algorithm(digest="sha256", mask_digest="sha256", salt=32, defaults=False):
    if defaults:
        return seq(oid("pss"), seq())
    return seq(
        oid("pss"),
        seq(
            tlv(0xA0, seq(oid(digest), NULL)),
            tlv(0xA1, seq(oid("mgf1"), seq(oid(mask_digest), NULL))),
            tlv(0xA2, integer(salt)),
        ),
    )


def signer_info(
    content,
    signer,
    when,
    digest="sha256",
    edit=None,
    no_attributes=False,
    algorithm=None,
    pss=None,
    by=None,
    version=1,
    unsigned=b"",
    sort=True,
    damage=None,
):
    """One SignerInfo. `edit` changes the attributes (a dict, by name); `by` signs instead of the signer's key."""
    key = by or signer.key
    digest_algorithm = seq(oid(digest))
    if no_attributes:
        shown, covered = b"", content
    else:
        found = signed_attributes(content, signer, when, digest)
        if edit:
            found = edit(found) or found
        values = list(found.values()) if isinstance(found, dict) else found
        values = sorted(values) if sort else values
        shown, covered = tlv(0xA0, *values), tlv(0x31, *values)
    signature = key.sign(covered, digest, pss)
    if damage:
        signature = damage(signature)
    if algorithm is None:
        algorithm = (
            pss_algorithm(digest, digest, pss)
            if pss is not None
            else (seq(oid("rsa"), NULL) if key.is_rsa else key.algorithm(digest))
        )
    return seq(
        integer(version),
        seq(issuer_and_serial(signer.certificate)),
        digest_algorithm,
        shown,
        algorithm,
        octets(signature),
        unsigned,
    )


def signed_data(
    infos,
    certificates,
    digests=("sha256",),
    content=None,
    version=1,
    lists=b"",
    type_name="data",
    outer="signedData",
    sort=True,
):
    inner = oid(type_name) + (tlv(0xA0, octets(content)) if content is not None else b"")
    body = seq(
        integer(version),
        tlv(0x31, *[seq(oid(digest)) for digest in digests]),
        seq(inner),
        tlv(0xA0, *(sorted(certificates) if sort else certificates)) if certificates else b"",
        lists,
        tlv(0x31, *infos),
    )
    return seq(oid(outer), tlv(0xA0, body))


def sign(content, signer, when, **options):
    """A signature as Ferry wants it, options of signer_info() apart."""
    digest = options.get("digest", "sha256")
    return signed_data([signer_info(content, signer, when, **options)], [signer.certificate] + signer.chain, (digest,))
