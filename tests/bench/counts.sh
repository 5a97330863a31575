#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Counts the instructions of the main commands on a catalog of 1,000 generated revisions, and compares them with those of
# tests/bench/counts.tsv: a change that costs shows on any machine, however busy. The profiles are kept as
# build-bench/report/*.callgrind, for callgrind_annotate.
#
#   tests/bench/counts.sh           the counts now, those kept, and how much more or less they are
#   tests/bench/counts.sh --write   the counts of now are those kept
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/bench/build.sh
export_program=$PWD/build-bench/exporter/ferry-export
import_program=$PWD/build-bench/importer/ferry-import
kept=$PWD/tests/bench/counts.tsv
report=$PWD/build-bench/report
mkdir -p "$report"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
now=$work/counts.tsv

# counted NAME COMMAND...
counted() {
  local name=$1 log=$work/log
  shift
  if ! valgrind --tool=callgrind --callgrind-out-file="$report/${name// /-}.callgrind" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  printf '%s\t%s\n' "$name" "$(sed -n 's/.*Collected : //p' "$log")" >>"$now"
}

cd "$work"
month() { "$OLDPWD/build-bench/tests/generate-catalog" --seed 7 --revisions 1000 --delta 5 --quiet --month "$1" catalog; }
month 0
"$export_program" --point hq init --name hq >/dev/null
cat >hq/point.toml <<TOML
[point]
name = "hq"
[[source]]
name = "generated"
kind = "updates"
path = "$work/catalog"
[[feed]]
name = "all"
products = ["*"]
classifications = ["*"]
languages = ["*"]
content = "none"
[[site]]
name = "s"
feed = "all"
TOML
"$export_program" --point hq trust init >/dev/null
counted "first sync" "$export_program" --point hq --quiet sync
"$import_program" --point site init --trust hq/trust/trust-0001.xml --site s >/dev/null
counted "full export" "$export_program" --point hq --quiet export --site s --no-report -o full
counted "full import" "$import_program" --point site --quiet import full
month 1
counted "sync of a month" "$export_program" --point hq --quiet sync
counted "delta export" "$export_program" --point hq --quiet export --site s --no-report -o delta
counted "delta import" "$import_program" --point site --quiet import delta
counted "verify" "$import_program" --point site --quiet verify full
counted "status" "$export_program" --point hq status
counted "list" "$import_program" --point site list

awk -F'\t' 'NR == FNR {kept[$1] = $2; next}
  {printf "%-16s %14d now, %14d kept%s\n", $1, $2, kept[$1], kept[$1] ? sprintf(", %+.1f %%", ($2 / kept[$1] - 1) * 100) : ""}' \
  <(cat "$kept" 2>/dev/null || true) "$now"
if [ "${1:-}" = --write ]; then cp "$now" "$kept"; fi
