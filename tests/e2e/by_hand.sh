#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a courier can check without Ferry: tar, zstd, sha256sum and openssl, as README prints it.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pki.sh
. "$FERRY_SOURCE_ROOT/tests/support/pki.sh"
# shellcheck source-path=SCRIPTDIR source=../support/state_digest.sh
. "$FERRY_SOURCE_ROOT/tests/support/state_digest.sh"

# The certificate is older than the day of the bundles below, whatever the day of the test is.
sample_catalog catalog
SOURCE_DATE_EPOCH=1780000000 sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
cp -r hq twin
ferry_export --point hq export --site plant-1 -o bundles >out
volume=$work/bundles/all_plant-1_g0-g1_full_v01of01.ferry

equal "tar tf lists the members in the order of the format" "$(tar tf "$volume" | xargs)" \
  "manifest.xml signatures/01.p7s trust/trust-0001.xml chunks/000001.zst"
mkdir by-hand && cd by-hand || exit 1
claim "tar xf unpacks the volume" tar xf "$volume"
equal "the first line of a chunk is a put record" "$(zstd -dcq chunks/000001.zst | head -n 1 | cut -c 1-4)" "put "
equal "a chunk begins with a document's record: id, revision, dialect, length" \
  "$(zstd -dcq chunks/000001.zst | head -n 1 | grep -cE '^put [0-9a-f-]{36} [0-9]+ (upd|sdp) [0-9]+$')" 1
equal "there are 32 put records" "$(zstd -dcq chunks/000001.zst | grep -caE '^put [0-9a-f-]{36} [0-9]+ (upd|sdp) [0-9]+$')" 32

# The manifest's own list in the form that sha256sum reads.
grep -o '<chunk [^>]*>' manifest.xml | sed -E 's/.* name="([^"]*)".* sha256="([^"]*)".*/\2  \1/' >sums
equal "the manifest names one chunk" "$(wc -l <sums)" 1
claim "its digest is that of the member" sha256sum --check --strict sums

# attribute ELEMENT NAME: of the first such element of the manifest.
attribute() { sed -nE "s/^ *<$1 (.* )?$2=\"([^\"]*)\".*/\2/p" manifest.xml | head -n 1; }
equal "the manifest lists the trust file with its size" "$(attribute trust name) $(attribute trust size)" \
  "trust/trust-0001.xml $(stat -c %s trust/trust-0001.xml)"
equal "and its digest" "$(attribute trust sha256)" "$(sha256sum <trust/trust-0001.xml | cut -d ' ' -f 1)"
equal "dates follow each other" "$(printf '%s\n' "$(attribute bundle created)" "$(attribute freshness next-expected)" "$(attribute freshness valid-until)" | sort -c && echo sorted)" sorted
equal "the key of each role is named by its SubjectPublicKeyInfo" \
  "$(grep -o '<certificate key="[^"]*"' trust/trust-0001.xml | cut -d '"' -f 2 | xargs)" \
  "$(pin_of "$work/hq/keys/root-1.crt") $(pin_of "$work/hq/keys/exporter-1.crt")"
zstd -dcq chunks/000001.zst >1.raw
members_of 1.raw >members
equal "the records are as many as the manifest says" "$(wc -l <members)" "$(attribute content puts)"
equal "the state digest is that of the documents, computed with sha256sum" "$(state_digest <members)" "$(attribute target state)"
sed -i '7s/ 1*[0-9]* / 9 /' members
differs "and of no other revision" "$(state_digest <members)" "$(attribute target state)"

check_signature() {
  openssl cms -verify -binary -inform DER -in signatures/01.p7s -content "$1" -CAfile "$2" \
    -no-CApath -no-CAstore -purpose any -out /dev/null
}
claim "openssl accepts the signature" check_signature manifest.xml "$work/hq/trust/exporters.pem"
equal "the certificates in use are those of the trust file" \
  "$(openssl x509 -in "$work/hq/trust/exporters.pem" -outform DER | base64 -w 0)" \
  "$(python3 -c 'import sys,xml.etree.ElementTree as t; print("\n".join("".join((e.text or "").split()) for e in t.parse(sys.argv[1]).getroot().iter() if (e.text or "").strip()))' trust/trust-0001.xml | grep -F "$(openssl x509 -in "$work/hq/trust/exporters.pem" -outform DER | base64 -w 0)" | head -n 1)"
for n in 1 2 3; do
  python3 -c 'import sys; b = bytearray(open("manifest.xml","rb").read()); b[len(b) * int(sys.argv[1]) // 4] ^= 1; open("changed.xml","wb").write(b)' "$n"
  exits 4 "openssl refuses a manifest with one bit changed ($n/4 in)" check_signature changed.xml "$work/hq/trust/exporters.pem"
done
new_exporter "$work/stranger" updates "$work/catalog/updates"
exits 4 "openssl refuses it under another publisher's certificate" check_signature manifest.xml "$work/stranger/trust/exporters.pem"

# shellcheck disable=SC2046  # member names have no spaces
tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -cf rebuilt.ferry $(tar tf "$volume")
claim "GNU tar makes the same volume of the members, byte for byte" cmp rebuilt.ferry "$volume"
claim "and Ferry takes it" ferry_import verify rebuilt.ferry --trust trust/trust-0001.xml
cd "$work" || exit 1

# The same catalog and the same time give the same bytes, signatures apart.
same() { SOURCE_DATE_EPOCH=1790000000 ferry_export --point "$1" export --site plant-1 --full -o "$2" >out && mkdir "$2/x" && tar xf "$2"/*.ferry -C "$2/x"; }
cp -r twin third
same twin twin-out
sleep 1.1
same third third-out
claim "the same catalog and time: the same manifest" cmp twin-out/x/manifest.xml third-out/x/manifest.xml
claim "the same catalog and time: the same chunk" cmp twin-out/x/chunks/000001.zst third-out/x/chunks/000001.zst
claim "the same catalog and time: the same trust file" cmp twin-out/x/trust/trust-0001.xml third-out/x/trust/trust-0001.xml
equal "the manifest says that time" "$(grep -o ' created="[^"]*"' twin-out/x/manifest.xml | head -n 1)" ' created="2026-09-21T14:13:20Z"'
claim "at another time the chunk is the same" cmp twin-out/x/chunks/000001.zst by-hand/chunks/000001.zst
differs "at another time the manifest is another" "$(sha256sum <twin-out/x/manifest.xml)" "$(sha256sum <by-hand/manifest.xml)"

# A delta on top: its records, applied with a shell, lead to the state that it names.
mkdir moved && cd moved || exit 1
tar xf ../twin-out/*.ferry
zstd -dcq chunks/000001.zst >1.raw
members_of 1.raw | sort >before
equal "the base's state" "$(state_digest <before)" "$(attribute target state)"
next_month "$work/catalog"
ferry_export --point ../twin sync >out
exits 0 "a delta is made" ferry_export --point ../twin export --site plant-1 --since 1 -o delta
tar xf delta/*.ferry
equal "the delta names the base's state" "$(attribute base state)" "$(state_digest <before)"
claim "openssl accepts its signature" check_signature manifest.xml "$work/twin/trust/exporters.pem"
# The documents that the chunk refers to, out of the base's: FORMAT.md, "Chunk".
cat >references.py <<'PYTHON'
import re, sys, uuid
raw, chunk, documents, at = open("1.raw", "rb").read(), open("chunks/000001.zst", "rb").read(), {}, 0
while put := re.compile(rb"put (\S+) (\d+) (?:upd|sdp) (\d+)\n").match(raw, at):
    documents[put[1].decode(), int(put[2])] = raw[put.end() : put.end() + int(put[3])]
    at = put.end() + int(put[3]) + 1
assert chunk[:4] == b"\x50\x2a\x4d\x18"
listed = chunk[8 : 8 + int.from_bytes(chunk[4:8], "little")]
for i in range(0, len(listed), 20):
    key = str(uuid.UUID(bytes=listed[i : i + 16])), int.from_bytes(listed[i + 16 : i + 20], "little")
    sys.stdout.buffer.write(documents[key])
PYTHON
claim "the documents that the delta refers to are in the base" sh -c "python3 references.py >references"
claim "with them zstd reads it" sh -c "zstd -dcq --patch-from=references chunks/000001.zst >2.raw"
exits 1 "without them it does not" zstd -dcq chunks/000001.zst
members_of 2.raw | sort >puts
grep -aE '^drop [0-9a-f-]{36} [0-9]+ (replaced|removed|deselected)$' 2.raw | sed -E 's/^drop (.*) .*/\1 /' >drops
equal "puts and drops are as many as it says" "$(wc -l <puts) $(wc -l <drops)" "$(attribute content puts) $(attribute content drops)"
grep -vFf drops before | cat - puts >after
equal "applied by a shell they lead to its target" "$(state_digest <after)" "$(attribute target state)"
cd "$work" || exit 1

finish
