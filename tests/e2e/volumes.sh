#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bundle that does not fit on one medium: split, mixed up, copied twice, incomplete, looked at by a courier.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

"$GENERATE_CATALOG" --seed 11 --revisions 2000 --month 0 --quiet catalog
new_exporter hq updates "$work/catalog"
claim "2,000 revisions are synced" ferry_export --point hq sync --quiet
state=$(state_of "$FERRY_EXPORT" hq all)
trust=$work/hq/trust/trust-0001.xml

# Any limit that the largest chunk fits: several volumes, none above it.
for size in 64KiB 256KiB 512KiB 1MiB 2MiB; do
  bytes=$(numfmt --from=iec-i "${size%B}")
  code=0
  ferry_export --point hq export --site plant-1 --full --volume-size "$size" -o "v-$size" >out 2>err || code=$?
  if [ "$code" = 64 ]; then
    claim "$size: too small for a chunk is said, and by how much" grep -qE 'too small: chunks/[0-9]+\.zst .* needs [0-9]+; use a larger' err
    equal "$size: and nothing is written" "$(find "v-$size" -type f 2>/dev/null)" ""
    continue
  fi
  equal "$size: the export is done" "$code" 0
  equal "$size: no volume is larger than $bytes bytes" "$(find "v-$size" -name '*.ferry' -size +"$bytes"c)" ""
  new_site "s-$size" hq
  claim "$size: the $(find "v-$size" -name '*.ferry' | wc -l) volumes are imported" ferry_import --point "s-$size" import "v-$size"
  equal "$size: the state is the publisher's" "$(state_of "$FERRY_IMPORT" "s-$size" all)" "$state"
done

ferry_export --point hq export --site plant-1 --full --volume-size 1MiB -o set >out
count=$(find set -name '*.ferry' | wc -l)
claim "1 MiB gives several volumes ($count)" test "$count" -ge 2
equal "they are named with their number and count" "$(cd set && echo *_v01of*.ferry)" "$(printf 'all_plant-1_g0-g1_full_v01of%02d.ferry' "$count")"
ferry_export --point hq export --site plant-1 --full -o whole >out
chunks() { for volume in "$@"; do tar xf "$volume" -O --wildcards 'chunks/*'; done | sha256sum; }
equal "split or not, the chunks are the same" "$(chunks set/*.ferry)" "$(chunks whole/*.ferry)"

new_site backwards hq
mapfile -t reversed < <(find set -name '*.ferry' | sort -r)
claim "the volumes in reverse order are imported" ferry_import --point backwards import "${reversed[@]}"
equal "reverse order: the state is the publisher's" "$(state_of "$FERRY_IMPORT" backwards all)" "$state"

# Two sticks, one volume on both, and names that somebody changed.
mkdir stick-a stick-b
cp set/*.ferry stick-a && mv stick-a/*_v01of*.ferry stick-b/ && cp stick-a/*_v02of*.ferry stick-b/renamed.ferry
new_site sticks hq
keeps="bundle-*" refused 15 "one stick of two is not enough" sticks ferry_import --point sticks import stick-a
says "_v01of" "and the missing volume is named"
claim "both sticks are imported" ferry_import --point sticks import stick-a stick-b
equal "both sticks: the state is the publisher's" "$(state_of "$FERRY_IMPORT" sticks all)" "$state"

new_site incomplete hq
for n in $(seq 1 "$count"); do
  missing=$(printf 'all_plant-1_g0-g1_full_v%02dof%02d.ferry' "$n" "$count")
  rm -rf gap && mkdir gap && cp set/*.ferry gap && rm "gap/$missing"
  rm -rf gapped && cp -r incomplete gapped
  keeps="bundle-*" refused 15 "volume $n is missing" gapped ferry_import --point gapped import gap
  says "$missing" "and it is the one that is named"
done

# The same names, the same feed, another export: the two must not be taken for one set.
sleep 1.1
ferry_export --point hq export --site plant-1 --full --volume-size 1MiB -o again >out
rm -rf mixed && mkdir mixed && cp set/*_v01of*.ferry mixed && cp again/*.ferry mixed/ && cp set/*_v01of*.ferry mixed/
differs "two exports of one state differ in their manifests" "$(tar xf set/*_v01of*.ferry -O manifest.xml | sha256sum)" "$(tar xf again/*_v01of*.ferry -O manifest.xml | sha256sum)"
keeps="bundle-*" refused 15 "volumes of two exports are not mixed" incomplete ferry_import --point incomplete import mixed
mkdir both both/a both/b
cp set/* both/a && cp again/* both/b
exits 0 "both sets complete: one is applied" ferry_import --point incomplete import both/a both/b --json
holds "both sets complete: the other one was there already" "$work/out" 'sorted(b["result"] for b in d["bundles"]) == ["already", "applied"]'
equal "both sets complete: the state is the publisher's" "$(state_of "$FERRY_IMPORT" incomplete all)" "$state"

# The courier has no point.
export FERRY_POINT=$work/nowhere
exits 0 "verify with a trust file alone" ferry_import verify set --trust "$trust" --json
holds "it says sound" "$work/out" '[b["result"] for b in d["bundles"]] == ["sound"]'
exits 0 "inspect with a trust file alone" ferry_import inspect set --trust "$trust" --json
holds "it says valid and who signed" "$work/out" '[(b["signature"], len(b["signers"]), b["updates"], len(b["files"])) for b in d["bundles"]] == [("valid", 1, d["bundles"][0]["updates"], '"$count"')]'
exits 0 "inspect without a trust file" ferry_import inspect set
says "NOT CHECKED" "it says that nothing was checked"
exits 0 "inspect without a trust file, for scripts" ferry_import inspect set --json
holds "it says that nothing was checked, to scripts too" "$work/out" '[b["signature"] for b in d["bundles"]] == ["not checked"]'
exits 11 "verify without a trust file is refused" ferry_import verify set
exits 15 "verify names what is missing" ferry_import verify gap --trust "$trust"
exits 0 "inspect of one volume alone works" ferry_import inspect set/*_v02of*.ferry --trust "$trust"
cp set/*_v02of*.ferry broken.ferry
python3 -c 'f = open("broken.ferry", "r+b"); f.seek(-3000, 2); b = f.read(1); f.seek(-3000, 2); f.write(bytes([b[0] ^ 4]))'
cp -r set damaged && cp broken.ferry "$(echo damaged/*_v02of*.ferry)"
exits 15 "verify finds a flipped bit in a chunk" ferry_import verify damaged --trust "$trust"
says "chunks/" "and names the chunk"
says "offset" "and the place"
unset FERRY_POINT

# The medium is read-only and stays as it is, to the last time stamp.
listing() { (cd "$1" && find . -printf '%p %s %T@ %C@ %m\n' | sort && sha256sum ./*); }
cp -r set medium
listing medium >medium.before
chmod -R a-w medium
if [ "$(id -u)" = 0 ] && mount --bind medium medium 2>/dev/null && mount -o remount,bind,ro medium 2>/dev/null; then
  trap 'umount "$work/medium" 2>/dev/null; rm -rf "$work"' EXIT
  echo "# the medium is mounted read-only"
fi
new_site from-medium hq
claim "a read-only medium is verified" ferry_import --point from-medium verify medium
claim "a read-only medium is imported" ferry_import --point from-medium import medium
umount "$work/medium" 2>/dev/null
chmod -R u+w medium
equal "nothing on it has changed" "$(listing medium | sed 's/ [0-9.]* [0-7]*$//' | sha256sum)" "$(sed 's/ [0-9.]* [0-7]*$//' medium.before | sha256sum)"

finish
