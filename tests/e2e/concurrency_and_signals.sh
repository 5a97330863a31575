#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C, a service manager's stop and the out-of-memory killer, in the middle of an import and an export of
# several thousand revisions: the catalog is the old one or the new one, and running the command again finishes the job.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# FERRY_SIGNAL_REVISIONS=20000 is the long form of this test, of some minutes.
revisions=${FERRY_SIGNAL_REVISIONS:-4000}
"$GENERATE_CATALOG" --seed 3 --revisions "$revisions" --month 0 --quiet catalog
new_exporter hq updates "$work/catalog"
claim "$revisions revisions are synced" ferry_export --point hq sync --quiet
rm -rf catalog
began=$(date +%s%N)
claim "a full bundle is exported" ferry_export --point hq export --site plant-1 -o whole --quiet
export_ms=$((($(date +%s%N) - began) / 1000000))
new_site fresh hq
cp -r fresh measured
began=$(date +%s%N)
claim "and imported" ferry_import --point measured import whole --quiet
import_ms=$((($(date +%s%N) - began) / 1000000))
echo "# undisturbed: export $export_ms ms, import $import_ms ms"
state=$(state_of "$FERRY_EXPORT" hq all)
rm -rf measured

# What a point holds: nothing, or everything.
site_state() { ferry_import --point "$1" status --json >s.json && json s.json '[f["state"] for f in d["feeds"]]'; }
export_log() { ferry_export --point "$1" sites --json | grep -v age_seconds | sha256sum; }

# stopped_after MILLISECONDS SIGNAL COMMAND...: sets `code`; 128 + n when the signal ended it.
stopped_after() {
  local delay=$1 signal=$2
  shift 2
  "$@" >run.out 2>run.err &
  local process=$!
  sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
  kill -s "$signal" "$process" 2>/dev/null
  code=0
  wait "$process" 2>/dev/null || code=$?
}

interrupted=0
cp -r fresh site
for signal in INT TERM KILL; do
  for part in 15 60; do
    delay=$((import_ms * part / 100))
    set -m # so that the child is not born with SIGINT ignored
    stopped_after "$delay" "$signal" "$FERRY_IMPORT" --point site import whole --quiet
    set +m
    found=$(site_state site)
    name="import, SIG$signal after $delay ms (exit code $code)"
    if [ "$code" = 0 ]; then
      equal "$name: it was done already" "$found" "['$state']"
    else
      interrupted=$((interrupted + 1))
      claim "$name: the catalog is the old one or the new one" test "$found" = "[]" -o "$found" = "['$state']"
      claim "$name: not reported as done" test "$code" -ne 2 -a "$code" -ne 14
    fi
    if [ "$found" != "[]" ]; then rm -rf site && cp -r fresh site; fi
  done
done
claim "at least three of six imports were really interrupted ($interrupted)" test "$interrupted" -ge 3
exits 0 "after all of that the import finishes" ferry_import --point site import whole --quiet
equal "in the publisher's state" "$(site_state site)" "['$state']"
equal "and the spool of the runs that died is empty" "$(ls -A site/spool)" ""
claim "the site's catalog is sound" ferry_import --point site check

interrupted=0
log=$(export_log hq)
mkdir drop
for signal in INT TERM KILL; do
  for part in 20 70; do
    delay=$((export_ms * part / 100))
    set -m
    stopped_after "$delay" "$signal" "$FERRY_EXPORT" --point hq export --site plant-1 --full --volume-size 2MiB -o drop --quiet
    set +m
    name="export, SIG$signal after $delay ms (exit code $code)"
    if [ "$code" = 0 ]; then
      log=$(export_log hq)
      continue
    fi
    interrupted=$((interrupted + 1))
    # A volume with its final name is complete, whatever happened to the others.
    unsound=0
    while read -r volume; do
      ferry_import inspect "$volume" --trust hq/trust/trust-0001.xml >/dev/null 2>&1 || unsound=$((unsound + 1))
      python3 -c 'import sys,tarfile; [tarfile.open(sys.argv[1]).extractfile(m).read() for m in tarfile.open(sys.argv[1]) if m.isfile()]' "$volume" 2>/dev/null || unsound=$((unsound + 1))
    done < <(find drop -name '*.ferry' ! -name '.*')
    equal "$name: no volume with a final name is incomplete" "$unsound" 0
    if [ -z "$(find drop -name '*.ferry' ! -name '.*')" ]; then
      equal "$name: no volume, and the export is not recorded" "$(export_log hq)" "$log"
    fi
    rm -f drop/*.ferry
    log=$(export_log hq)
  done
done
claim "at least three of six exports were really interrupted ($interrupted)" test "$interrupted" -ge 3
exits 0 "after all of that the export finishes" ferry_export --point hq export --site plant-1 --full --volume-size 2MiB -o drop --quiet
equal "and nothing but its volumes and its report is left" \
  "$(find drop -mindepth 1 ! -name 'all_plant-1_g0-g1_full_v*.ferry')" drop/all_plant-1_g0-g1_full.html
equal "the spool is empty" "$(ls -A hq/spool)" ""
cp -r fresh last
claim "its bundle is imported" ferry_import --point last import drop --quiet
equal "in the publisher's state" "$(site_state last)" "['$state']"

# While a long import runs, a second one is told who runs, and looking is possible.
cp -r fresh busy
"$FERRY_IMPORT" --point busy import whole --quiet >run.out 2>&1 &
process=$!
for _ in $(seq 100); do
  [ -z "$(ls -A busy/spool)" ] || break
  sleep 0.02
done
exits 18 "a second import meanwhile" ferry_import --point busy import whole
says "process $process" "it says who holds the point"
exits 0 "status meanwhile" ferry_import --point busy status
code=0
wait "$process" || code=$?
equal "the first import is not disturbed" "$code" 0
equal "and done" "$(site_state busy)" "['$state']"

finish
