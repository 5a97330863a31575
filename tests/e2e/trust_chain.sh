#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who decides who may sign: thresholds of distinct keys, and chains of trust files that lie (TUF's conformance cases
# for roots). Hostile volumes and signatures are made without Ferry; next to each lies the honest one.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"

export_to() { ferry_export --point "$1" export --site plant-1 -o "$2" "${@:3}"; }
# fork FROM NAME: another unpacked bundle to change.
fork() { rm -rf "$2" && cp -r "$1" "$2"; }
pack() { rm -rf "$1.stick" && mkdir "$1.stick" && volume_tool pack "$1" "$1.stick/$1.ferry"; }

sample_catalog catalog

echo "# duplicate keys"
trust_exporter two catalog --exporters 2 --threshold 2
new_site two-site two
export_to two release >out
volume_tool unpack release/*.ferry both
first=two/keys/exporter-1
second=two/keys/exporter-2
takes "two keys reach a threshold of two" two-site release
fork both one
volume_tool seal one "$first"
pack one
refuses 11 "one signature does not" two-site one.stick
cp one/signatures/01.p7s one.stick/copy.p7s
refuses 11 "duplicate keys: the same signature file copied beside" two-site one.stick
volume_tool sign-file one/manifest.xml "$first" one.stick/copy.p7s
refuses 11 "duplicate keys: another signature by the same key beside" two-site one.stick
says "its key counts already" "and why is said"
volume_tool sign-file one/manifest.xml "$second" one.stick/second.p7s
takes "the second key's signature beside them is enough" two-site one.stick
fork one again
volume_tool sign again "$first"
pack again
refuses 11 "duplicate keys: two signatures by the same key" two-site again.stick
fork one copies
for number in 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16; do cp one/signatures/01.p7s "copies/signatures/$number.p7s"; done
pack copies
refuses 11 "duplicate keys: sixteen copies of a signature" two-site copies.stick
cp "$first.pem" twin.pem
openssl req -x509 -new -key twin.pem -out twin.crt -days 9 -subj "/CN=Twin" -addext "basicConstraints=critical,CA:FALSE" \
  -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=codeSigning" 2>/dev/null
equal "the twin certificate has the same key" "$(volume_tool key-id twin)" "$(key_of two exporter-1)"
fork one twice
volume_tool sign twice twin
pack twice
refuses 11 "duplicate keys: the same key under two certificates" two-site twice.stick
fork one root-signed
volume_tool sign root-signed two/keys/root-1
pack root-signed
refuses 11 "a root key is no second exporter" two-site root-signed.stick
fork one reversed
volume_tool seal reversed "$second"
volume_tool sign reversed "$first"
pack reversed
takes "the order of the signatures does not matter" two-site reversed.stick

echo "# a site that slept"
trust_exporter hq catalog
export_to hq g1 >out
new_site site hq
cp -r hq hq1
for _ in 1 2 3 4 5 6 7 8 9; do
  ferry_export --point hq trust rotate >out && ferry_export --point hq trust rotate --role root >out
done
ferry_export --point hq trust rotate >out
one_more catalog 1
ferry_export --point hq sync >out
export_to hq g2 --full >out
takes "twenty trust files are walked in one import" site --json g2
holds "and counted" out "d['bundles'][0]['new_trust_files'] == 19"
equal "the last one is installed" "$(trust_of naive)" 20
cp -r naive awake
exits 14 "the bundle of before them is old" ferry_import --point awake import g1
volume_tool unpack g2/*.ferry chain
newest=hq/keys/exporter-11
volume_tool seal chain "$newest"
pack chain
takes "sealed again, the chain is still walked" site chain.stick
fork chain gap
rm gap/trust/trust-0010.*
volume_tool seal gap "$newest"
pack gap
refuses 11 "a chain with a missing link" site gap.stick
says "signatures are valid" "its signer is none of version 9"
for from in $(seq 11 20); do
  for file in gap/trust/trust-00"$from".*; do mv "$file" "${file/00$from/$(printf %04d $((from - 1)))}"; done
done
volume_tool seal gap "$newest"
pack gap
refuses 11 "a chain with a missing link, the others moved up" site gap.stick
says "version 11; expected 10" "the link is named"
fork chain exchanged
cp chain/trust/trust-0011.01.p7s exchanged/trust/trust-0010.01.p7s
volume_tool seal exchanged "$newest"
pack exchanged
refuses 11 "a link with the signature of another link" site exchanged.stick
says "after version 9" "the link is named"
fork chain short
rm short/trust/trust-0020.*
volume_tool seal short "$newest"
pack short
refuses 11 "a chain that ends before its signer is named" site short.stick
ferry_import --point late init --trust hq/trust/trust-0012.xml --site plant-1 >out
takes "a site that began with version 12 walks from there" late chain.stick
cp -r awake rested
volume_tool unpack g1/*.ferry base
fork base ahead
volume_tool set ahead/manifest.xml target generation 9
volume_tool seal ahead hq/keys/exporter-1
pack ahead
refuses 11 "older trust chain: under it a retired key would still count" rested ahead.stick
says "is revoked" "and for that reason"
volume_tool seal ahead "$newest"
pack ahead
exits 0 "an older trust chain is no harm where a key of today signs" ferry_import --point rested import ahead.stick
equal "and takes nothing back" "$(trust_of rested)" 20

echo "# the next version of the trust file"
# next_version NAME FILE ROOT...: a bundle that brings this file as version 2, signed by these keys.
next_version() {
  local name=$1 file=$2
  shift 2
  fork base "$name"
  cp "$file" "$name/trust/trust-0002.xml"
  add_version "$name" 2 "$@"
}
# add_version NAME VERSION ROOT...: signs it and the bundle again.
add_version() {
  local name=$1 file number=0 root
  file=$1/trust/trust-000$2
  shift 2
  rm -f "$file".*.p7s
  for root in "$@"; do
    number=$((number + 1))
    volume_tool sign-file "$file.xml" "$root" "$file.0$number.p7s"
  done
  volume_tool seal "$name" hq1/keys/exporter-1
  pack "$name"
}
root=hq1/keys/root-1
cp -r hq1 plus
ferry_export --point plus trust add --new-key >out
honest=plus/trust/trust-0002.xml
next_version honest "$honest" "$root"
takes "a next version that openssl signed is taken" site honest.stick
equal "and installed" "$(trust_of naive)" 2
cp -r naive second-version
next_version unsigned "$honest"
refuses 11 "a next version without a signature" site unsigned.stick
says "0 of 1 signatures that the root role of version 1 demands" "and the reason is said"
next_version by-exporter "$honest" hq1/keys/exporter-1
refuses 11 "signed by the exporter key" site by-exporter.stick
next_version by-stranger "$honest" two/keys/root-1
refuses 11 "signed by a foreign root" site by-stranger.stick
next_version by-both "$honest" two/keys/root-1 "$root"
takes "a foreign signature beside the right one does no harm" site by-both.stick
# changed NAME WHAT ELEMENT ATTRIBUTE VALUE REASON: the honest next version with one attribute changed, signed by
# the root.
changed() {
  cp "$honest" "$1.xml"
  volume_tool set "$1.xml" "$3" "$4" "$5"
  next_version "$1" "$1.xml" "$root"
  refuses 11 "$2, signed by the root" site "$1.stick"
  says "$6" "$2: that is the reason"
}
changed plus-two "version +2" trust version 3 "version 3; expected 2"
changed same-version "the same version again" trust version 1 "version 1; expected 2"
changed no-version "version 0" trust version 0 "version is 0"
changed lineage "another lineage" trust lineage cccccccc-0000-4000-8000-00000000000c "another publisher"
changed threshold-0 "a threshold of 0" exporter threshold 0 "threshold 0"
changed threshold-3 "a threshold that its keys cannot reach" exporter threshold 3 "threshold 3 with 2 keys"
changed format "a minimum format that no program writes" trust minimum-format 9.0 "none before 9.0"
sed '/<exporter/,/<\/exporter/{/<certificate/{p;};}' "$honest" | sed 's/<exporter threshold="1"/<exporter threshold="2"/' >named-twice.xml
next_version named-twice named-twice.xml "$root"
refuses 11 "duplicate keys: a role that names a key twice" site named-twice.stick
says "names a key twice" "and for that reason"
fork base other-first
volume_tool set other-first/trust/trust-0001.xml trust created 2020-01-01T00:00:00Z
volume_tool seal other-first hq1/keys/exporter-1
pack other-first
refuses 11 "version 1 with other bytes" site other-first.stick
says "is not the one installed" "and for that reason"
cp "$honest" other.xml
volume_tool set other.xml trust created 2031-01-01T00:00:00Z
next_version other-second other.xml "$root"
takes "another version 2 is taken where there is none" site other-second.stick
refuses 11 "version 2 with other bytes than the one installed" second-version other-second.stick
says "is not the one installed" "and for that reason"

cp "$honest" epoch-1.xml
volume_tool set epoch-1.xml trust epoch 1
next_version epochs epoch-1.xml "$root"
for epoch in 1 0; do
  cp epoch-1.xml epochs/trust/trust-0003.xml
  volume_tool set epochs/trust/trust-0003.xml trust version 3
  volume_tool set epochs/trust/trust-0003.xml trust epoch "$epoch"
  add_version epochs 3 "$root"
  if [ "$epoch" = 1 ]; then takes "the same epoch in version 3" site epochs.stick; else refuses 11 "a lower epoch in version 3" site epochs.stick && says "has epoch 0; expected 1 or higher" "and for that reason"; fi
done

echo "# root keys"
cp -r hq1 rotated
ferry_export --point rotated trust rotate --role root >out
heir=rotated/keys/root-2
next_version rotation rotated/trust/trust-0002.xml "$root" "$heir"
takes "a new root key that the old one and itself signed" site rotation.stick
next_version unheld rotated/trust/trust-0002.xml "$root"
refuses 11 "a new root key that nobody showed to hold" site unheld.stick
says "0 of 1 signatures that the root role that it names demands" "and for that reason"
next_version usurped rotated/trust/trust-0002.xml "$heir"
refuses 11 "a new root key that the old one did not sign" site usurped.stick
says "0 of 1 signatures that the root role of version 1 demands" "and for that reason"
for signer in "$heir" "$root"; do
  cp rotation/trust/trust-0002.xml rotation/trust/trust-0003.xml
  volume_tool set rotation/trust/trust-0003.xml trust version 3
  add_version rotation 3 "$signer"
  if [ "$signer" = "$heir" ]; then takes "version 3 by the new root key" site rotation.stick; else refuses 11 "version 3 by the root key of before" site rotation.stick; fi
done
cp -r hq1 grown
ferry_export --point grown trust add --role root --new-key --threshold 2 >out
next_version grows grown/trust/trust-0002.xml "$root" grown/keys/root-2
takes "a root role that grows to two of two" site grows.stick
next_version too-few "grown/trust/trust-0002.xml" "$root"
refuses 11 "wrong threshold: too few of the root role that it names" site too-few.stick
says "1 of 2 signatures that the root role that it names demands" "and for that reason"
# From two of two on, with the same files one version later.
grown_by() {
  cp grows/trust/trust-0002.xml grows/trust/trust-0003.xml
  volume_tool set grows/trust/trust-0003.xml trust version 3
  volume_tool set grows/trust/trust-0003.xml root threshold "$1"
  shift
  add_version grows 3 "$@"
}
grown_by 1 "$root"
refuses 11 "wrong threshold: too few of the old root role" site grows.stick
says "1 of 2 signatures that the root role of version 2 demands" "and for that reason"
grown_by 1 "$root" "$root"
refuses 11 "wrong threshold: the same root key twice" site grows.stick
says "its key counts already" "and for that reason"
grown_by 1 "$root" grown/keys/root-2
takes "two of two may lower the threshold" site grows.stick

finish
