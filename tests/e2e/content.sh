#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Payload files: taken in, packed, carried, cut, found missing, asked for and sent later.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
field() { python3 -c 'import json, sys; value = json.load(sys.stdin)
for key in sys.argv[1].split("."): value = value[int(key)] if key.isdigit() else value[key]
print(value)' "$1"; }
set_policy() { sed -i "s/^content = .*/content = \"$2\"/; s/^languages = .*/languages = [${3:-\"*\"}]/" "$1/point.toml"; }
stored() { find "$1/content" -type f ! -name '.*' | wc -l; }
# Every file of a site has the digest that it is called by.
sound_store() { (cd "$1/content" && find . -type f | while read -r file; do echo "$(basename "$file")  $file"; done | sha256sum -c --quiet); }

payload catalog one:100000 two:3000000 german:5000:de three:70000::en four:1000::de sdp-tool:40000 >files
new_exporter hq updates "$work/catalog/updates"
set_policy hq all
echo "cover-drops = 1" >>hq/point.toml # a delta builds on the bundle before it
add_source hq packages scup "$work/catalog/scup"
ferry_export --point hq sync >/dev/null
new_site site hq

echo "# taking in"
exits 4 "an export without the payload is incomplete" ferry_export --point hq export --site plant-1 -o early
says "8 files of payload, 3.1 MiB, are not here" "it says how much is missing"
says "two.bin" "and names files"
says "'fetch' downloads them" "and how they come"
claim "a line of the log names no thousands of files" bash -c '! grep -q "two[.]bin" hq/log/audit.jsonl'
exits 0 "preview says so too" ferry_export --point hq preview plant-1 --full
says "8 files of payload, 3.1 MiB, are not here" "before anything is written"
exits 1 "with --strict nothing is exported" ferry_export --point hq export --site plant-1 --full --strict -o strict
claim "nothing at all" test ! -e strict
mkdir junk && echo junk >junk/readme.txt && cp catalog/content/*/*.bin junk/
exits 0 "a folder is taken in" ferry_export --point hq content add junk
says "8 files taken in, 3.1 MiB; 0 were here already" "all that updates name"
says "1 file left out: no update names them" "and what none names is left out"
exits 0 "a WsusContent tree is taken in again" ferry_export --point hq content add catalog/content
says "0 files taken in, 0 B; 8 were here already" "nothing twice"
equal "eight files lie in the store" "$(stored hq)" 8
claim "under their digests" sound_store hq
if [ "$(stat -f -c %T .)" != btrfs ] && [ "$(stat -f -c %T .)" != xfs ]; then
  claim "taken in by a link where no reflink can be had" test "$(find hq/content -type f -links +1 | wc -l)" = 8
  payload other extra:2000 >/dev/null
  cp other/updates/extra.xml catalog/updates/ && ferry_export --point hq sync >/dev/null
  exits 0 "or copied, when asked to" ferry_export --point hq content add --copy other/content
  claim "that file is no link" test "$(find hq/content -type f -links 1 | wc -l)" = 1
else
  skip "taken in by a link" "this file system has reflinks"
fi
exits 0 "content check reads all" ferry_export --point hq content check
exits 0 "content status" ferry_export --point hq content status --json
equal "nothing is missing" "$(field feeds.0.missing <out)" 0

echo "# carrying"
exits 0 "the bundle carries all" ferry_export --point hq export --site plant-1 --full --json -o stick
files=$(field bundles.0.files <out)
equal "each file once" "$(tar tf stick/*.ferry | grep -c '^content/')" "$files"
exits 0 "a site takes it" ferry_import --point site import stick
equal "all files lie there" "$(stored site)" "$files"
claim "under their digests" sound_store site
exits 0 "content check at the site" ferry_import --point site content check
exits 2 "nothing is lacking" ferry_import --point site need
equal "nothing is left in the spool" "$(ls -A site/spool)" ""
exits 14 "the same bundle again is applied already" ferry_import --point site import stick
exits 0 "stock tools take a file out of the bundle" tar xf stick/*.ferry "content/$(awk '$1 == "two" {print $3}' files)"
claim "and its digest is its name" cmp "content/$(awk '$1 == "two" {print $3}' files)" "$(awk '$1 == "two" {print $4}' files)"

echo "# only what is new"
payload catalog five:6000 sdp-six:7000 >>files
ferry_export --point hq sync >/dev/null
exits 0 "new files" ferry_export --point hq content add catalog/content
exits 0 "a delta carries only them" ferry_export --point hq export --site plant-1 --json -o delta
equal "two files" "$(field bundles.0.files <out)" 2
exits 0 "the site takes the delta" ferry_import --point site import delta
equal "and has two more" "$(stored site)" $((files + 2))
exits 2 "nothing is news" ferry_export --point hq export --site plant-1 -o none

echo "# late files"
payload catalog late:8000 >>files
ferry_export --point hq sync >/dev/null
exits 4 "a delta without its file" ferry_export --point hq export --site plant-1 -o late
exits 0 "is taken" ferry_import --point site import late
exits 0 "and the site knows that a file is lacking" ferry_import --point site need -o site.need --json
equal "which one" "$(field feeds.0.lacking.0.name <out)" late.bin
exits 0 "status says so too" ferry_import --point site status
says "lacks 1 payload file" "at a glance"
exits 0 "the file comes" ferry_export --point hq content add catalog/content
exits 0 "preview tells a bundle of files alone" ferry_export --point hq preview plant-1
says "payload files alone, for generation 4" "as what it is"
exits 0 "and in JSON" ferry_export --point hq preview plant-1 --json
equal "it carries no documents" "$(field kind <out) $(field puts <out) $(field document_bytes <out) $(field files <out)" "content 0 0 1"
exits 0 "a bundle of files alone brings it" ferry_export --point hq export --site plant-1 --json -o later
equal "its kind" "$(field bundles.0.kind <out)" content
equal "one file" "$(field bundles.0.files <out)" 1
exits 2 "and it is not sent twice" ferry_export --point hq export --site plant-1 -o again
exits 0 "the site takes it" ferry_import --point site import later
says "1 payload file of feed 'all'" "and says so"
exits 2 "nothing is lacking any more" ferry_import --point site need
exits 14 "the same bundle again" ferry_import --point site import later
ferry_import --point site history >out 2>&1
says "content-" "history names it"
equal "and says that it brought no documents" "$(ferry_import --point site history --json | python3 -c 'import json, sys
print(*[(entry["added"], entry["removed"]) for entry in json.load(sys.stdin)["imports"] if "content-" in entry["name"]])')" "(0, 0)"
exits 0 "undo takes back the import before, not the files" ferry_import --point site undo
equal "the files stay" "$(stored site)" $((files + 3))
exits 0 "and the bundle comes again" ferry_import --point site import late

echo "# what a site asks for"
lost=$(awk '$1 == "two" {print $3}' files)
cp -r site losing
rm "losing/content/${lost:0:2}/$lost"
exits 1 "content check finds the loss" ferry_import --point losing content check
says "$lost is missing" "and names the file"
exits 0 "need lists it" ferry_import --point losing need -o losing.need
claim "in a list that people can read" grep -q "^[0-9a-f]\{40\} $lost 3000000 two.bin$" losing.need
exits 0 "the exporter packs just that" ferry_export --point hq export --site plant-1 --need losing.need --json -o asked
equal "one file" "$(field bundles.0.files <out)" 1
printf x | dd of="losing/content/$(find losing/content -type f -size -3 -printf '%P\n' | head -n 1)" conv=notrunc status=none
exits 1 "a damaged file is found too" ferry_import --point losing content check
says "has other bytes" "it is told from a missing one"
exits 1 "and taken out" ferry_import --point losing content check --forget
exits 0 "the site takes what it asked for" ferry_import --point losing import asked
exits 0 "and asks for the rest" ferry_import --point losing need -o losing.need
exits 0 "which comes" ferry_export --point hq export --site plant-1 --need losing.need -o rest
exits 0 "and is taken" ferry_import --point losing import rest
exits 2 "nothing is lacking" ferry_import --point losing need
exits 0 "all is sound" ferry_import --point losing content check
echo "0123456789012345678901234567890123456789 - 77 stranger.bin" >>losing.need
exits 0 "a list with a file that the feed does not carry" ferry_export --point hq export --site plant-1 --need losing.need -o stranger
says "1 file of the list are none that the feed carries" "is told so"
for bad in "" "hello" "ferry-need 2 plant-1 all x 1" "$(head -n 1 losing.need)
nonsense"; do
  printf '%s' "$bad" >bad.need
  exits 64 "a list that is none: '${bad:0:20}'" ferry_export --point hq export --site plant-1 --need bad.need -o bad
done
sed 's/plant-1/plant-2/' losing.need >other.need
exits 64 "a list of another site" ferry_export --point hq export --site plant-1 --need other.need -o bad

echo "# policies and languages"
policy() {
  rm -rf hq2 && cp -r hq hq2 && set_policy hq2 "$2" "${3:-\"*\"}"
  exits 0 "$1" ferry_export --point hq2 export --site plant-1 --full --json -o "policy-$4"
  equal "$1: files" "$(field bundles.0.files <out)" "$5"
}
policy "none" none '"*"' none 0
policy "eula" eula '"*"' eula 2
policy "eula in English" eula '"en"' eula-en 1
policy "all in English" all '"en"' all-en $((files + 3 - 2))
policy "all in German and English" all '"de", "en"' all-de $((files + 3))
rm -rf hq3 && cp -r hq hq3 && set_policy hq3 approved
one=$(awk '$1 == "one" {print $2}' files)
exits 0 "approved: nothing but EULAs yet" ferry_export --point hq3 export --site plant-1 --full --json -o approved-0
equal "two EULAs" "$(field bundles.0.files <out)" 2
exits 3 "an update that is not here cannot be approved" ferry_export --point hq3 approve 00000000-0000-4000-8000-000000000000
exits 0 "one is approved" ferry_export --point hq3 approve "$one" --note "tested"
exits 0 "approved: the next bundle brings its payload" ferry_export --point hq3 export --site plant-1 --json -o approved-1
equal "a delta without documents, of one file" \
  "$(field bundles.0.kind <out) $(field bundles.0.puts <out) $(field bundles.0.files <out)" "delta 0 1"
new_site approving hq3
exits 0 "a site takes the full bundle and then the approved" ferry_import --point approving import approved-0 approved-1
exits 2 "and lacks nothing of the approved" ferry_import --point approving need
german=$(awk '$1 == "german" {print $2}' files) four=$(awk '$1 == "four" {print $2}' files)
ferry_export --point hq3 approve "$german" >/dev/null
exits 0 "another approval" ferry_export --point hq3 export --site plant-1 -o approved-german
sleep 1.1
ferry_export --point hq3 decline "$german" >/dev/null && ferry_export --point hq3 approve "$four" >/dev/null
exits 0 "and a third in its place" ferry_export --point hq3 export --site plant-1 -o approved-four
exits 0 "the later bundle comes first" ferry_import --point approving import approved-four
exits 14 "the earlier one is of no use any more" ferry_import --point approving import approved-german
equal "what was approved last counts" "$(python3 -c 'import sqlite3, uuid
for (update,) in sqlite3.connect("approving/catalog.db").execute("SELECT update_id FROM feed_approval WHERE until IS NULL"): print(uuid.UUID(bytes=update))' | sort)" \
  "$(printf '%s\n' "$one" "$four" | sort)"
ferry_export --point hq3 decline "$four" >/dev/null
exits 0 "declined again" ferry_export --point hq3 decline "$one"
exits 0 "the next full bundle carries it no more" ferry_export --point hq3 export --site plant-1 --full --json -o approved-2
equal "two EULAs" "$(field bundles.0.files <out)" 2

echo "# volumes"
exits 0 "files are cut where a volume is too small" ferry_export --point hq export --site plant-1 --full --volume-size 1MB -o cut
claim "no volume is too large" test "$(find cut -size +1000000c | wc -l)" = 0
claim "a file came in parts" grep -q '<part ' <(tar xOf cut/*_v01of*.ferry manifest.xml)
new_site cutting hq
exits 0 "and put together again" ferry_import --point cutting import cut
claim "sound" sound_store cutting
equal "all there" "$(stored cutting)" $((files + 3))
equal "no part is left" "$(find cutting/content -name '.*')" ""
exits 0 "into very many, if need be" ferry_export --point hq export --site plant-1 --full --volume-size 65536 -o tiny
claim "no volume is too large" test "$(find tiny -size +65536c | wc -l)" = 0
echo "# a store that changed under the exporter"
cp -r hq spoiled
printf x | dd of="spoiled/content/${lost:0:2}/$lost" conv=notrunc status=none
exits 1 "a payload file that has changed is not exported" ferry_export --point spoiled export --site plant-1 --full -o spoiled-stick
says "content $lost has changed" "it is named"
equal "nothing is left on the medium" "$(ls -A spoiled-stick)" ""
finish
