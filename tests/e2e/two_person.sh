#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nobody releases alone: bundles that two people sign, trust files that two root holders sign, and junk beside the
# volumes that neither helps nor harms.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"

# sign FOLDER...: the second person, who has a trust file and a key but no point.
sign() { ferry_export sign --trust hq/trust/trust-0001.xml --keys second "$@"; }
sums() { sha256sum "$1"/*.ferry; }

sample_catalog catalog
trust_exporter hq catalog --exporters 2 --threshold 2 --roots 2 --root-threshold 2
mkdir second second-root
mv hq/keys/exporter-2.* second/
mv hq/keys/root-2.* second-root/
new_site site hq

echo "# one signature"
exits 4 "an export with one of two keys is incomplete" ferry_export --point hq export --site plant-1 -o release
says "1 signature" "what is missing is said"
says "sign" "and how to add it"
refuses 11 "no site takes it" site release
says "demands 2 from distinct keys" "and why is said"
exits 11 "verify says so too" ferry_import --point site verify release
sums release >before.sums
cp -r release unsigned

echo "# the second person"
mkdir stranger
(cd stranger && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout exporter-2.pem \
  -out exporter-2.crt -days 9 -subj "/CN=Stranger" -addext "keyUsage=critical,digitalSignature" -addext "extendedKeyUsage=codeSigning" 2>/dev/null)
exits 4 "a stranger's key adds nothing" ferry_export sign --trust hq/trust/trust-0001.xml --keys stranger release
exits 4 "nor does a root key" ferry_export sign --trust hq/trust/trust-0001.xml --keys second-root release
exits 4 "nor the key that has signed already" ferry_export sign --trust hq/trust/trust-0001.xml --keys hq/keys release
equal "none of them left a file" "$(find release -name '*.p7s')" ""
exits 64 "with --trust the keys must be named" ferry_export sign --trust hq/trust/trust-0001.xml release
exits 0 "the second person signs" sign release
equal "in a file beside the volumes" "$(echo release/*.p7s)" "release/all_plant-1_g0-g1_full.01.p7s"
claim "the volumes are the same, byte for byte" sha256sum --check --strict --quiet before.sums
claim "openssl verifies the file against the manifest" eval 'tar xOf release/*.ferry manifest.xml >manifest.xml &&
  openssl cms -verify -binary -inform DER -in release/*.p7s -content manifest.xml -CAfile hq/trust/exporters.pem \
  -no-CApath -no-CAstore -purpose any -out /dev/null'
takes "a site takes it" site release
exits 0 "verify says so too" ferry_import --point site verify release
exits 2 "signing again has nothing to add" sign release
equal "and adds no file" "$(find release -name '*.p7s' | wc -l)" 1
mv release/*.p7s renamed.p7s && cp renamed.p7s release/by-anna.p7s
takes "the name of the file does not matter" site release

echo "# what the second person does not sign"
mkdir damaged
cp unsigned/*.ferry damaged/
# In the manifest, in the trust file, in the chunk.
for place in 700 4512 -1600; do
  python3 -c 'import sys; b=bytearray(open(sys.argv[1],"rb").read()); b[int(sys.argv[2])]^=1; open(sys.argv[3],"wb").write(b)' unsigned/*.ferry "$place" damaged/*.ferry
  code=15
  [ "$place" -gt 0 ] && code=11
  exits "$code" "a bundle with one bit changed at $place" sign damaged
done
head -c -1024 "$(echo unsigned/*.ferry)" >"$(echo damaged/*.ferry)"
exits 15 "a bundle that is cut short" sign damaged
volume_tool unpack unsigned/*.ferry members
rm members/signatures/01.p7s
volume_tool pack members "$(echo damaged/*.ferry)"
exits 11 "a bundle that its exporter did not sign" sign damaged
trust_exporter foreign catalog
ferry_export --point foreign export --site plant-1 -o foreign-release >out
exits 11 "another publisher's bundle" sign foreign-release
equal "and no signature was made of any of them" "$(find damaged foreign-release -name '*.p7s')" ""

echo "# junk beside the volumes"
# junk NAME COMMAND...: makes junk in $place. Without the second signature it does not help, with it it does no harm.
junk() {
  local name=$1
  shift
  rm -rf stick && cp -r unsigned stick
  place=stick
  "$@"
  refused 11 "junk does not help: $name" site timeout 20 "$FERRY_IMPORT" --point site import stick
  cp renamed.p7s stick/all_plant-1_g0-g1_full.01.p7s
  rm -rf naive && cp -r site naive
  exits 0 "junk does no harm: $name" timeout 20 "$FERRY_IMPORT" --point naive import stick
  exits 2 "and not to the one who signs: $name" timeout 20 "$FERRY_EXPORT" sign --trust hq/trust/trust-0001.xml --keys second stick
}
empty_file() { : >"$place/a.p7s"; }
random_file() { head -c 900 /dev/urandom >"$place/a.p7s"; }
large_file() { { cat renamed.p7s && head -c 71680 /dev/zero; } >"$place/a.p7s"; }
other_content() { volume_tool sign-file hq/point.toml second/exporter-2 "$place/a.p7s"; }
by_stranger() { volume_tool sign-file manifest.xml stranger/exporter-2 "$place/a.p7s"; }
hundred_names() { for number in $(seq 100); do echo "junk $number" >"$place/a$number.p7s"; done; }
hundred_files() { for number in $(seq 100); do echo "junk $number" >"$place/all_plant-1_g0-g1_full.x$number.p7s"; done; }
short_message() { rm stick/*_full.01.p7s; ferry_import --point site import stick >short 2>&1; test "$(wc -c <short)" -lt 2000; }
directory() { mkdir "$place/a.p7s"; }
endless() { ln -s /dev/zero "$place/a.p7s"; }
dangling() { ln -s nowhere "$place/a.p7s"; }
fifo() { mkfifo "$place/a.p7s"; }
socket() { python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$place/a.p7s"; }
everything() { large_file; mv "$place/a.p7s" "$place/b.p7s"; fifo; ln -s /dev/zero "$place/c.p7s"; mkdir "$place/d.p7s"; : >"$place/e.p7s"; }
junk "an empty file" empty_file
junk "random bytes" random_file
junk "70 KiB that begin with the right signature" large_file
junk "a valid signature over other content" other_content
junk "a stranger's signature over the manifest" by_stranger
junk "a hundred files" hundred_names
junk "a hundred files of the bundle's name" hundred_files
claim "the message about a hundred files can be read: it has less than 2000 characters" short_message
junk "a folder of such a name" directory
junk "a link to an endless device" endless
junk "a link to nothing" dangling
junk "a FIFO of such a name" fifo
junk "a socket of such a name" socket
junk "all kinds at once" everything

echo "# several volumes"
"$GENERATE_CATALOG" --seed 5 --revisions 1000 --month 0 --quiet generated
add_source hq generated updates "$work/generated"
ferry_export --point hq sync >out
exits 4 "several volumes with one key" ferry_export --point hq export --site plant-1 --full --volume-size 512KiB -o volumes
claim "there are three or more" test "$(find volumes -name '*.ferry' | wc -l)" -ge 3
sums volumes >before.sums
mkdir part && cp volumes/*_v01of* volumes/*_v03of* part/
exits 15 "nobody signs a part of a bundle" sign part
exits 0 "one signature is enough for all volumes" sign volumes
equal "it is one file" "$(find volumes -name '*.p7s' | wc -l)" 1
claim "and the volumes are the same" sha256sum --check --strict --quiet before.sums
takes "a site takes them" site volumes
mkdir elsewhere && mv volumes/*_v02of* elsewhere/
takes "also from two places" site volumes elsewhere

echo "# two root holders"
cp -r hq single
exits 4 "a rotation with one of two root keys is a draft" ferry_export --point hq trust rotate --role root
says "NOT in force" "which is not in force"
claim "it lies apart" test -e hq/trust/draft/trust-0002.xml -a ! -e hq/trust/trust-0002.xml
exits 0 "trust show names the draft" ferry_export --point hq trust show --json
holds "and that version 1 is the newest" out "len(d['trust']) == 1 and d['draft']['number'] == 2"
exits 64 "a second draft is refused while one waits" ferry_export --point hq trust rotate
exits 4 "signing it again with the same key changes nothing" ferry_export --point hq trust sign
ferry_export --point hq export --site plant-1 --full -o meanwhile >out 2>&1
sign meanwhile >out
takes "bundles are made under version 1 meanwhile" site meanwhile
equal "and bring no other" "$(trust_of naive)" 1
cp -r hq/trust/draft stick-to-root
exits 2 "a key that is no root key of them adds nothing" ferry_export trust sign --file stick-to-root/trust-0002.xml --keys second
exits 0 "the second root holder signs, without a point" ferry_export trust sign --file stick-to-root/trust-0002.xml \
  --current hq/trust/trust-0001.xml --keys second-root
cp stick-to-root/*.p7s hq/trust/draft/
exits 0 "and the point completes the draft" ferry_export --point hq trust sign
says "is in force" "it is in force"
claim "the draft is gone" test -e hq/trust/trust-0002.xml -a ! -e hq/trust/draft
exits 3 "and nothing waits any more" ferry_export --point hq trust sign
ferry_export --point hq export --site plant-1 --full -o under-two >out 2>&1
exits 0 "the second exporter signs under it" sign under-two
exits 0 "a site walks to it" ferry_import --point site import under-two
equal "and has it installed" "$(trust_of site)" 2

finish
