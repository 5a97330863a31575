#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Three levels: headquarters feeds a region, which imports and feeds a plant, which imports and feeds a cell. Each has feeds
# narrower than the one above, its own signatures, and says where its documents come from. Receipts tell the whole way up.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

now=$(date +%s)
later() {
  now=$((now + 60))
  export SOURCE_DATE_EPOCH=$now
}
later
# The documents that a point holds: update, revision and digest, one a line.
documents() {
  "$1" --point "$2" list --all-revisions --json |
    python3 -c 'import json,sys; [print(u["id"], u["revision"]) for u in json.load(sys.stdin)["updates"]]' | sort
}
# relay POINT FEED PRODUCTS CLASSIFICATIONS SITE: what turns an importing point into one that feeds others.
relay() {
  add_feed "$1" "$2" "$3" "$4"
  add_site "$1" "$5" "$2"
  exits 0 "$1 makes a trust file of its own" ferry_export --point "$1" trust init
}
# carry FROM SITE TO: one bundle by hand.
carry() {
  later
  rm -rf stick
  exits 0 "$1 exports for $2" ferry_export --point "$1" export --site "$2" -o stick
  later
  exits 0 "$3 imports it" ferry_import --point "$3" import stick
}
# acknowledge SITE TO: its receipt goes up.
acknowledge() {
  later
  rm -f receipt
  exits 0 "$1 writes a receipt" ferry_import --point "$1" receipt -o receipt
  exits 0 "$2 takes it" ferry_export --point "$2" receipt receipt
}

sample_catalog catalog
sample_exporter hq "$work/catalog"
sed -i 's/plant-1/region/' hq/point.toml
ferry_export --point hq sync >out
ferry_import --point region init --trust hq/trust/trust-0001.xml --site region >out
carry hq region region
relay region regional '["*"]' '["*"]' plant
claim "the region's trust file is its own" test "$(sha256sum <hq/trust/trust-0001.xml)" != "$(sha256sum <region/trust/trust-0001.xml)"
claim "and that of headquarters is kept apart" cmp hq/trust/trust-0001.xml region/trust/followed/trust-0001.xml
ferry_import --point plant init --trust region/trust/trust-0001.xml --site plant >out
carry region plant plant
classification=$(ferry_import --point plant list classifications --json | python3 -c 'import json,sys; c=[c for c in json.load(sys.stdin)["classifications"] if c["updates"]]; print(sorted(c, key=lambda c: (c["updates"], c["name"]))[0]["name"])')
relay plant narrow '["*"]' "[\"$classification\"]" cell
ferry_import --point cell init --trust plant/trust/trust-0001.xml --site cell >out
carry plant cell cell

equal "the region holds what headquarters holds" "$(documents "$FERRY_IMPORT" region)" "$(documents "$FERRY_EXPORT" hq)"
equal "and so does the plant" "$(documents "$FERRY_IMPORT" plant)" "$(documents "$FERRY_EXPORT" hq)"
documents "$FERRY_IMPORT" cell >cell.held
documents "$FERRY_IMPORT" plant >plant.held
claim "the cell holds something" test -s cell.held
differs "but less" "$(wc -l <cell.held)" "$(wc -l <plant.held)"
equal "and nothing that the plant lacks" "$(comm -23 cell.held plant.held)" ""
id=$(head -n 1 cell.held | cut -d ' ' -f 1)
ferry_export --point hq show "$id" --document >at-hq
ferry_import --point cell show "$id" --document >at-cell
claim "a document is the same bytes three levels down" cmp at-hq at-cell

exits 0 "a bundle of a relay is looked at" ferry_import inspect stick --trust plant/trust/trust-0001.xml --json
holds "it says what it passes on" out "d['bundles'][0]['provenance'][0]['publisher'] == 'region' and d['bundles'][0]['provenance'][0]['feed'] == 'regional'"
exits 0 "and says so to people" ferry_import inspect stick --trust plant/trust/trust-0001.xml
says "passes on" "with the parent's feed"
manifest=$(ferry_import --point plant history --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["imports"][0]["manifest"])')
ferry_import inspect stick --trust plant/trust/trust-0001.xml --json >inspected.json
equal "by the manifest of the bundle that the relay took" "$(json inspected.json "d['bundles'][0]['provenance'][0]['manifest']")" "$manifest"
exits 11 "a bundle of the plant is not one of headquarters" ferry_import --point region import stick

# A month later.
next_month catalog
later
ferry_export --point hq sync >out
for step in "hq region region" "region plant plant" "plant cell cell"; do
  # shellcheck disable=SC2086  # three words
  carry $step
done
equal "the change came to the region" "$(documents "$FERRY_IMPORT" region)" "$(documents "$FERRY_EXPORT" hq)"
equal "and to the plant" "$(documents "$FERRY_IMPORT" plant)" "$(documents "$FERRY_EXPORT" hq)"

# Receipts, from below.
acknowledge cell plant
acknowledge plant region
acknowledge region hq
holds_children() { ferry_export --point "$1" status --json >status.json && holds "$2" status.json "$3"; }
holds_children hq "headquarters sees its site" "d['sites'][0]['name'] == 'region' and d['sites'][0]['behind'] == 0"
holds_children hq "and all below it" "[(c['name'], c['behind'], [(b['name'], b['behind']) for b in c['children']]) for c in d['sites'][0]['children']] == [('plant', 0, [('cell', 0)])]"

# Something new that has come only half the way.
printf '<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity UpdateID="00004242-0000-4000-8000-000000000001" RevisionNumber="1"/><Properties UpdateType="Software"/></Update>' >catalog/updates/new.xml
later
ferry_export --point hq sync >out
carry hq region region
carry region plant plant
acknowledge plant region
acknowledge region hq
holds_children hq "the top sees which level has it" "d['sites'][0]['behind'] == 0 and d['sites'][0]['children'][0]['behind'] == 0"
for point in region plant cell; do
  exits 0 "the chain of $point holds" ferry_import --point "$point" history --verify
  claim "$point is sound" ferry_import --point "$point" check
done
finish
