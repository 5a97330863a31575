#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A feed that chooses one classification of a real catalog, by name and by id.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

v2=$data_root/hp-scup/HpCatalogForSms.latest_V2.zip
if [ ! -f "$v2" ]; then
  skip "a feed of the HP catalog's critical updates" "no ../shared/data/hp-scup"
  finish
  exit
fi

new_exporter hq scup "$v2"
add_feed hq critical '["*"]' '["Critical Updates"]'
add_feed hq critical-id '["*"]' '["E6CF1350-C01B-414D-A61F-263D14D133B4"]'
add_feed hq no-class '["*"]' '["Criticial Updates"]'
add_feed hq no-product '["Abacus"]' '["*"]'
for feed in critical critical-id no-class no-product; do add_site hq "to-$feed" "$feed"; done

exits 0 "the catalog is synced" ferry_export --point hq sync --json
says "feed 'no-class': no classification is called 'Criticial Updates'" "a classification that does not exist is warned of"
says "feed 'no-product': no product is called 'Abacus'" "a product that does not exist is warned of"
holds "the warnings are in the JSON as well" "$work/out" 'len(d["warnings"]) == 2'
ferry_export --point hq status --json >status.json
holds "the feed carries 254 updates" status.json '[f["updates"] for f in d["feeds"] if f["name"] == "critical"] == [254]'
holds "the feed chosen by id carries the same" status.json \
  'len({f["state"] for f in d["feeds"] if f["name"] in ("critical", "critical-id")}) == 1'
holds "the feeds that match nothing are empty" status.json \
  '[f["updates"] for f in d["feeds"] if f["name"].startswith("no-")] == [0, 0]'
refused 3 "there is nothing to export of an empty feed" hq ferry_export --point hq export --site to-no-class -o none

for feed in critical critical-id; do
  exits 0 "$feed: the bundle is exported" ferry_export --point hq export --site "to-$feed" -o "$feed-bundles" --json
  holds "$feed: it carries 254 puts" "$work/out" '[b["puts"] for b in d["bundles"]] == [254]'
  new_site "$feed-site" hq "to-$feed"
  claim "$feed: the bundle is imported" ferry_import --point "$feed-site" import "$feed-bundles"
  ferry_import --point "$feed-site" status --json >status.json
  holds "$feed: the site says 254 updates" status.json "[(f['name'], f['updates']) for f in d['feeds']] == [('$feed', 254)]"
  equal "$feed: the state digest is the same on both sides" "$(state_of "$FERRY_IMPORT" "$feed-site" "$feed")" "$(state_of "$FERRY_EXPORT" hq "$feed")"
  ferry_import --point "$feed-site" list --count-by classification --json >counts
  holds "$feed: all of them are critical updates" counts 'd["counts"] == {"Critical Updates": 254}'
done
ferry_export --point hq list --feed critical --json >left
ferry_import --point critical-site list --json >right
equal "the site lists what the feed lists" "$(json right '[u["id"] for u in d["updates"]]' | sha256sum)" "$(json left '[u["id"] for u in d["updates"]]' | sha256sum)"

finish
