#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bundles on several media, one after the other, damaged and repaired; imports that are cut off and go on.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
stored() { find "$1/content" -type f ! -name '.*' | wc -l; }
# hurt SEED PER-MILLE FILE...: zeroes so many of the sectors, and prints how many.
hurt() {
  python3 - "$@" <<'PYTHON'
import random, sys
source, share, lost = random.Random(int(sys.argv[1])), int(sys.argv[2]) / 1000, 0
for path in sys.argv[3:]:
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        for at in range(0, len(data), 2048):
            if source.random() < share:
                data[at:at + 2048] = bytes(len(data[at:at + 2048]))
                lost += 1
        file.seek(0)
        file.write(data)
print(lost)
PYTHON
}

payload catalog one:1500000 two:2600000 three:700000 four:900000 five:400000 >files
new_exporter hq updates "$work/catalog/updates"
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >/dev/null
ferry_export --point hq content add catalog/content >/dev/null
new_site empty hq

echo "# volume after volume"
exits 0 "four volumes" ferry_export --point hq export --site plant-1 --volume-size 2MB -o all
says "safe to remove" "it says when the medium may go"
equal "there are four" "$(find all -name '*.ferry' | wc -l)" 4
for i in 1 2 3 4; do mkdir "medium-$i" && cp all/*_v0"$i"of04.ferry "medium-$i/"; done
cp -r empty site
exits 15 "the third medium alone" ferry_import --point site import medium-3
says "_v01of04.ferry" "what is missing is named"
says "insert the medium" "and what to do"
ferry_import --point site list >out 2>&1
equal "nothing is in the catalog" "$(ferry_import --point site status --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["feeds"]))')" 0
exits 15 "then the first" ferry_import --point site import medium-1
exits 15 "the first again changes nothing" ferry_import --point site import medium-1
printf x | dd of="$(echo medium-4/*.ferry)" bs=1 seek=500000 conv=notrunc status=none
exits 15 "the fourth is damaged" ferry_import --point site import medium-4
says "_v04of04.ferry" "it is named"
exits 15 "the second" ferry_import --point site import medium-2
says "missing of 4 volumes: all_plant-1_g0-g1_full_v04of04.ferry" "only the damaged one is missing now"
mkdir other && cp -r hq other-hq && ferry_export --point other-hq export --site plant-1 --full --volume-size 2MB -o other >/dev/null
exits 15 "a disc of another export is told from ours" ferry_import --point site import other/*_v04of04.ferry
says "missing of 4 volumes" "its other volumes are missing"
cp all/*_v04of04.ferry medium-4/
exits 0 "a good copy of the last one completes it" ferry_import --point site import medium-4
equal "all files are there" "$(stored site)" 5
exits 0 "and sound" ferry_import --point site content check
equal "nothing of the bundle is left in the spool" "$(find site/spool -name 'bundle-*' | wc -l)" 1
exits 14 "all at once afterwards is applied already" ferry_import --point site import all

echo "# what was read is damaged since"
cp -r empty faulty
ferry_import --point faulty import medium-1 medium-2 >/dev/null 2>&1
part=$(find faulty/content -name '.*.parts' | head -n 1)
claim "a part of a file is there" test -n "$part"
printf x | dd of="$part" bs=1 seek=1000 conv=notrunc status=none
exits 15 "the file is not right when its parts are put together" ferry_import --point faulty import medium-3 medium-4
says "run the import again with all volumes" "it says what to do"
exits 0 "and that helps" ferry_import --point faulty import all
exits 0 "all is sound" ferry_import --point faulty content check

echo "# what was read is not read again"
cp -r empty again
ferry_import --point again import medium-1 medium-2 medium-3 >/dev/null 2>&1
if command -v strace >/dev/null && strace -f -o trace -e trace=read,openat "$FERRY_IMPORT" --point again import all >/dev/null 2>&1; then
  read_bytes() { python3 - trace "$1" <<'PYTHON'
import re, sys
fds, total = {}, 0
for line in open(sys.argv[1]):
    opened = re.search(r'openat\(.*"([^"]*)".*\) = (\d+)$', line)
    if opened: fds[opened.group(2)] = opened.group(1)
    got = re.search(r'read\((\d+),.*\) = (\d+)$', line)
    if got and sys.argv[2] in fds.get(got.group(1), ""): total += int(got.group(2))
print(total)
PYTHON
  }
  claim "of the first volume only the front is read" test "$(read_bytes _v01of04)" -lt 100000
  claim "the fourth is read whole" test "$(read_bytes _v04of04)" -ge "$(($(stat -c %s all/*_v04of04.ferry) - 600000))"
else
  skip "what was read is not read again" "strace is missing or may not trace"
fi
equal "it is complete" "$(stored again)" 5

echo "# cut off in the middle"
cp -r empty cut
n=0 killed=0
while [ "$n" -lt 60 ]; do
  n=$((n + 1))
  code=0
  { FERRY_CRASH_AT=$n "$FERRY_IMPORT" --point cut import all >/dev/null 2>&1 || code=$?; } 2>/dev/null
  [ "$code" = 137 ] || break
  killed=$((killed + 1))
  "$FERRY_IMPORT" --point cut check >/dev/null || fail "point $n: the catalog is sound"
done
equal "an import that is killed at one point after the other ends all the same" "$code" 0
claim "it was killed often ($killed times)" test "$killed" -ge 3
equal "everything is there" "$(stored cut)" 5
exits 0 "and sound" ferry_import --point cut content check

echo "# other volumes"
exits 0 "the same bundle in smaller volumes" ferry_export --point hq split all --volume-size 1MB --parity 1 -o smaller
claim "none is larger" test "$(find smaller -size +1000000c | wc -l)" = 0
cp -r empty split-site
exits 0 "a site takes it" ferry_import --point split-site import smaller
equal "all is there" "$(stored split-site)" 5
exits 0 "or in one" ferry_export --point hq split smaller --volume-size dvd -o single
equal "one volume" "$(find single -name '*.ferry' | wc -l)" 1
exits 14 "which the site has already" ferry_import --point split-site import single
cp -r hq rotated-hq && ferry_export --point rotated-hq trust rotate >/dev/null
exits 0 "after a rotation too" ferry_export --point rotated-hq split single --volume-size cd -o rotated
equal "signed by the new key alone" "$(tar tf rotated/*.ferry | grep -c ^signatures/)" 1
exits 0 "which is taken" ferry_import --point empty verify rotated --trust hq/trust/trust-0001.xml
exits 64 "not over the bundle itself" ferry_export --point hq split single --volume-size cd -o single
rm smaller/*_v02of*
exits 15 "nor from a part of it" ferry_export --point hq split smaller --volume-size cd -o part
equal "nothing is left in the spool" "$(ls -A hq/spool)" ""

echo "# an export that is cut off"
cp -r hq cut-hq
n=0 killed=0 resumed=0
while [ "$n" -lt 60 ]; do
  n=$((n + 1))
  code=0
  { FERRY_CRASH_AT=$n "$FERRY_EXPORT" --point cut-hq export --site plant-1 --full --volume-size 2MB -o cut-stick >cut.out 2>&1 || code=$?; } 2>/dev/null
  resumed=$((resumed + $(grep -c "written by an earlier run" cut.out)))
  [ "$code" = 137 ] || break
  killed=$((killed + 1))
done
equal "an export that is killed at one point after the other ends all the same" "$code" 0
claim "it was killed often ($killed times)" test "$killed" -ge 5
claim "volumes of earlier runs were gone on with" test "$resumed" -ge 1
exits 0 "the bundle is sound" ferry_import --point site verify cut-stick
equal "nothing else is left on the medium but its report" "$(find cut-stick -type f ! -name '*_v0?of04.ferry')" cut-stick/all_plant-1_g0-g1_full.html
equal "nothing is left in the spool" "$(ls -A cut-hq/spool)" ""
cp -r empty resumed
exits 0 "and is taken" ferry_import --point resumed import cut-stick
mkdir small
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=5m ferry-test small 2>/dev/null; then
  trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
  exits 17 "a medium that is too small for all is refused before anything is written" ferry_export --point hq export --site plant-1 --full --volume-size 2MB -o small
  equal "nothing is on it" "$(ls -A small)" ""
  umount small
else
  skip "a medium that is too small" "it takes root and tmpfs"
fi

echo "# parity: sectors"
exits 0 "a bundle with parity against 5 % of lost sectors" ferry_export --point hq export --site plant-1 --full --parity 5% -o sectors
says "of parity" "it says what it costs"
cp -r sectors scratched
claim "sectors are lost" test "$(hurt 1 50 scratched/*)" -gt 50
exits 15 "verify finds the damage" ferry_import --point empty verify scratched
says "bytes at offset" "says where"
says "parity repairs that" "and that it can be repaired"
sha256sum scratched/* >before
cp -r empty repaired
exits 0 "import repairs it" ferry_import --point repaired import scratched
says "the medium is failing" "and warns"
claim "the medium was not written" sha256sum -c --quiet before
exits 0 "all is sound" ferry_import --point repaired content check
equal "all is there" "$(stored repaired)" 5
equal "no private copy is left" "$(ls -A repaired/spool)" ""
cp -r empty warned
exits 16 "with --warn-on-repair it ends with 16" ferry_import --point warned import scratched --warn-on-repair
exits 0 "repair writes whole volumes" ferry_import repair scratched -o whole
claim "byte for byte" cmp whole/*.ferry sectors/*.ferry
exits 2 "of a sound bundle there is nothing to repair" ferry_import repair sectors -o nothing
cp -r sectors ruined
hurt 2 400 ruined/*.ferry >/dev/null
exits 15 "beyond the limit it is refused" ferry_import --point empty import ruined
exits 15 "and verify says so" ferry_import --point empty verify ruined
exits 15 "so does repair" ferry_import repair ruined -o hopeless
says "damaged beyond repair" "it names the volume"
equal "nothing is written" "$(find hopeless -name '*.ferry')" ""

echo "# parity: the only volume is lost"
ferry_export --point hq export --site plant-1 --full --parity 1 -o alone >/dev/null
rm alone/*.ferry
exits 15 "verify says what is missing" ferry_import --point empty verify alone
says "parity repairs that" "and that it can be repaired"
cp -r empty alone-site
exits 0 "import repairs it" ferry_import --point alone-site import alone
equal "all is there" "$(stored alone-site)" 5
exits 64 "volumes that are too small for their parity" ferry_export --point hq export --site plant-1 --full --volume-size 65536 --parity 1 -o too-small

echo "# parity: volumes"
exits 0 "nine files, eight volumes and one of parity" ferry_export --point hq export --site plant-1 --full --volume-size 1MB --parity 1 -o nine
claim "none is larger than the medium" test "$(find nine -size +1000000c | wc -l)" = 0
for lost in nine/*; do
  rm -rf eight && cp -r nine eight && rm "eight/$(basename "$lost")"
  rm -rf "lost" && cp -r empty lost
  exits 0 "without $(basename "$lost")" ferry_import --point lost import eight
  equal "without $(basename "$lost"): all is there" "$(stored lost)" 5
done
exits 0 "a lost volume comes back" ferry_import repair eight -o back
rm eight/*_v01of* eight/*_v02of*
exits 15 "two are lost" ferry_import --point empty import eight
says "_v02of" "they are named"
for junk in "" x "$(head -c 5000 nine/*.parity | tr -d '\0')"; do
  rm -rf junk && cp -r nine junk && printf '%s' "$junk" >"$(echo junk/*.parity)"
  rm -rf lost && cp -r empty lost
  exits 0 "parity files of junk do no harm" ferry_import --point lost import junk
done
for bad in 0 9 0% 21% 5.5% x ""; do
  exits 64 "--parity '$bad'" ferry_export --point hq export --site plant-1 --full --parity "$bad" -o bad
done
finish
