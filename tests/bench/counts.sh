#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of the main commands on a catalog of 1,000 generated revisions, and compares them with those of
# tests/bench/counts.tsv: a change that costs shows on any machine, however busy. The profiles are kept as
# build-bench/report/*.callgrind, for callgrind_annotate.
#
#   tests/bench/counts.sh           the counts now, those kept, and how much more or less they are
#   tests/bench/counts.sh --write   the counts of now are those kept
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
cd "$(dirname "$0")/../.." && tests/bench/build.sh || exit 1
export FERRY_SOURCE_ROOT=$PWD
export FERRY_EXPORT=$PWD/build-bench/exporter/ferry-export FERRY_IMPORT=$PWD/build-bench/importer/ferry-import
. tests/support/e2e.sh
set -e
kept=$FERRY_SOURCE_ROOT/tests/bench/counts.tsv
report=$FERRY_SOURCE_ROOT/build-bench/report
mkdir -p "$report"

# counted NAME COMMAND...
counted() {
  local name=$1
  shift
  if ! valgrind --tool=callgrind --callgrind-out-file="$report/${name// /-}.callgrind" "$@" >log 2>&1; then
    cat log >&2
    exit 1
  fi
  printf '%s\t%s\n' "$name" "$(sed -n 's/.*Collected : //p' log)" >>now
}
month() { "$FERRY_SOURCE_ROOT/build-bench/tests/generate-catalog" --seed 7 --revisions 1000 --delta 5 --quiet --month "$1" catalog; }

month 0
new_exporter hq updates "$work/catalog"
counted "first sync" "$FERRY_EXPORT" --point hq --quiet sync
new_site site hq >out
counted "full export" "$FERRY_EXPORT" --point hq --quiet export --site plant-1 --no-report -o full
counted "full import" "$FERRY_IMPORT" --point site --quiet import full
month 1
counted "sync of a month" "$FERRY_EXPORT" --point hq --quiet sync
counted "delta export" "$FERRY_EXPORT" --point hq --quiet export --site plant-1 --no-report -o delta
counted "delta import" "$FERRY_IMPORT" --point site --quiet import delta
counted "verify" "$FERRY_IMPORT" --point site --quiet verify full
counted "status" "$FERRY_EXPORT" --point hq status
counted "list" "$FERRY_IMPORT" --point site list

awk -F'\t' 'NR == FNR {kept[$1] = $2; next}
  {printf "%-16s %14.0f now, %14.0f kept%s\n", $1, $2, kept[$1], kept[$1] ? sprintf(", %+.1f %%", ($2 / kept[$1] - 1) * 100) : ""}' \
  <(cat "$kept" 2>/dev/null || true) now
if [ "${1:-}" = --write ]; then cp now "$kept"; fi
