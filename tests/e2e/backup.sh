#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A backup taken while imports run, its restoration on both sides, and catalogs that were damaged.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# restore POINT FILE: as README, "Backup and restore", says.
restore() { rm -f "$1/catalog.db-wal" "$1/catalog.db-shm" && cp "$2" "$1/catalog.db"; }
generation_of() { "$1" --point "$2" status --json >g.json && json g.json "d['feeds'][0]['generation']"; }

"$GENERATE_CATALOG" --seed 21 --revisions 400 --month 0 --quiet catalog
new_exporter hq updates "$work/catalog"
find catalog -name '*.xml' | sort | tail -n 6 >files
mkdir later && xargs -a files mv -t later
for n in 1 2 3 4 5 6; do
  [ "$n" = 1 ] || mv "later/$(basename "$(sed -n "${n}p" files)")" catalog/
  ferry_export --point hq sync --quiet 2>err
  ferry_export --point hq export --site plant-1 --quiet --since $((n - 1)) -o "drop.$n" 2>err || ferry_export --point hq export --site plant-1 --quiet -o "drop.$n"
  cp -r hq "hq.$n"
done
new_site site hq
claim "the first bundle" ferry_import --point site import drop.1

exits 0 "a backup" ferry_import --point site backup saved.db --json
holds "says what it holds" out "d['feeds'][0]['generation'] == 1 and d['bytes'] > 0"
equal "no other file is beside it" "$(find . -maxdepth 1 -name '*saved.db*')" "./saved.db"
exits 64 "a file that is there is not replaced" ferry_import --point site backup saved.db
exits 0 "unless that is said" ferry_import --point site backup saved.db --force
exits 64 "the catalog itself is never replaced" ferry_import --point site backup site/catalog.db --force
mkdir folder
exits 64 "a folder is no file" ferry_import --point site backup folder --force
exits 1 "a folder that is not there" ferry_import --point site backup none/saved.db
exits 0 "the exporter has backups too" ferry_export --point hq.3 backup exporter.db

# While imports run, again and again.
(
  for n in 2 3 4 5 6; do "$FERRY_IMPORT" --point site import "drop.$n" --quiet || exit 1; done
) >loop.out 2>&1 &
loop=$!
count=0
while kill -0 $loop 2>/dev/null || [ $count -lt 3 ]; do
  count=$((count + 1))
  ferry_import --point site backup "during.$count.db" --quiet >b.out 2>&1 || fail "backup $count during imports" "$(cat b.out)"
done
if wait $loop; then pass "imports are not disturbed by backups"; else fail "imports are not disturbed by backups" "$(cat loop.out)"; fi
unsound=0
for n in $(seq 1 $count); do
  rm -rf restored && cp -r site restored && restore restored "during.$n.db"
  ferry_import --point restored check >check.out 2>&1 || unsound=$((unsound + 1))
done
equal "each of the $count backups is a whole catalog" "$unsound" 0

# A site that is restored is behind, and goes on.
rm -rf restored && cp -r site restored && restore restored saved.db
claim "the restored catalog is sound" ferry_import --point restored check
equal "it stands where the backup was made" "$(generation_of "$FERRY_IMPORT" restored)" 1
exits 10 "a bundle that begins later is refused" ferry_import --point restored import drop.6
says "missing is 'all_plant-1_g" "naming what is missing"
claim "the bundles since bring it on" ferry_import --point restored import drop.2 drop.3 drop.4 drop.5 drop.6
equal "to where it was" "$(state_of "$FERRY_IMPORT" restored all)" "$(state_of "$FERRY_IMPORT" site all)"

# An exporter that is restored makes generations that sites have with another state.
cp -r hq back && restore back exporter.db
claim "the restored exporter is sound" ferry_export --point back check
rm -rf catalog && "$GENERATE_CATALOG" --seed 21 --revisions 380 --month 0 --quiet catalog
ferry_export --point back sync --quiet 2>err
equal "it makes generation 4 once more" "$(generation_of "$FERRY_EXPORT" back)" 4
ferry_export --point back export --site plant-1 --since 3 -o again >out
refused 13 "which a site that had another generation 4 does not take" site ferry_import --point site import again
says "set back or replaced" "and says why"
rm -rf restored && cp -r site restored && restore restored saved.db
ferry_import --point restored import drop.2 drop.3 drop.4 --quiet
refused 13 "nor one that stands there" restored ferry_import --point restored import again
key=$(ferry_export --point back trust show --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["trust"][-1]["exporters"][0]["key"])')
exits 0 "a new epoch" ferry_export --point back trust revoke "$key" --retired --new-key --new-epoch
exits 0 "and a full bundle" ferry_export --point back export --site plant-1 -o recovered
exits 0 "bring the site back" ferry_import --point site import recovered --max-removals 100
equal "to the state of its publisher" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" back all)"

# Killed on the way, a backup has no name yet or is whole.
for n in 1 2 3; do
  rm -f killed.db
  code=0
  { FERRY_CRASH_AT=$n "$FERRY_IMPORT" --point site backup killed.db >out 2>err || code=$?; } 2>/dev/null
  [ "$code" != 0 ] || break
  if [ -e killed.db ]; then
    rm -rf restored && cp -r site restored && restore restored killed.db
    claim "killed at point $n: what has the name is whole" ferry_import --point restored check
  else
    pass "killed at point $n: no file has the name"
  fi
done
exits 0 "and another run finishes" ferry_import --point site backup killed.db --force
equal "leaving nothing else" "$(find . -maxdepth 1 -name '.killed*')" ""

finish
