#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What timers start, on both sides: sync, drop, import, and again; bundles that arrive slowly, are damaged, forged or for
# somebody else; what stays in the drop folders.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

schedule() { printf '[schedule]\n%s\n' "$2" >>"$1/point.toml"; }
files() { find "$1" -type f -printf '%f\n' | sort | tr '\n' ' '; }
events() { grep -c "\"event\":\"$2\"" "$1/log/audit.jsonl"; }
run_site() { ferry_import --point site run --json; }
# found FILE-PATTERN KEY: what the last run said of the bundle with such a file.
found() { json out "[b['$2'] for b in d['bundles'] if any('$1' in f for f in b['files'])][0]"; }

echo "# the connected side"
sample_catalog catalog
sample_exporter hq "$work/catalog"
exits 64 "a run without a drop folder makes no sense" ferry_export --point hq run
says "drop-folder" "and says what is missing"
schedule hq "drop-folder = \"$work/drop\"
keep = 2"
add_site hq plant-2 all
printf 'drop-folder = "%s"\n' "$work/own" >>hq/point.toml
exits 1 "folders that are not there are not made: a share may not be mounted" ferry_export --point hq run
says "there is no drop folder" "and that is said"
equal "nor is anything written" "$(ls)" "$(printf 'catalog\nerr\nhq\nout')"
mkdir drop
exits 1 "a site that fails is an error" ferry_export --point hq run --json
holds "that keeps no other site from its bundle" out \
  "[(s['site'], s['result']) for s in d['sites']] == [('plant-1', 'exported'), ('plant-2', 'failed')]"
mkdir own
exits 0 "once its folder is there it gets its bundle" ferry_export --point hq run --json
holds "and the other one has it already" out "[s['result'] for s in d['sites']] == ['nothing', 'exported']"
equal "a site's own folder is its folder" "$(files own)" "all_plant-2_g0-g1_full.html all_plant-2_g0-g1_full_v01of01.ferry "
exits 2 "a second run finds nothing to do" ferry_export --point hq run
equal "every run has its line in the log" "$(events hq run)" 4
equal "and every export, the failed ones too" "$(events hq export)" 5
exits 18 "a run that finds the point in use says so" flock hq/lock "$FERRY_EXPORT" --point hq run

echo "# a part of the catalog cannot be read"
printf 'no document' >catalog/updates/broken.xml
exits 4 "what can be read is exported all the same, and the run ends with 4" ferry_export --point hq run
rm catalog/updates/broken.xml

echo "# the disconnected side"
new_site site hq
exits 64 "a run without a drop folder makes no sense" ferry_import --point site run
schedule site "drop-folder = \"$work/in\""
exits 3 "a folder that is not there is not found" ferry_import --point site run
mkdir in
exits 2 "an empty one is nothing to do" ferry_import --point site run
cp drop/plant-1/* in/
exits 0 "what arrived is taken" run_site
equal "it is said which" "$(found full result)" applied
equal "the site has the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"
exits 2 "and not taken twice" run_site
exits 18 "a run that finds the point in use says so" flock site/lock "$FERRY_IMPORT" --point site run

echo "# a bundle that comes slowly"
next_month catalog
sed -i '/^keep = /a volume-size = "700KB"\nparity = "1"' hq/point.toml
"$GENERATE_CATALOG" --seed 5 --revisions 1500 --month 0 --quiet more
add_source hq more updates "$work/more"
exits 0 "a larger bundle, in several volumes" ferry_export --point hq run --quiet
volumes=$(find drop/plant-1 -name '*delta*.ferry' | wc -l)
claim "there are several" test "$volumes" -gt 2
mapfile -t parts < <(find drop/plant-1 -name '*delta*.ferry' | sort)
cp "${parts[0]}" in/.upload.tmp
exits 2 "a file under a temporary name is no bundle" run_site
mv in/.upload.tmp in/arriving.ferry.part
exits 2 "nor under another one" run_site
rm in/arriving.ferry.part
head -c 300 "${parts[0]}" >"in/$(basename "${parts[0]}")"
logical_dump site | grep -v '^drop_file' >before
exits 2 "the first bytes of a volume wait" run_site
equal "and are no refusal" "$(found delta result)" waiting
head -c 30000 "${parts[0]}" >"in/$(basename "${parts[0]}")"
exits 2 "half of a volume waits" run_site
equal "with what is missing" "$(found delta result)" waiting
cp "${parts[0]}" "${parts[1]}" in/
exits 2 "a set that lacks volumes waits" run_site
touch -d '2 hours ago' in/*delta*
exits 2 "also when no more comes for hours" run_site
equal "it is still no refusal" "$(found delta result)" waiting
exits 2 "and it is not read again for nothing" run_site
equal "but told" "$(found delta import)" None
ferry_import --point site status --json >status.json
holds "status lists it" status.json "[f['result'] for f in d['drop_folder']] == ['applied', 'waiting']"
logical_dump site | grep -v '^drop_file' >after
claim "the catalog is as it was" cmp before after
cp "${parts[@]}" in/
exits 0 "the rest completes it" run_site
equal "the site has the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

echo "# bundles that are refused"
sed -i '/^volume-size/d; /^parity/d' hq/point.toml
"$GENERATE_CATALOG" --seed 6 --revisions 50 --month 0 --quiet most
add_source hq most updates "$work/most"
exits 0 "the next bundle" ferry_export --point hq run --quiet
next=$(find drop/plant-1 -name '*-g3_*.ferry')
name=$(basename "$next")
cp "$next" "in/$name"
printf 'XXXX' | dd of="in/$name" bs=1 seek=$(($(stat -c %s "$next") - 3000)) conv=notrunc status=none
exits 2 "damage in a file that was just written may be a copy under way" run_site
equal "it waits" "$(found "$name" result)" waiting
touch -d '2 hours ago' "in/$name"
exits 15 "damage in a file that nobody writes to any more is damage" run_site
equal "it is refused" "$(found "$name" result)" refused
equal "the log has it once" "$(grep -c '"result":"refused"' site/log/audit.jsonl)" 1
exits 2 "the next run has nothing new to tell" run_site
equal "it did not read the bundle again" "$(found "$name" import)" None
equal "and says why it lies there" "$(found "$name" code)" 15
ferry_import --point site run >out 2>err
says "refused" "people are told, too"
ferry_import --point site status >out 2>err
says "$name" "and status names it"
cp "$next" "in/$name"
exits 0 "a good copy is taken" run_site
cp own/*-g3_* in/
exits 2 "a bundle for another site is none of ours" run_site
equal "and is called that" "$(found plant-2 result)" other-site
new_exporter foe updates "$work/catalog/updates" >out
ferry_export --point foe sync >out
ferry_export --point foe export --site plant-1 -o forged >out
cp forged/*.ferry in/forged_v01of01.ferry
printf 'not a bundle' >in/junk.ferry
touch -d '2 hours ago' in/junk.ferry
exits 11 "what keys of a stranger signed is told, before all else" run_site
equal "it is refused" "$(found forged code)" 11
equal "and junk as damaged" "$(found junk code)" 15
exits 2 "each once" run_site
exits 11 "a run that forgets looks again" ferry_import --point site run --forget
claim "the catalog is sound" ferry_import --point site check

echo "# an import that was taken back"
ferry_import --point site undo >out
state=$(state_of "$FERRY_IMPORT" site all)
exits 2 "is not repeated by a timer" run_site
equal "the bundle is called that" "$(found "$name" result)" undone
equal "and the site stays where it was put" "$(state_of "$FERRY_IMPORT" site all)" "$state"
ferry_import --point site run --forget >out 2>&1
equal "until somebody says so" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

echo "# what stays in the folders"
equal "two bundles stay at the exporter" "$(find drop/plant-1 -name '*.ferry' | sed 's/_v..of...ferry//' | sort -u | wc -l)" 2
cp forged/*.ferry drop/plant-1/foreign_v01of01.ferry
printf 'mine' >drop/plant-1/notes.txt
sed -i 's/^keep = .*/keep = 1/' hq/point.toml
exits 0 "fewer are kept" ferry_export --point hq run
says "removed all_plant-1_g" "it is said what goes"
equal "ours and its parity files are gone, others' stay" "$(files drop/plant-1)" "${name%_v01of01.ferry}.html $name foreign_v01of01.ferry notes.txt "
sed -i 's/^drop-folder.*/&\nafter-import = "remove"/' site/point.toml
exits 2 "a site may clear its folder" run_site
claim "what is refused stays" test -e in/junk.ferry
equal "what was applied goes" "$(find in -name 'all_plant-1*' | wc -l)" 0
exits 2 "and the next run is not surprised" run_site
finish
