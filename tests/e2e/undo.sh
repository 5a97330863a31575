#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An import is taken back, wholly and once more, and the same bundle brings it again.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# What the site holds, logs aside.
holdings() { ferry_import --point "$1" list --json; }

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o first >out
next_month catalog
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o second >out
new_site site hq
exits 2 "a site without imports has nothing to undo" ferry_import --point site undo
claim "the first bundle" ferry_import --point site import first
holdings site >first.held
state_one=$(state_of "$FERRY_IMPORT" site all)
claim "the second bundle" ferry_import --point site import second
holdings site >second.held
state_two=$(state_of "$FERRY_IMPORT" site all)
differs "it changed the state" "$state_one" "$state_two"

cp -r site killed
code=0
{ FERRY_CRASH_AT=1 "$FERRY_IMPORT" --point killed undo >out 2>err || code=$?; } 2>/dev/null
equal "killed before the commit" "$code" 137
equal "nothing was undone" "$(state_of "$FERRY_IMPORT" killed all)" "$state_two"
claim "run again it undoes" ferry_import --point killed undo
equal "and only one import" "$(state_of "$FERRY_IMPORT" killed all)" "$state_one"

exits 0 "the second import is undone" ferry_import --point site undo --json
holds "the answer names it" out "d['undone'][0]['name'] == 'all_plant-1_g1-g2_delta' and d['undone'][0]['generation'] == 1"
equal "the state is that of before" "$(state_of "$FERRY_IMPORT" site all)" "$state_one"
holdings site >found
claim "and so is every update" cmp found first.held
claim "the catalog is sound" ferry_import --point site check
ferry_import --point site history --json >history.json
holds "history keeps the undone import" history.json "[bool(i['undone']) for i in d['imports']] == [True, False]"
exits 0 "history says so to people" ferry_import --point site history
says "all_plant-1_g1-g2_delta (undone)" "behind its name"
ferry_import --point site status --json >status.json
holds "status goes by the import before" status.json "d['freshness'][0]['bundle'] == 'all_plant-1_g0-g1_full'"
exits 0 "the same bundle brings it again" ferry_import --point site import second
equal "with its state" "$(state_of "$FERRY_IMPORT" site all)" "$state_two"
holdings site >found
claim "and every update" cmp found second.held

exits 64 "an undo of nothing makes no sense" ferry_import --point site undo --last 0
exits 3 "a feed that is not followed is not found" ferry_import --point site undo --feed other
exits 0 "two imports are undone at once" ferry_import --point site undo --last 2 --feed all
ferry_import --point site status --json >status.json
holds "the feed is back at its beginning" status.json "d['feeds'][0]['generation'] == 0 and d['feeds'][0]['updates'] == 0"
claim "the catalog is sound" ferry_import --point site check
exits 2 "then there is nothing left" ferry_import --point site undo
claim "both bundles bring all back" ferry_import --point site import first second
equal "to the same state" "$(state_of "$FERRY_IMPORT" site all)" "$state_two"
claim "both are undone once more" ferry_import --point site undo --last 2
exits 10 "an undone base is missing for a bundle that needs it" ferry_import --point site import second

ferry_import --point site import first second >out
key=$(ferry_export --point hq trust show --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["trust"][-1]["exporters"][0]["key"])')
ferry_export --point hq trust revoke "$key" --stolen --new-key --new-epoch >out
ferry_export --point hq export --site plant-1 -o third >out
exits 0 "a bundle of a new epoch" ferry_import --point site import third
refused 13 "what a new epoch replaced cannot be brought back" site ferry_import --point site undo
says "began a new epoch" "and why is said"

finish
