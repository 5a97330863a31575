#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The runs of timers carry receipts back by themselves, through a relay, too.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sample_catalog catalog
sample_exporter hq "$work/catalog"
sed -i 's/plant-1/region/' hq/point.toml
mkdir drop drop/region drop/cell up
printf '[schedule]\ndrop-folder = "%s"\nreceipts = "%s"\n' "$work/drop" "$work/up" >>hq/point.toml
new_site region hq region
printf '[schedule]\ndrop-folder = "%s"\nreceipts = "%s"\n' "$work/drop/region" "$work/up" >>region/point.toml
exits 0 "the exporting point runs" ferry_export --point hq run
exits 0 "the site runs" ferry_import --point region run --json
holds "and leaves a receipt" out "d['receipt'].endswith('/up/region.receipt')"
exits 0 "which the next run takes, though there is nothing to export" ferry_export --point hq run --json
holds "and lists" out "[(r['result'], r['feeds'][0]['acknowledged']) for r in d['receipts']] == [('taken', 1)]"
exits 2 "the run after that finds nothing to do" ferry_export --point hq run --json
holds "and no new receipt" out "d['receipts'] == []"
ferry_export --point hq status --json >status.json
holds "the site is up to date" status.json "d['sites'][0]['acknowledged'] == 1 and d['sites'][0]['behind'] == 0"
printf 'no receipt' >up/junk.receipt
exits 4 "a receipt that is none makes the run incomplete" ferry_export --point hq run
says "not a receipt" "and is told"
rm up/junk.receipt
mv up away
exits 4 "a folder of receipts that is not there stops no export" ferry_export --point hq run
says "cannot read directory" "and is told"
exits 4 "a receipt that cannot be written makes the site's run incomplete" ferry_import --point region run --json
holds "which says so" out "d['code'] == 4 and d['receipt'] is None"
says "no receipt was written" "with the reason"
mv away up

# The change report comes and goes with its bundle.
claim "a report lies beside the bundle" test -e drop/region/all_region_g0-g1_full.html
next_month catalog
sed -i 's/^receipts/keep = 1\nreceipts/' hq/point.toml
exits 0 "a month later the next bundle comes" ferry_export --point hq run
equal "of which one is kept, with its report and nothing else" "$(find drop/region -type f -printf '%f\n' | sort | tr '\n' ' ')" \
  "all_region_g1-g2_delta.html all_region_g1-g2_delta_v01of01.ferry "

# Where a gatekeeper must release a bundle first, no timer imports it.
cp region/point.toml kept.toml
printf '[import]\ngatekeeper = ["keys/site.crt"]\n' >>region/point.toml
before=$(dump_digest region)
exits 11 "a run that would pass by the gatekeeper is refused" ferry_import --point region run
says "--stage" "and says how it goes"
equal "and changes nothing" "$(dump_digest region)" "$before"
mv kept.toml region/point.toml
exits 0 "without one it imports" ferry_import --point region run

# The site becomes a relay: the same folder of drops, its own sites, no source.
mkdir relayed relayed/cell
python3 - region/point.toml "$work/relayed" <<'PYTHON'
import sys
path, drop = sys.argv[1:]
text = open(path).read()
open(path, "w").write(text + f'[[feed]]\nname = "regional"\n[[site]]\nname = "cell"\nfeed = "regional"\ndrop-folder = "{drop}/cell"\n')
PYTHON
ferry_export --point region trust init >out
exits 0 "a relay runs without a source" ferry_export --point region run
new_site cell region cell
printf '[schedule]\ndrop-folder = "%s"\n' "$work/relayed/cell" >>cell/point.toml
exits 0 "and its site takes what came" ferry_import --point cell run
equal "all of it" "$(ferry_import --point cell list --json | sha256sum)" "$(ferry_import --point region list --json | sha256sum)"
exits 2 "run again there is nothing to do" ferry_export --point region run
finish
