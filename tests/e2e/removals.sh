#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A bundle that would take much away stops and asks.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

"$GENERATE_CATALOG" --seed 11 --revisions 300 --month 0 --quiet catalog
new_exporter hq updates "$work/catalog"
mkdir small && cp "$FERRY_SOURCE_ROOT"/samples/metadata/start/updates/*.xml small/
new_exporter other updates "$work/small"
ferry_export --point hq sync --quiet 2>err
ferry_export --point hq export --site plant-1 -o one >out
new_site site hq
claim "a site" ferry_import --point site import one
held=$(ferry_import --point site status --json >s.json && json s.json "d['feeds'][0]['updates']")

# Half of the source is gone, as when a copy was cut short.
find catalog -name '*.xml' | sort | awk 'NR % 2' | xargs rm
exits 0 "half of the source is gone" ferry_export --point hq sync --quiet 2>err
ferry_export --point hq export --site plant-1 -o two >out
keeps="bundle-*" refused 20 "a bundle that removes too much" site ferry_import --point site import two
says "of the $held updates" "how many of how many"
says " more; ask its publisher" "the first ones by name"
command=$(sed -n 's/.*if it is: //p' err)
claim "and the command that goes on ($command)" test "${command% --max-removals *}" = "ferry-import --point site import two"
exits 20 "in JSON the code is there too" ferry_import --point site import two --json
holds "beside the error" out "d['bundles'][0]['code'] == 20 and 'removes' in d['bundles'][0]['error']"
keeps="bundle-*" refused 0 "a dry run" site ferry_import --point site import two --dry-run
says "warning: bundle 'all_plant-1_g1-g2_delta' removes" "warns of it"
exits 0 "so does a diff" ferry_import --point site diff two
says "warning: bundle 'all_plant-1_g1-g2_delta' removes" "before anybody decides"
exits 20 "a lower limit" ferry_import --point site import two --max-removals 1
exits 64 "a limit that is none" ferry_import --point site import two --max-removals 101
cp -r site configured
printf '[import]\nmax-removals = 100\n' >>configured/point.toml
exits 0 "point.toml can let all pass" ferry_import --point configured import two
mkdir bin && ln -s "$FERRY_IMPORT" bin/ferry-import
exits 0 "the command that was named goes on" env PATH="$work/bin:$PATH" bash -c "$command"
equal "to the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# The refusal of one bundle stops no other feed.
find catalog -name '*.xml' | sort | awk 'NR % 2' | xargs rm
printf '[[feed]]\nname = "second"\nproducts = ["*"]\nclassifications = ["*"]\nlanguages = ["*"]\ncontent = "none"\n' >>hq/point.toml
ferry_export --point hq sync --quiet 2>err
ferry_export --point hq export --site plant-1 -o three >out
ferry_export --point hq export --feed second -o three >out
exits 20 "one bundle of two is refused" ferry_import --point site import three --json
holds "the other one, of another feed, is applied" out "sorted(b['code'] for b in d['bundles']) == [0, 20]"

# A full bundle under a new epoch asks, too.
key=$(ferry_export --point hq trust show --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["trust"][-1]["exporters"][0]["key"])')
ferry_export --point hq trust revoke "$key" --stolen --new-key --new-epoch >out
ferry_export --point hq export --site plant-1 -o four >out
exits 20 "a new epoch does not take away much unasked" ferry_import --point site import four
says "trust file 2 was installed" "but its revocation counts from now on"
exits 0 "when a person says so it goes on" ferry_import --point site import four --max-removals 100
equal "to the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# Few updates are never stopped at.
ferry_export --point other sync --quiet 2>err
ferry_export --point other export --site plant-1 -o few1 >out
new_site few other
ferry_import --point few import few1 >out
find small -name '*.xml' | sort | head -n 3 | xargs rm
ferry_export --point other sync --quiet 2>err
ferry_export --point other export --site plant-1 -o few2 >out
exits 0 "fewer than ten removals never stop a bundle" ferry_import --point few import few2 --max-removals 0

finish
