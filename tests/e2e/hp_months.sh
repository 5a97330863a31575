#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Five months of a real catalog: a full bundle and four deltas, and every way to lose or to mix up some of them.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# shellcheck source-path=SCRIPTDIR source=../support/hp.sh
. "$FERRY_SOURCE_ROOT/tests/support/hp.sh"
if [ ! -f "$v2" ]; then
  skip "the HP catalog month by month" "no ../shared/data/hp-scup"
  finish
  exit
fi

volume_bytes() { du -b --apparent-size -c "$@" | tail -n 1 | cut -f 1; }

days=(2018-10-01 2018-11-01 2018-12-01 2019-01-01 2019-02-25)
counts=(896 951 1019 1041 1829)
new_exporter hq scup "$work/catalog"
states=()
for i in 0 1 2 3 4; do
  g=$((i + 1))
  as_of "${days[i]}" "$work/catalog"
  claim "generation $g, as of ${days[i]}, is synced" ferry_export --point hq sync
  ferry_export --point hq status --json >status.json
  equal "generation $g has ${counts[i]} updates" "$(json status.json '[(f["generation"], f["updates"]) for f in d["feeds"]]')" "[($g, ${counts[i]})]"
  states+=("$(state_of "$FERRY_EXPORT" hq all)")
  claim "generation $g: the bundle with the default base" ferry_export --point hq export --site plant-1 -o default
  if [ "$g" = 1 ]; then
    claim "generation 1: the full bundle" ferry_export --point hq export --feed all -o tight
    continue
  fi
  claim "generation $g: the delta since generation $i" ferry_export --point hq export --feed all --since "$i" -o tight
  if [ "$g" -gt 2 ]; then
    claim "generation $g: the delta since generation $((i - 1))" ferry_export --point hq export --feed all --since $((i - 1)) -o wide
  fi
  ferry_export --point hq export --feed all --full -o full >/dev/null
  delta=$(volume_bytes tight/all_g"$i"-g"$g"_delta_*.ferry)
  full=$(volume_bytes full/all_g0-g"$g"_full_*.ferry)
  echo "# generation $g: delta of $delta bytes, full of $full, $((100 * delta / full)) %"
  if [ "$g" -lt 5 ]; then
    claim "generation $g: the delta has less than a fifth of the full" test $((5 * delta)) -lt "$full"
  else
    claim "generation $g: the delta, 788 new of 1,829, is smaller than the full by a quarter" test $((4 * delta)) -lt $((3 * full))
  fi
done
final=${states[4]}
equal "five generations, five states" "$(printf '%s\n' "${states[@]}" | sort -u | wc -l)" 5

# In order, one at a time.
new_site in-order hq
for g in 1 2 3 4 5; do
  claim "in order: generation $g is imported" ferry_import --point in-order import tight/all_g$((g - 1))-g"$g"_*.ferry
  equal "in order: the site has the state of generation $g" "$(state_of "$FERRY_IMPORT" in-order all)" "${states[g - 1]}"
done
ferry_import --point in-order status --json >status.json
equal "in order: the site has 1,829 updates" "$(json status.json '[f["updates"] for f in d["feeds"]]')" "[1829]"

# One delta is lost on the way.
for lost in 2 3 4; do
  site=lost-$lost
  new_site "$site" hq
  for g in $(seq 1 $((lost - 1))); do
    ferry_import --point "$site" import tight/all_g$((g - 1))-g"$g"_*.ferry >/dev/null
  done
  next=$((lost + 1))
  refused 10 "without delta $lost, the tight one after it is refused" "$site" \
    ferry_import --point "$site" import tight/all_g"$lost"-g"$next"_*.ferry
  says "'all_g$((lost - 1))-g${lost}_delta'" "and names the bundle that is missing"
  claim "without delta $lost, one with an older base is imported" ferry_import --point "$site" import wide/all_g$((lost - 1))-g"$next"_*.ferry
  equal "and gives the state of generation $next" "$(state_of "$FERRY_IMPORT" "$site" all)" "${states[next - 1]}"
  [ "$next" = 5 ] || claim "without delta $lost, the rest follows" ferry_import --point "$site" import tight
  equal "without delta $lost, the end is the same" "$(state_of "$FERRY_IMPORT" "$site" all)" "$final"
done

# The default bases: four drops back.
new_site patient hq
claim "default bases: the first full" ferry_import --point patient import default/all_plant-1_g0-g1_full_v01of01.ferry
claim "default bases: the last delta alone" ferry_import --point patient import default/all_plant-1_g1-g5_delta_v01of01.ferry
equal "default bases: the end is the same" "$(state_of "$FERRY_IMPORT" patient all)" "$final"

new_site folder hq
claim "a whole folder at once is imported" ferry_import --point folder import tight
equal "a whole folder at once: the end is the same" "$(state_of "$FERRY_IMPORT" folder all)" "$final"

new_site late hq
claim "a site that begins late takes the last full" ferry_import --point late import full/all_g0-g5_full_v01of01.ferry
equal "a site that begins late: the end is the same" "$(state_of "$FERRY_IMPORT" late all)" "$final"

# All of them as they come out of the bag. The seed makes a failure repeatable.
for seed in 1 2; do
  mapfile -t order < <(python3 -c 'import glob,random,sys; files = sorted(glob.glob("tight/*.ferry") + glob.glob("wide/*.ferry") + glob.glob("default/*.ferry")); random.Random(int(sys.argv[1])).shuffle(files); print("\n".join(files))' "$seed")
  new_site "mixed-$seed" hq
  # What is not accepted as base now is not imported by a later volume either; only the worst code says so.
  code=0
  ferry_import --point "mixed-$seed" import "${order[@]}" >out 2>&1 || code=$?
  equal "shuffled with seed $seed in one call: the end is the same" "$(state_of "$FERRY_IMPORT" "mixed-$seed" all)" "$final"
  claim "shuffled with seed $seed in one call: done, or said what was there already ($code)" test "$code" = 0 -o "$code" = 14

  new_site "single-$seed" hq
  odd=
  for file in "${order[@]}"; do
    code=0
    before=$(dump_digest "single-$seed")
    ferry_import --point "single-$seed" import "$file" >out 2>&1 || code=$?
    case $code in
      0) ;;
      10 | 14) [ "$before" = "$(dump_digest "single-$seed")" ] || odd="$odd $file:changed" ;;
      *) odd="$odd $file:$code" ;;
    esac
  done
  equal "shuffled with seed $seed one by one: each is applied, or refused and nothing changed" "$odd" ""
  ferry_import --point "single-$seed" import tight >out 2>&1
  equal "shuffled with seed $seed one by one, then the folder: the end is the same" "$(state_of "$FERRY_IMPORT" "single-$seed" all)" "$final"
done

finish
