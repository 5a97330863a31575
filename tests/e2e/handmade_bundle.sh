#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An independent writer: bundles and trust files made from nothing but FORMAT.md with tar, zstd, sha256sum, xxd,
# openssl and a shell. Sites must take them, and refuse what differs from the page by one word.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pki.sh
. "$FERRY_SOURCE_ROOT/tests/support/pki.sh"
# shellcheck source-path=SCRIPTDIR source=../support/state_digest.sh
. "$FERRY_SOURCE_ROOT/tests/support/state_digest.sh"

sha() { sha256sum "$1" | cut -d ' ' -f 1; }
size() { stat -c %s "$1"; }

# Keys and the trust file ("Trust file").
for name in root exporter; do
  make_key $name p256
  make_certificate $name $name "${signer_says[@]}" extendedKeyUsage=codeSigning
done
der_of() { openssl x509 -in "$1" -outform DER | base64 -w 0; }
rules='threshold="1" purpose="1.3.6.1.5.5.7.3.3" algorithms="ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss" crl="none"'
trust_lineage=7c0f5a34-93f9-4a1b-9d3c-0d6f6f3f2b11
created=$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%SZ)
trust_head() {
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<trust xmlns="urn:ferry:trust:1" version="$1" lineage="$trust_lineage" created="$created" epoch="0" minimum-format="1.0" broadcast="yes">
  <root $rules>
    <certificate key="$(pin_of root.crt)">$(der_of root.crt)</certificate>
  </root>
  <exporter $rules>
XML
}
mkdir trust
{
  trust_head 1
  cat <<XML
    <certificate key="$(pin_of exporter.crt)">$(der_of exporter.crt)</certificate>
  </exporter>
</trust>
XML
} >trust/trust-0001.xml
exits 0 "a site begins with a trust file made by hand" ferry_import --point site init --trust trust/trust-0001.xml --site plant-1
fingerprint=$(sha trust/trust-0001.xml)
mapfile -t digits < <(fold -w 4 <<<"$fingerprint")
says "${digits[*]:0:8}" "its fingerprint is the SHA-256 of the file"
says "${digits[*]:8}" "to the last digit"
# word HEX: four digits as a word of five letters.
word() {
  local number=$((16#$1)) consonants=bdfghjklmnprstvz vowels=aiou
  printf '%s' "${consonants:number>>12:1}" "${vowels:number>>10&3:1}" "${consonants:number>>6&15:1}" \
    "${vowels:number>>4&3:1}" "${consonants:number&15:1}"
}
equal "words are made as the page says" "$(word 5cca)" jugap
words=$(for four in "${digits[@]}"; do word "$four" && printf -- -; done)
says "${words:0:47}" "the fingerprint in words"
says "${words:48:47}" "to the last word"

# Documents ("Definitions"): a product, an update in two revisions, and a package of a SCUP catalog.
product=11111111-0000-4000-8000-000000000001
update=22222222-0000-4000-8000-000000000002
package=0b1c6a96-b1f5-4ab2-8f4a-a46764e29b77
namespace=http://schemas.microsoft.com/msus/2002/12/Update
printf '<Update xmlns="%s"><UpdateIdentity UpdateID="%s" RevisionNumber="1"/><Properties UpdateType="Category"/><LocalizedPropertiesCollection><LocalizedProperties><Language>en</Language><Title>Größe</Title></LocalizedProperties></LocalizedPropertiesCollection><HandlerSpecificData><CategoryInformation CategoryType="Product"/></HandlerSpecificData></Update>' \
  $namespace $product >product.xml
for revision in 1 2; do
  printf '<Update xmlns="%s"><UpdateIdentity UpdateID="%s" RevisionNumber="%s"/><Properties UpdateType="Software"/></Update>' \
    $namespace $update $revision >update-$revision.xml
done
cp "$FERRY_SOURCE_ROOT/samples/metadata/start/scup/$package.sdp" package.sdp

# Members of the feed in each generation ("State digest").
{
  echo "$product 1 $(sha product.xml)"
  echo "$package 1 $(sha package.sdp)"
  echo "$update 1 $(sha update-1.xml)"
} >members-1
{
  echo "$product 1 $(sha product.xml)"
  echo "$update 2 $(sha update-2.xml)"
} >members-2
cp members-2 members-3
state_1=$(state_digest <members-1)
state_2=$(state_digest <members-2)
differs "another set has another digest" "$state_1" "$state_2"

# Chunks ("Chunk", "Record", "Canonical order").
mkdir -p full/chunks delta/chunks empty/chunks
put_record $product 1 upd product.xml >full/1.raw
{
  put_record $package 1 sdp package.sdp
  put_record $update 1 upd update-1.xml
} >full/2.raw
{
  put_record $update 2 upd update-2.xml
  drop_record $package 1 removed
  drop_record $update 1 replaced
} >delta/1.raw
for raw in full/1 full/2 delta/1; do
  zstd -q -19 $raw.raw -o "$(dirname $raw)/chunks/00000$(basename $raw).zst"
done

# chunk_line DIRECTORY NUMBER RECORDS
chunk_line() {
  local file=$1/chunks/00000$2.zst
  printf '    <chunk name="chunks/00000%s.zst" size="%s" raw-size="%s" records="%s" sha256="%s"/>\n' \
    "$2" "$(size "$file")" "$(size "$1/$2.raw")" "$3" "$(sha "$file")"
}
# manifest NAME KIND, with the lines between in $middle, those of the volumes in $volumes ("Manifest").
lineage=bbbbbbbb-0000-4000-8000-00000000000b
manifest() {
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<manifest xmlns="urn:ferry:manifest:1" format-version="1.0">
  <bundle name="$1" kind="$2" created="$created" tool="a shell" compressor="zstd"/>
  <freshness next-expected="$(date -u -d '30 days' +%Y-%m-%dT%H:%M:%SZ)" valid-until="$(date -u -d '60 days' +%Y-%m-%dT%H:%M:%SZ)"/>
  <publisher point="aaaaaaaa-0000-4000-8000-00000000000a" name="by hand"/>
  <feed name="fleet" lineage="$lineage" epoch="0" content="${policy:-none}" languages="*"/>
  <recipient site="plant-1"/>
$middle
$(for file in "${trust_files[@]}"; do printf '  <trust name="%s" size="%s" sha256="%s"/>\n' "$file" "$(size "$file")" "$(sha "$file")"; done)
$volumes
</manifest>
XML
}
trust_files=(trust/trust-0001.xml)

middle="  <target generation=\"1\" state=\"$state_1\" updates=\"3\" revisions=\"3\"/>
  <content puts=\"3\" drops=\"0\" approvals=\"0\" document-bytes=\"$(cat product.xml package.sdp update-1.xml | wc -c)\" files=\"0\" file-bytes=\"0\"/>
  <chain sequence=\"1\" previous=\"$(printf '0%.0s' {1..64})\"/>"
volumes="  <volume index=\"1\">
$(chunk_line full 1 1)
  </volume>
  <volume index=\"2\">
$(chunk_line full 2 2)
  </volume>"
manifest fleet_plant-1_g0-g1_full full >full/manifest.xml

middle="  <base generation=\"1\" state=\"$state_1\"/>
  <target generation=\"2\" state=\"$state_2\" updates=\"2\" revisions=\"2\"/>
  <content puts=\"1\" drops=\"2\" approvals=\"0\" document-bytes=\"$(size update-2.xml)\" files=\"0\" file-bytes=\"0\"/>
  <chain sequence=\"2\" previous=\"$(sha full/manifest.xml)\"/>
  <earlier name=\"fleet_plant-1_g0-g1_full\" base=\"0\" target=\"1\" sequence=\"1\" manifest=\"$(sha full/manifest.xml)\"/>"
volumes="  <volume index=\"1\">
$(chunk_line delta 1 3)
  </volume>"
manifest fleet_plant-1_g1-g2_delta delta >delta/manifest.xml

# sign CONTENT SIGNATURE NAME ("Signature")
sign() {
  openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer "$3.crt" -inkey "$3.key" -in "$1" -out "$2"
}
# pack DIRECTORY OUT COUNT: signs the manifest and writes COUNT volumes, a chunk in each ("Volume").
pack() {
  local directory=$1 out=$2 count=$3 number name
  mkdir -p "$directory/signatures" "$directory/trust" "$out"
  cp trust/* "$directory/trust/"
  sign "$directory/manifest.xml" "$directory/signatures/01.p7s" exporter
  name=$(sed -n 's/.*<bundle name="\([^"]*\)".*/\1/p' "$directory/manifest.xml")
  for number in $(seq "$count"); do
    chunk=()
    if [ -e "$directory/chunks/00000$number.zst" ]; then chunk=("chunks/00000$number.zst"); fi
    tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -C "$directory" \
      -cf "$out/${name}_v0${number}of0$count.ferry" manifest.xml signatures/01.p7s "${trust_files[@]}" "${chunk[@]}"
  done
}
pack full stick-1 2
pack delta stick-2 1

exits 0 "the full bundle verifies" ferry_import verify stick-1 --trust trust/trust-0001.xml
exits 10 "the delta lacks its base" ferry_import --point site import stick-2
says "fleet_plant-1_g0-g1_full" "the base is named"
exits 0 "the full bundle is imported" ferry_import --point site import stick-1
equal "the state is what the shell computed" "$(state_of "$FERRY_IMPORT" site fleet)" "$state_1"
ferry_import --point site show $package --document >shown
claim "a document comes out as it went in" cmp shown package.sdp
exits 0 "the product's title arrived" ferry_import --point site list --text "Größe"

# One word that differs from the page, signed and packed as well as the others.
# differing CODE NAME SED [FILE]
differing() {
  rm -rf changed changed-stick && cp -r delta changed && rm -rf changed/signatures
  sed -E "$3" delta/manifest.xml >changed/manifest.xml
  if cmp -s delta/manifest.xml changed/manifest.xml; then fail "$2: the test changes nothing"; fi
  pack changed changed-stick 1
  refused "$1" "refused: $2" site ferry_import --point site import changed-stick
}
differing 15 "another state" "s/(<target .*state=\").{8}/\\100000000/"
differing 15 "no freshness" "/<freshness /d"
differing 15 "freshness in the wrong order" 's/next-expected="([^"]*)" valid-until="([^"]*)"/next-expected="\2" valid-until="\1"/'
differing 15 "freshness before the bundle" '/<bundle /{h;d};/<freshness /{G}'
differing 15 "attributes in another order" 's/(<feed) (name="[^"]*") (lineage="[^"]*")/\1 \3 \2/'
differing 15 "no epoch" 's/ epoch="0"//'
differing 11 "an epoch that the trust file does not have" 's/ epoch="0"/ epoch="1"/'
differing 15 "a trust file that is not listed" "/<trust /d"
differing 15 "a trust file of another digest" "s/(<trust .*sha256=\").{8}/\\100000000/"
differing 15 "a trust file of another size" 's/(<trust name="[^"]*" size=")/\11/'
differing 15 "a trust file of another name" 's/trust-0001/trust-0002/'
differing 15 "a comment" 's/^<\/manifest>/<!-- --><\/manifest>/'
differing 15 "an unknown element" 's/^<\/manifest>/  <volumes\/>\n<\/manifest>/'
differing 15 "an unknown attribute" 's/ compressor=/ note="" compressor=/'
differing 15 "a space more" 's/" compressor=/"  compressor=/'
differing 15 "a space at the end" "\$s/\$/ /"
differing 15 "a number with a sign" 's/updates="2"/updates="+2"/'
differing 15 "other counts" 's/puts="1" drops="2"/puts="2" drops="1"/'
differing 15 "another chunk size" 's/(raw-size=")/\11/'
differing 15 "another chunk digest" "s/(<chunk .*sha256=\").{8}/\\100000000/"
differing 19 "a later format" 's/format-version="1.0"/format-version="1.1"/'
differing 19 "a feature that nobody knows" 's/^(  <recipient)/  <requires feature="colour"\/>\n\1/'
differing 13 "another recipient" 's/plant-1/plant-2/'
differing 15 "a name that does not follow from its parts" 's/_g1-g2_delta/_g7-g8_delta/'
differing 13 "another lineage" "s/$lineage/cccccccc-0000-4000-8000-00000000000c/"
differing 10 "another base" "s/(<base .*state=\").{8}/\\100000000/"

exits 0 "the delta is imported" ferry_import --point site import stick-2
equal "and leads to the shell's state" "$(state_of "$FERRY_IMPORT" site fleet)" "$state_2"
exits 3 "the package is gone" ferry_import --point site list --text "$(grep -oP '(?<=<sdp:Title>)[^<]*' package.sdp | head -n 1)"
ferry_import --point site show $update --document >shown
claim "the update has its second revision" cmp shown update-2.xml

# The next trust file ("Trust chain"): a pin instead of the certificate, a key retired from generation 9 on, and one
# that was stolen. It travels in a bundle without a chunk.
make_key stolen p384
make_certificate stolen stolen "${signer_says[@]}" extendedKeyUsage=codeSigning
make_key retired p256
make_certificate retired retired "${signer_says[@]}" extendedKeyUsage=codeSigning
{
  trust_head 2
  cat <<XML
    <certificate key="$(pin_of retired.crt)">$(der_of retired.crt)</certificate>
    <pin key="$(pin_of exporter.crt)"/>
  </exporter>
  <revoked key="$(pin_of retired.crt)">
    <from lineage="$lineage" generation="9"/>
  </revoked>
  <revoked key="$(pin_of stolen.crt)"/>
</trust>
XML
} >trust/trust-0002.xml
sign trust/trust-0002.xml trust/trust-0002.01.p7s root
trust_files=(trust/trust-0001.xml trust/trust-0002.xml trust/trust-0002.01.p7s)
middle="  <base generation=\"2\" state=\"$state_2\"/>
  <target generation=\"3\" state=\"$(state_digest <members-3)\" updates=\"2\" revisions=\"2\"/>
  <content puts=\"0\" drops=\"0\" approvals=\"0\" document-bytes=\"0\" files=\"0\" file-bytes=\"0\"/>
  <chain sequence=\"3\" previous=\"$(sha delta/manifest.xml)\"/>"
volumes='  <volume index="1"/>'
manifest fleet_plant-1_g2-g3_delta delta >empty/manifest.xml
rmdir empty/chunks
pack empty stick-3 1
exits 0 "a bundle with a second trust file and no chunk is imported" ferry_import --point site import stick-3 --json
holds "it brought that trust file" out "d['bundles'][0]['new_trust_files'] == 1"
exits 14 "and is known from then on" ferry_import --point site import stick-3
cp trust/trust-0002.xml good.xml
sign trust/trust-0002.xml trust/trust-0002.01.p7s exporter
pack empty stick-4 1
ferry_import --point other init --trust trust/trust-0001.xml --site plant-1 >out
refused 11 "no site takes a trust file that no root key signed" other ferry_import --point other import stick-4

finish
