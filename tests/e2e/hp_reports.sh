#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The status page and the change report of a real catalog, for people to look at: build/reports/hp-*.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/hp.sh
. "$FERRY_SOURCE_ROOT/tests/support/hp.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pages.sh
. "$FERRY_SOURCE_ROOT/tests/support/pages.sh"

if [ ! -f "$v2" ]; then
  skip "pages of the HP catalog" "no ../shared/data/hp-scup"
  finish
  exit
fi
SOURCE_DATE_EPOCH=$(date -u -d 2018-11-01 +%s)
export SOURCE_DATE_EPOCH
new_exporter hq scup "$work/catalog"
add_site hq plant-2 all
add_site hq plant-3 all
new_site one hq plant-1
new_site two hq plant-2
for month in 2018-12-01 2019-01-01 2019-02-25; do
  SOURCE_DATE_EPOCH=$(date -u -d "$month 08:00" +%s)
  as_of "$month" "$work/catalog"
  ferry_export --point hq sync >out
  ferry_export --point hq export --site plant-1 -o one-drop >out
  [ $month = 2019-02-25 ] || ferry_export --point hq export --site plant-2 -o two-drop >out
done
SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 86400))
ferry_import --point one import one-drop >out
ferry_import --point two import two-drop >out
for site in one two; do
  ferry_import --point $site receipt -o $site.receipt >out
  claim "the receipt of site $site is taken" ferry_export --point hq receipt $site.receipt
done
exits 0 "the status page is written" ferry_export --point hq report --html "$reports/hp-status.html"
for row in plant-1 plant-2 plant-3; do claim "$row has a row" grep -q ">$row<" "$reports/hp-status.html"; done
page=one-drop/all_plant-1_g1-g3_delta.html
claim "the change report lies beside the delta" test -s $page
cp $page "$reports/hp-changes.html"
claim "it names an update of the month" grep -q "HP" "$reports/hp-changes.html"
equal "and has no script" "$(grep -ci '<script' "$reports/hp-changes.html")" 0
if command -v chromium >/dev/null; then
  screenshot "$reports/hp-status.html" hp-status
  screenshot "$reports/hp-changes.html" hp-changes
else
  skip "the pages are drawn" "no chromium"
fi
finish
