#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed at every fault point of sync, export and import, one after the other: the catalog is the old one or the new
# one, it is sound, and the same command run again finishes the job. Needs -Dfault_points=true.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

meaning() { python3 -B "$FERRY_SOURCE_ROOT/tests/support/meaning.py" "$1"; }

killed_in_all=0
# every_fault_point NAME PROGRAM POINT RERUN-CODES COMMAND...: runs the command on copies of POINT. The last run, in
# which no point was left to crash at, defines "new". Leaves that copy as POINT.done.
every_fault_point() {
  local name=$1 program=$2 point=$3 rerun_codes=$4
  shift 4
  meaning "$point" >old
  rm -rf reference out && cp -r "$point" reference
  "$program" --point reference "$@" >run.out 2>&1 || { fail "$name: runs undisturbed" "$(cat run.out)"; return; }
  meaning reference >new
  local n=0 killed=0 code what
  while [ "$n" -lt 200 ]; do
    n=$((n + 1))
    rm -rf copy out && cp -r "$point" copy
    code=0
    { FERRY_CRASH_AT=$n "$program" --point copy "$@" >run.out 2>run.err || code=$?; } 2>/dev/null
    [ "$code" != 0 ] || break
    what=$(sed -n 's/.*crash at //p' run.err)
    equal "$name, point $n ($what): killed by SIGKILL" "$code" 137
    [ "$code" = 137 ] || break
    killed=$((killed + 1))
    meaning copy >found
    if cmp -s found old || cmp -s found new; then
      pass "$name, point $n ($what): the catalog is the old one or the new one"
    else
      fail "$name, point $n ($what): the catalog is the old one or the new one" "$(diff old found | head -n 20)" "$(diff new found | head -n 20)"
    fi
    claim "$name, point $n ($what): the catalog is sound" "$program" --point copy check
    code=0
    "$program" --point copy "$@" >run.out 2>&1 || code=$?
    case " $rerun_codes " in
      *" $code "*) pass "$name, point $n ($what): run again it finishes (exit code $code)" ;;
      *) fail "$name, point $n ($what): run again it finishes" "exit code $code" "$(cat run.out)" ;;
    esac
    meaning copy >found
    claim "$name, point $n ($what): and the catalog is the new one" cmp found new
    equal "$name, point $n ($what): nothing is left in the spool" "$(ls -A copy/spool)" ""
    if [ "$name" = export ]; then
      equal "$name, point $n ($what): nothing but volumes and the report is left in the output" "$(find out -type f ! -name '*_v*of*.ferry' ! -name '*.html' -o -type f -name '.*')" ""
      rm -rf taken && cp -r site taken
      claim "$name, point $n ($what): the site takes what is there" "$FERRY_IMPORT" --point taken import out
    fi
  done
  equal "$name, run $n: not killed any more, and done" "$code" 0
  claim "$name: was really killed, at $killed points" test "$killed" -ge 3
  killed_in_all=$((killed_in_all + killed))
  rm -rf "$point.done" && mv reference "$point.done"
}

sample_catalog catalog
sample_exporter hq "$work/catalog"
every_fault_point "first sync" "$FERRY_EXPORT" hq "0 2" sync
rm -rf hq && mv hq.done hq
new_site site hq
every_fault_point export "$FERRY_EXPORT" hq "0 2" export --site plant-1 -o out
rm -rf hq && mv hq.done hq
claim "the full bundle" ferry_export --point hq export --feed all --full -o full
every_fault_point "import of a full bundle" "$FERRY_IMPORT" site "0 14" import full
rm -rf site && mv site.done site
next_month catalog
every_fault_point "second sync" "$FERRY_EXPORT" hq "0 2" sync
rm -rf hq && mv hq.done hq
claim "the delta" ferry_export --point hq export --feed all --since 1 -o delta
every_fault_point "import of a delta" "$FERRY_IMPORT" site "0 14" import delta
equal "in the end the site has the publisher's state" "$(state_of "$FERRY_IMPORT" site.done all)" "$(state_of "$FERRY_EXPORT" hq all)"

# In several volumes there is a fault point between one name and the next.
"$GENERATE_CATALOG" --seed 9 --revisions 1000 --month 0 --quiet generated
rm -rf hq site
new_exporter hq updates "$work/generated"
ferry_export --point hq sync --quiet
new_site site hq
every_fault_point export "$FERRY_EXPORT" hq "0 2" export --site plant-1 --volume-size 1MiB -o out
claim "programs were killed $killed_in_all times" test "$killed_in_all" -ge 15

finish
