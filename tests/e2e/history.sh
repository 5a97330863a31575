#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looking back: what changed between two generations, what a feed held at one, and what a prune makes impossible.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# What a point lists of a generation, or of now.
ids() { "$1" --point "$2" list --feed all "${@:3}" --json | python3 -c 'import json,sys; print(sorted((u["id"], u["revision"]) for u in json.load(sys.stdin)["updates"]))'; }

# Seven generations: the sample's two months, then a document that comes and goes.
sample_catalog catalog
sample_exporter hq "$work/catalog"
add_site hq plant-2 all
mv catalog/updates/0fa1201d-4330-4fa8-8ae9-b877473b6441-r100.xml guest.xml
for month in 1 2 3 4 5 6 7; do
  case $month in
    1) ;;
    2) next_month catalog ;;
    *) if [ $((month % 2)) = 0 ]; then rm catalog/updates/guest.xml; else cp guest.xml catalog/updates/guest.xml; fi ;;
  esac
  ferry_export --point hq sync >out 2>&1
  ids "$FERRY_EXPORT" hq >"held.$month"
  ferry_export --point hq export --site plant-1 -o "drop.$month" >out
  [ "$month" != 1 ] || ferry_export --point hq export --site plant-2 -o first >out
done
generation=$(ferry_export --point hq feeds --json >f.json && json f.json "d['feeds'][0]['generation']")
equal "the feed has seven generations" "$generation" 7
new_site site hq
claim "the site takes the first one" ferry_import --point site import drop.1
claim "and a bundle that leads over several" ferry_import --point site import drop.3 drop.4
cp -r site late

for n in 1 2 4 7; do
  equal "list --generation $n shows what was listed then" "$(ids "$FERRY_EXPORT" hq --generation "$n")" "$(cat held.$n)"
done
exits 0 "what changed in the second month" ferry_export --point hq diff --feed all --from 1 --to 2 --json
holds "it is new, changed, expired and removed" out "all(d['changes'][k] for k in ('new', 'changed', 'expired', 'removed'))"
cp out hq.diff
exits 0 "people are told in words" ferry_export --point hq diff --feed all --from 1 --to 2
says "expired  " "with titles"
exits 0 "a document that came and went in between is no change" ferry_export --point hq diff --feed all --from 4 --to 6 --json
holds "nothing changed" out "not any(d['changes'].values())"
exits 0 "from before everything to now" ferry_export --point hq diff --feed all --from 0 --json
holds "all is new" out "d['to'] == 7 and len(d['changes']['new']) == len({u for u in d['changes']['new']}) > 20 and not d['changes']['removed']"
exits 0 "the site tells what a bundle brought after it was merged" ferry_import --point site diff --feed all --from 1 --to 3 --json
holds "with the states of both ends" out "d['from_state'] != d['to_state'] and d['followed']"
exits 3 "a generation that was not reached" ferry_export --point hq diff --feed all --from 1 --to 8
says "was not reached yet; known are 1 to 7" "the known range is said"
exits 3 "a generation that a bundle led over" ferry_import --point site list --feed all --generation 2
says "passed over" "and why it is not known"
exits 3 "a feed that is not there" ferry_import --point site diff --feed none --from 1
exits 64 "generations and bundles exclude each other" ferry_import --point site diff drop.1 --feed all --from 1
exits 64 "neither makes no sense" ferry_import --point site diff
exits 64 "--from needs a feed" ferry_import --point site diff --from 1
exits 64 "back to front" ferry_export --point hq diff --feed all --from 3 --to 1
exits 64 "a feed without --from" ferry_export --point hq diff --feed all
exits 64 "a generation needs a feed" ferry_export --point hq list --generation 1
exits 64 "products have no generation" ferry_export --point hq list products --feed all --generation 1
exits 0 "diff of a bundle stays as it was" ferry_import --point site diff drop.5

# Prune at the exporter.
exits 2 "the default keeps 64 generations" ferry_export --point hq prune
printf '[retain]\ngenerations = 3\n' >>hq/point.toml
refused 0 "a dry run" hq ferry_export --point hq prune --dry-run --json
holds "says what would go" out "d['feeds'][0]['oldest'] == 5 and d['feeds'][0]['generations'] == 4 and d['documents'] > 0"
exits 0 "to people it says what would be impossible" ferry_export --point hq prune --dry-run
says "export --since below 5" "deltas from before"
says "a delta for site 'plant-2', which starts at generation 1" "the site whose base goes, by name"
state=$(state_of "$FERRY_EXPORT" hq all)
exits 0 "the prune" ferry_export --point hq prune
says "no longer possible:" "says what became impossible"
says "the oldest known generation is 5" "and what is left"
says " freed" "and the space it freed"
equal "the state is what it was" "$(state_of "$FERRY_EXPORT" hq all)" "$state"
claim "the catalog is sound" ferry_export --point hq check
exits 2 "pruned twice there is nothing left to do" ferry_export --point hq prune
equal "the spool is empty" "$(ls -A hq/spool)" ""
exits 3 "what was pruned cannot be listed" ferry_export --point hq list --feed all --generation 4
says "was pruned; known are 5 to 7" "and why"
equal "what was kept can" "$(ids "$FERRY_EXPORT" hq --generation 5)" "$(cat held.5)"
exits 3 "a delta from before is not there" ferry_export --point hq export --site plant-1 --since 4 -o since
exits 0 "one from a kept generation is" ferry_export --point hq export --site plant-1 --since 5 -o since
exits 0 "a site whose base was pruned" ferry_export --point hq export --site plant-2 -o second
says "generation 1 of feed 'all', where the delta would start, was pruned" "is told so"
claim "and gets a full bundle" test -n "$(find second -name '*_full_*')"
# Of the last four bundles of plant-1 the oldest led to generation 6, since those above count too.
rm catalog/updates/guest.xml
ferry_export --point hq sync >out 2>&1
exits 0 "a site whose base was kept" ferry_export --point hq export --site plant-1 -o drop.8
claim "goes on with deltas" test -n "$(find drop.8 -name '*_delta_*')"

# Prune at the site.
printf '[retain]\ngenerations = 1\n' >>site/point.toml
exits 0 "the site's prune, tried" ferry_import --point site prune --dry-run
says "undo of " "says that imports cannot be undone afterwards"
exits 0 "the site's prune" ferry_import --point site prune --json
holds "names them" out "'all_plant-1_g1-g3_delta' in d['feeds'][0]['undo_is_lost']"
claim "its catalog is sound" ferry_import --point site check
refused 13 "an import whose past was pruned is not undone" site ferry_import --point site undo
says "was pruned" "and why"
for point in site late; do
  claim "bundles go on as before ($point)" ferry_import --point "$point" import drop.5 drop.6 drop.7
done
equal "to the same state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_IMPORT" late all)"
claim "what came since can be undone" ferry_import --point site undo

# Killed at any point, a prune is done or not.
for n in 1 2 3 4 5 6; do
  rm -rf copy && cp -r late copy && printf '[retain]\ngenerations = 2\n' >>copy/point.toml
  code=0
  { FERRY_CRASH_AT=$n "$FERRY_IMPORT" --point copy prune >out 2>err || code=$?; } 2>/dev/null
  [ "$code" != 0 ] || break
  equal "killed at point $n ($(sed -n 's/.*crash at //p' err))" "$code" 137
  claim "the catalog is sound" ferry_import --point copy check
  kept=$(ferry_import --point copy list --feed all --generation 1 >out 2>&1 && echo old || echo new)
  equal "old before the commit, new after it" "$kept" "$([ "$n" -le 3 ] && echo old || echo new)"
  code=0
  ferry_import --point copy prune >out 2>&1 || code=$?
  claim "run again it finishes (exit code $code)" test "$code" = 0 -o "$code" = 2
  equal "in the same state" "$(state_of "$FERRY_IMPORT" copy all)" "$(state_of "$FERRY_IMPORT" late all)"
done
claim "it was killed at five points" test "$n" = 6

finish
