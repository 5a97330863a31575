#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sites whose clocks are wrong and signers whose certificates end: what is taken and what is refused, and that no date
# ever keeps a site from the next good bundle.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"
export TZ=UTC
if ! command -v faketime >/dev/null; then
  skip "everything about clocks" "faketime is not installed"
  finish
  exit
fi

# The day on which the bundle is signed; it arrives 40 days later. All times are days from the signing.
signing=$(date -d "2030-06-01 12:00:00" +%s)
day() { date -d "@$((signing + $1 * 86400))" "+${2:-%F %T}"; }
at_day() { SOURCE_DATE_EPOCH=$((signing + $1 * 86400)) "${@:2}"; }
clock_at() { faketime -f "$(day "$1")" "${@:2}"; }
# import_at DAY SITE ARGUMENTS...: with the site's clock at this day; "2001" is a clock whose battery is empty.
import_at() {
  local clock=$1
  if [ "$clock" = 2001 ]; then clock="2001-01-01 00:00:00"; else clock=$(day "$clock"); fi
  faketime -f "$clock" "$FERRY_IMPORT" --point "$2" import "${@:3}"
}
year=365

echo "# an authority and its certificates"
mkdir ca ca/new
touch ca/index.txt
cat >ca.cnf <<CNF
[ca]
default_ca = own
[own]
database = ca/index.txt
new_certs_dir = ca/new
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
CNF
# issue NAME FROM TO [OPTIONS...]: NAME.pem and NAME.crt, valid between these days.
issue() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.pem" -out "$1.csr" -subj "/CN=$1" \
    2>/dev/null &&
    openssl ca -batch -notext -config ca.cnf -in "$1.csr" -out "$1.crt" -startdate "$(day "$2" %Y%m%d%H%M%SZ)" \
      -enddate "$(day "$3" %Y%m%d%H%M%SZ)" "${@:4}" 2>/dev/null
}
signer=(-extensions signer -cert authority.crt -keyfile authority.pem)
claim "an authority" issue authority -$((2 * year)) $((30 * year)) -extensions authority -selfsign -keyfile authority.pem
claim "a certificate that is valid for ten years" issue valid -$year $((10 * year)) "${signer[@]}"
claim "one that ends while the bundle travels" issue expired -$year 10 "${signer[@]}"
claim "one that begins too late" issue not-yet 100 $((10 * year)) "${signer[@]}"
claim "one whose key is revoked" issue revoked -$year $((10 * year)) "${signer[@]}"
claim "one for a thief with time" issue thief -$year $((30 * year)) "${signer[@]}"

sample_catalog catalog
at_day -30 trust_exporter hq catalog --certificate "$work/authority.crt"
cp valid.pem valid.crt hq/keys/
at_day -30 new_site site hq
at_day -29 ferry_export --point hq trust revoke "$(volume_tool key-id revoked)" --stolen >out
exits 0 "the exporter signs with the authority's certificate" at_day 0 ferry_export --point hq export --site plant-1 -o honest
volume_tool unpack honest/*.ferry members
one_more catalog 1
at_day 40 ferry_export --point hq sync >out
at_day 40 ferry_export --point hq export --site plant-1 --full -o fresh >out
for name in valid expired not-yet revoked; do
  clock_at 0 python3 "$FERRY_SOURCE_ROOT/tests/support/volume_tool.py" seal members "$name"
  volume_tool pack members "$name.ferry"
done

cp -r hq late
rm late/keys/valid.* && cp expired.pem expired.crt late/keys/
at_day 9 exits 0 "a certificate on its last day signs" ferry_export --point late export --site plant-1 --full -o last-day
at_day 11 exits 11 "a day after its end it does not" ferry_export --point late export --site plant-1 --full -o none

echo "# every clock with every certificate"
# A certificate is judged at the time of the signing, which the signature covers, or "now": at the site's clock, or at
# the newest date that was signed and accepted, whichever is later; so an empty battery does not make it invalid.
clocks=(2001 39 40 $((40 + 5 * year)))
expected=(
  # judged at     certificate   2001  -1 day  right  +5 years
  "signing-time   valid         0     0       0      0"
  "signing-time   expired       0     0       0      0"
  "signing-time   not-yet       11    11      11     11"
  "signing-time   revoked       11    11      11     11"
  "now            valid         0     0       0      0"
  "now            expired       0     11      11     11"
  "now            not-yet       11    11      11     0"
  "now            revoked       11    11      11     11"
)
for trusts in trusted untrusted; do
  for row in "${expected[@]}"; do
    read -r judged certificate codes <<<"$row"
    clock=0
    for code in $codes; do
      name="clock ${clocks[$clock]} ($trusts), certificate $certificate, judged at $judged"
      rm -rf case && cp -r site case
      printf '[time]\nclock = "%s"\ncertificates = "%s"\n' "$trusts" "$judged" >>case/point.toml
      exits "$code" "$name: exit code $code" import_at "${clocks[$clock]}" case "$certificate.ferry"
      if [ "$code" != 0 ]; then claim "$name: the catalog is the same, byte for byte" cmp site/catalog.db case/catalog.db; fi
      exits 0 "$name: the next good bundle is taken" import_at 40 case fresh
      clock=$((clock + 1))
    done
  done
done

echo "# bundles from the future"
cp -r site doubtful
printf '[time]\nclock = "untrusted"\n' >>doubtful/point.toml
# on_a_copy CODE NAME DAY SITE ARGUMENTS...: leaves the site as it is.
on_a_copy() {
  local code=$1 name=$2 clock=$3 site=$4
  shift 4
  rm -rf naive && cp -r "$site" naive
  exits "$code" "$name" import_at "$clock" naive "$@"
}
on_a_copy 0 "a clock that is half a time zone slow" 0 site honest
equal "is no news" "$(cat err)" ""
on_a_copy 12 "a bundle of ten days from now" -10 site honest
says "one of the two clocks is wrong" "and why is said"
exits 0 "the bundle is taken when the clock is set" import_at 40 naive honest
on_a_copy 0 "--accept-dates takes it" -10 site --accept-dates honest
says "one of the two clocks is wrong" "and warns"
on_a_copy 0 "a site that does not trust its clock takes it" -10 doubtful honest
says "after what the clock of this machine says" "and warns"
on_a_copy 0 "a clock of 2001 is behind for certain, so it takes it too" 2001 site honest
says "set the clock" "and warns"
cp -r members future.members
for attribute in "bundle created" "freshness next-expected" "freshness valid-until"; do
  # shellcheck disable=SC2086  # two words
  volume_tool set future.members/manifest.xml $attribute "$(day $((12 * year)) %FT%TZ)"
done
clock_at $((12 * year)) python3 "$FERRY_SOURCE_ROOT/tests/support/volume_tool.py" seal future.members thief
volume_tool pack future.members future.ferry
on_a_copy 12 "a thief's bundle of twelve years from now" 40 site future.ferry
on_a_copy 12 "also where the clock is not trusted" 40 doubtful future.ferry
says "more than 400 days after" "and why is said"
on_a_copy 12 "also where the clock says 2001" 2001 site future.ferry

echo "# a site that took it all the same"
exits 0 "--accept-dates takes the thief's bundle" import_at 40 site --accept-dates future.ferry
cp -r site judging
printf '[time]\ncertificates = "now"\n' >>judging/point.toml
exits 12 "the next good bundle looks old" import_at 41 site fresh
says "before the last one accepted of its feed" "and why is said"
on_a_copy 0 "--accept-dates takes it" 41 site --accept-dates fresh
exits 11 "where certificates are judged now, its certificate has ended" import_at 41 judging fresh
on_a_copy 0 "--accept-dates judges certificates at signing time too" 41 judging --accept-dates fresh
exits 0 "the publisher gives the thief's key up and begins an epoch" at_day 41 ferry_export --point hq trust revoke \
  "$(volume_tool key-id thief)" --stolen --new-epoch
at_day 41 ferry_export --point hq export --site plant-1 -o epoch >out
exits 0 "the first bundle of the new epoch is taken without a word" import_at 41 site epoch
equal "no warning but that the thief had given out its number" "$(grep -vc 'another one was told here before' err)" 0
exits 0 "also where certificates are judged now" import_at 41 judging epoch
one_more catalog 2
at_day 50 ferry_export --point hq sync >out
at_day 50 ferry_export --point hq export --site plant-1 -o after >out
exits 0 "and the next delta too" import_at 51 site after
equal "and there" "$(import_at 51 judging after >/dev/null 2>&1; echo $?)" 0
exits 11 "the thief's bundle is refused now" import_at 51 site --accept-dates future.ferry

echo "# staleness"
at_day -30 new_site strict hq
printf '[time]\nmax-age-days = 30\n' >>strict/point.toml
on_a_copy 0 "a bundle of 20 days ago" 20 strict honest
on_a_copy 12 "a bundle of 40 days ago" 40 strict honest
exits 0 "--accept-dates takes it" import_at 40 naive --accept-dates honest
on_a_copy 12 "a clock that is five years fast" $((5 * year)) strict fresh
exits 0 "set right, the same bundle is taken" import_at 41 naive fresh
on_a_copy 0 "a clock of 2001 makes nothing old" 2001 strict honest

echo "# revocation lists"
# list FILE FROM TO: the authority's list, good between these days.
list() {
  openssl ca -config ca.cnf -gencrl -cert authority.crt -keyfile authority.pem -out "$1" \
    -crl_lastupdate "$(day "$2" %Y%m%d%H%M%SZ)" -crl_nextupdate "$(day "$3" %Y%m%d%H%M%SZ)" 2>/dev/null
}
at_day -30 trust_exporter listed catalog --certificate "$work/authority.crt" --crl
cp valid.pem valid.crt listed/keys/
at_day -30 new_site listed-site listed
at_day 0 exits 11 "the exporter does not sign without the list that the trust file demands" \
  ferry_export --point listed export --site plant-1 -o listed-bundle
printf '[signing]\ncrl = ["list.pem"]\n' >>listed/point.toml
claim "a list of 30 days" list listed/list.pem -1 30
at_day 0 exits 0 "with it the exporter signs" \
  ferry_export --point listed export --site plant-1 -o listed-bundle
rm -rf bare.members
volume_tool unpack listed-bundle/*.ferry bare.members
clock_at 0 python3 "$FERRY_SOURCE_ROOT/tests/support/volume_tool.py" seal bare.members valid
volume_tool pack bare.members bare.ferry
on_a_copy 11 "the same without a list in the signature" 40 listed-site bare.ferry
on_a_copy 0 "a list that was good at the signing" 40 listed-site listed-bundle
printf '[time]\ncertificates = "now"\n' >>listed-site/point.toml
on_a_copy 0 "judged now, within its 30 days" 20 listed-site listed-bundle
on_a_copy 11 "judged now, after them" 40 listed-site listed-bundle
claim "the certificate is revoked" openssl ca -config ca.cnf -revoke valid.crt -cert authority.crt -keyfile authority.pem
list listed/list.pem -1 30
at_day 0 exits 11 "the exporter does not sign with a certificate on the list" \
  ferry_export --point listed export --site plant-1 --full -o none

finish
