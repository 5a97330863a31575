#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every way to be refused: the exit code is the promised one and nothing was changed.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sample_catalog catalog
sample_exporter hq "$work/catalog"
add_site hq plant-2 all

# Before anything was synced.
refused 3 "there is nothing to export before the first sync" hq ferry_export --point hq export --site plant-1 -o none

exits 0 "the first sync is done" ferry_export --point hq sync
exits 0 "the first export is done" ferry_export --point hq export --site plant-1 -o first
first=first/all_plant-1_g0-g1_full_v01of01.ferry
next_month catalog
exits 0 "the second sync is done" ferry_export --point hq sync
exits 0 "the second export is done" ferry_export --point hq export --site plant-1 -o second
second=second/all_plant-1_g1-g2_delta_v01of01.ferry

# Nothing to do.
exits 2 "nothing new at the sources" ferry_export --point hq sync
refused 2 "nothing new to export" hq ferry_export --point hq export --site plant-1 -o third
refused 2 "nothing new to preview" hq ferry_export --point hq preview plant-1
claim "and no directory is made for nothing" test ! -e third
refused 0 "a preview of a full bundle changes nothing" hq ferry_export --point hq preview plant-1 --full

# Usage.
refused 64 "an unknown option" hq ferry_export --point hq sync --frobnicate
refused 64 "no command" hq ferry_export --point hq
refused 64 "an unknown command" hq ferry_export --point hq frobnicate
refused 64 "a site and a feed at once" hq ferry_export --point hq export --site plant-1 --feed all -o none
refused 64 "neither site nor feed" hq ferry_export --point hq export -o none
refused 64 "no output directory" hq ferry_export --point hq export --site plant-1
refused 64 "a size that is none" hq ferry_export --point hq export --site plant-2 --volume-size much -o none
refused 64 "a volume size below the minimum" hq ferry_export --point hq export --site plant-2 --volume-size 1KiB -o none
refused 64 "a base that lies ahead" hq ferry_export --point hq export --site plant-1 --since 7 -o none
refused 64 "an id that is none" hq ferry_export --point hq show update-7
refused 64 "import of nothing" hq ferry_import --point hq import
sed 's/^content/contents/' hq/point.toml >wrong.toml
cp hq/point.toml right.toml && cp wrong.toml hq/point.toml
refused 64 "a key in point.toml that does not exist" hq ferry_export --point hq sync
says "contents" "and the key is named"
cp right.toml hq/point.toml

# Not found.
exits 3 "there is no such point" ferry_export --point nowhere status
exits 3 "the other program says the same" ferry_import --point nowhere status
refused 3 "there is no such site" hq ferry_export --point hq export --site plant-9 -o none
refused 3 "there is no such feed" hq ferry_export --point hq export --feed some -o none
refused 3 "there is no such source" hq ferry_export --point hq sync elsewhere
refused 3 "there is no such update" hq ferry_export --point hq show 00000000-0000-0000-0000-000000000001
refused 3 "there is nothing in the list" hq ferry_export --point hq list --text "no title says this"
claim "nothing was written by any of them" test ! -e none

# The site.
new_site site hq
mkdir empty
refused 3 "an empty directory" site ferry_import --point site import empty
refused 3 "a file that does not exist" site ferry_import --point site import nothing.ferry
refused 10 "a delta before its base" site ferry_import --point site import "$second"
says "'all_plant-1_g0-g1_full'" "the missing bundle is named"
new_site other hq plant-2
refused 13 "another site's bundle" other ferry_import --point other import "$first"
says "plant-1" "the right site is named"

sample_exporter stranger "$work/catalog"
ferry_export --point stranger sync >out
ferry_export --point stranger export --site plant-1 -o strange >out
refused 11 "a bundle of a publisher that this site does not trust" site ferry_import --point site import strange
new_site trusting-stranger stranger
refused 11 "a site that trusts somebody else" trusting-stranger ferry_import --point trusting-stranger import "$first"
refused 11 "verify says so too" site ferry_import --point site verify strange

refused 0 "a dry run changes nothing" site ferry_import --point site import --dry-run "$first"
refused 0 "a diff changes nothing" site ferry_import --point site diff "$first"

# One bit of one byte, all over the volume: front, headers, signature, trust file, chunk, padding, end.
logical_dump site >before.dump
python3 - "$first" >flips.txt <<'PYTHON'
import os, subprocess, sys, tarfile
path = sys.argv[1]
good = open(path, "rb").read()
places = {}
for member in tarfile.open(path):
    kind = member.name.split("/")[0].split(".")[0]
    start, size = member.offset_data, member.size
    places.setdefault("header of " + kind, []).extend(range(member.offset, start, 23))
    step = max(1, size // 30)
    places.setdefault(kind, []).extend([*range(start, start + size, step), start + size - 1])
    places.setdefault("padding of " + kind, []).extend(range(start + size, start + (size + 511) // 512 * 512, 67))
places["end"] = range(len(good) - 1024, len(good), 101)
for name, offsets in places.items():
    seen, wrong = {}, []
    for n, offset in enumerate(offsets):
        bad = bytearray(good)
        bad[offset] ^= 1 << n % 8
        open("flipped.ferry", "wb").write(bad)
        run = [os.environ["FERRY_IMPORT"], "--point", "site", "import", "flipped.ferry"]
        code = subprocess.run(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        seen[code] = seen.get(code, 0) + 1
        if code not in (11, 15): wrong.append((offset, code))
    print(f"{name}|{sum(seen.values())} positions|{wrong}|{seen}")
PYTHON
while IFS='|' read -r part count wrong codes; do
  echo "# $part: $count, exit codes $codes"
  equal "one flipped bit is refused with 11 or 15: $part, $count" "$wrong" "[]"
done <flips.txt
equal "all thirteen parts of the volume were tried" "$(wc -l <flips.txt)" 13
logical_dump site >after.dump
claim "after all of them the catalog is unchanged" cmp before.dump after.dump
equal "and the spool is empty" "$(ls -A site/spool)" ""
for cut in 0 1 511 512 4096 -1024 -1; do
  head -c "$cut" "$first" >cut.ferry
  refused 15 "a volume cut at $cut bytes" site ferry_import --point site import cut.ferry
done
{ cat "$first" && printf x; } >long.ferry
refused 15 "a volume with one byte more" site ferry_import --point site import long.ferry

# Applied, and then again.
exits 0 "the first bundle is imported" ferry_import --point site import "$first"
refused 14 "the same bundle again" site ferry_import --point site import "$first"
exits 0 "the delta is imported" ferry_import --point site import "$second"
refused 14 "the same delta again" site ferry_import --point site import "$second"
refused 14 "the old full bundle again" site ferry_import --point site import "$first"
refused 14 "both at once" site ferry_import --point site import first second
equal "the site has the state of the publisher" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# Volumes that are not there.
"$GENERATE_CATALOG" --seed 5 --revisions 1000 --month 0 --quiet generated
new_exporter many updates "$work/generated"
ferry_export --point many sync >out
exits 0 "a bundle in several volumes" ferry_export --point many export --site plant-1 --volume-size 512KiB -o volumes
new_site many-site many
mkdir gap && cp volumes/*.ferry gap && rm gap/*_v02of*.ferry
keeps="bundle-*" refused 15 "the second volume is missing" many-site ferry_import --point many-site import gap
says "_v02of" "and it is named"

# Two runs at once.
exec 9>>hq/lock
flock 9
exits 18 "sync while another run holds the point" ferry_export --point hq sync
exits 18 "export while another run holds the point" ferry_export --point hq export --all -o none
exits 0 "looking is possible meanwhile" ferry_export --point hq status
exec 9>&-
exec 9>>site/lock
flock 9
exits 18 "import while another run holds the point" ferry_import --point site import "$second"
exits 0 "looking is possible meanwhile, at the site" ferry_import --point site list
exec 9>&-
exits 14 "and when it has gone, the next run goes on" ferry_import --point site import "$second"

# Output that cannot be written.
touch plain-file
refused 1 "the output directory is a file" hq ferry_export --point hq export --site plant-2 -o plain-file
refused 1 "the output directory would be below a file" hq ferry_export --point hq export --site plant-2 -o plain-file/out
export_state() { ferry_export --point hq sites --json | grep -v age_seconds; }
export_state >state.before
mkdir full
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=16k ferry-test full 2>/dev/null; then
  trap 'umount full small 2>/dev/null; rm -rf "$work"' EXIT
  keeps="export-*" refused 17 "the medium is full" hq ferry_export --point hq export --site plant-2 -o full
  equal "and no volume stands on it" "$(find full -name '*.ferry' | wc -l)" 0
  equal "nor a part of one" "$(ls -A full)" ""
  export_state >state.after
  claim "what the site was sent has not moved on" cmp state.before state.after
  mount -o remount,size=1m full
  exits 0 "with more room the same command works" ferry_export --point hq export --site plant-2 -o full
  exits 0 "and the bundle is sound" ferry_import --point other import full

  mkdir small
  mount -t tmpfs -o size=1m ferry-test small
  new_site small/site many
  # Room enough for SQLite to open the catalog, not for the bundle.
  head -c $((4096 * $(stat -f -c %a small) - 262144)) /dev/zero >small/filler
  refused 17 "the site's disk is nearly full" small/site ferry_import --point small/site import volumes
  dump_digest small/site >small.before
  # The dump above leaves SQLite's shared memory file; a site at rest has none.
  find small/site -name 'catalog.db-wal' -size 0 -delete -o -name 'catalog.db-shm' -delete
  head -c 1m /dev/zero >small/filler2 2>/dev/null
  exits 17 "the site's disk is full to the last byte" ferry_import --point small/site import volumes
  rm small/filler2
  equal "the site's disk is full to the last byte: the catalog is unchanged" "$(dump_digest small/site)" "$(cat small.before)"
  rm small/filler
  mount -o remount,size=64m small
  exits 0 "with more room the same import works" ferry_import --point small/site import volumes
  equal "and ends in the publisher's state" "$(state_of "$FERRY_IMPORT" small/site all)" "$(state_of "$FERRY_EXPORT" many all)"
else
  skip "a full disk" "a small file system can only be mounted by root"
fi
# The kernel says no in the middle of it, after every check beforehand.
if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
  inject() { strace -f -o /dev/null -e "trace=$1" -e "inject=$1:error=$2:when=$3" "${@:4}"; }
  add_site hq plant-3 all
  ferry_export --point hq sync >out
  refused 17 "no space at the end of writing a volume" hq inject fsync ENOSPC 1 "$FERRY_EXPORT" --point hq export --site plant-3 -o injected
  equal "no space: no volume" "$(find injected -type f 2>/dev/null | wc -l)" 0
  refused 1 "the medium breaks when the volume is flushed" hq inject fsync EIO 1 "$FERRY_EXPORT" --point hq export --site plant-3 -o injected
  equal "medium breaks: no volume" "$(find injected -type f 2>/dev/null | wc -l)" 0
  refused 1 "the volume cannot get its name" hq inject rename EIO 1 "$FERRY_EXPORT" --point hq export --site plant-3 -o injected
  equal "no name: no volume" "$(find injected -name '*.ferry' 2>/dev/null | wc -l)" 0
  exits 0 "after all that the same export works" ferry_export --point hq export --site plant-3 -o injected
else
  skip "injected write errors" "strace cannot be used here"
fi

finish
