#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Five months of a generated catalog: bundled updates, chains, drivers, categories, expiry, removal.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

seed=21
echo "# seed $seed"
new_exporter hq updates "$work/catalog"
add_site hq plant-2 all
for month in 0 1 2 3 4; do
  "$GENERATE_CATALOG" --seed "$seed" --revisions 3000 --month "$month" --quiet catalog
  exits 0 "month $month is synced" ferry_export --point hq sync --json
  holds "month $month: no document failed" "$work/out" 'all(s["failed"] == [] for s in d["sources"])'
  holds "month $month: nothing is left unresolved" "$work/out" '[f["unresolved"] for f in d["feeds"]] == [0]'
  exits 2 "month $month: a second sync has nothing to do" ferry_export --point hq sync
  exits 0 "month $month is exported" ferry_export --point hq export --site plant-1 -o "month-$month" --json
  cp out export.json
  [ "$month" != 0 ] || new_site site hq
  exits 0 "month $month is imported" ferry_import --point site import "month-$month" --json
  holds "month $month: what came is what the manifest promised" "$work/out" "[b['state'] for b in d['bundles']] == [b['state'] for b in json.load(open('export.json'))['bundles']]"
  equal "month $month: the state is the same on both sides" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"
  if [ "$month" != 0 ]; then
    holds "month $month: it is a delta" export.json '[b["kind"] for b in d["bundles"]] == ["delta"]'
    # The base is the oldest of the last four drops, so a month's bundle may carry the months before it too.
    holds "month $month: it has less than a fifth of the documents" export.json '[b["puts"] < 600 for b in d["bundles"]] == [True]'
  fi
done
equal "the site holds as many files as the source folder" \
  "$(ferry_import --point site status --json >s.json; json s.json '[f["revisions"] for f in d["feeds"]]')" "[$(find catalog -name '*.xml' | wc -l)]"
ferry_export --point hq list --json --all-revisions >left.json
ferry_import --point site list --json --all-revisions >right.json
key='sorted((u["id"], u["revision"], u["title"], u["classification"], u["state"], u["size"]) for u in d["updates"])'
equal "both sides list the same" "$(json right.json "$key" | sha256sum)" "$(json left.json "$key" | sha256sum)"

compared=0
different=
for file in $(find catalog -name '*.xml' | sort | awk 'NR % 100 == 0'); do
  compared=$((compared + 1))
  name=$(basename "$file" .xml)
  ferry_import --point site show "${name%-r*}" --revision "${name##*-r}" --document | cmp -s - "$file" || different="$different $name"
done
claim "at least 25 documents were compared" test "$compared" -ge 25
equal "they came through byte for byte" "$different" ""

new_site second hq plant-2
claim "the full bundle of month 4" ferry_export --point hq export --site plant-2 -o late
claim "a second site takes only that" ferry_import --point second import late
equal "and has the same state" "$(state_of "$FERRY_IMPORT" second all)" "$(state_of "$FERRY_EXPORT" hq all)"
claim "the exporting catalog is sound" ferry_export --point hq check
claim "the first site's catalog is sound" ferry_import --point site check
claim "the second site's catalog is sound" ferry_import --point second check

finish
