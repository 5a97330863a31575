# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the end-to-end tests share. Sourced. Prints TAP: one line a claim.
#
# The environment (set by Meson): FERRY_EXPORT, FERRY_IMPORT, GENERATE_CATALOG: the programs;
# FERRY_SOURCE_ROOT: the checkout.
set -u -o pipefail
export LC_ALL=C.UTF-8
unset FERRY_POINT SOURCE_DATE_EPOCH

test_count=0
test_failures=0
work=$(mktemp -d "${TMPDIR:-/tmp}/ferry-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# The real catalogs that the project does not own; tests on them are skipped where they are missing.
# shellcheck disable=SC2034  # used by the tests
data_root=$FERRY_SOURCE_ROOT/../shared/data

# The parameters are program names so that a test reads like what an administrator types.
ferry_export() { "$FERRY_EXPORT" "$@"; }
ferry_import() { "$FERRY_IMPORT" "$@"; }

pass() { test_count=$((test_count + 1)); echo "ok $test_count - $1"; }
fail() {
  test_count=$((test_count + 1))
  test_failures=$((test_failures + 1))
  echo "not ok $test_count - $1"
  shift
  for line in "$@"; do printf '%s\n' "$line" | head -n 40 | sed 's/^/#   /'; done
}
skip() { test_count=$((test_count + 1)); echo "ok $test_count - $1 # SKIP $2"; }

# claim NAME COMMAND...: the command succeeds. Its output is shown when it does not.
claim() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then pass "$name"; else fail "$name" "command: $*" "exit code: $?" "$output"; fi
}

# exits CODE NAME COMMAND...: the command ends with exactly this exit code. Leaves stdout in $work/out and
# stderr in $work/err.
exits() {
  local wanted=$1 name=$2 code=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  if [ "$code" = "$wanted" ]; then
    pass "$name"
  else
    fail "$name" "command: $*" "exit code $code, expected $wanted" "$(cat "$work/out")" "$(cat "$work/err")"
  fi
}

# equal NAME FOUND EXPECTED
equal() {
  if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "found:    $2" "expected: $3"; fi
}

# says TEXT NAME: the last `exits` printed this text, on either stream.
says() {
  if grep -qF -- "$1" "$work/out" "$work/err"; then
    pass "$2"
  else
    fail "$2" "no '$1' in:" "$(cat "$work/out")" "$(cat "$work/err")"
  fi
}

# json FILE EXPRESSION: a Python expression over the document `d`.
json() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

# Every row of every table, in an order that does not depend on how they came: what "unchanged" means. A bundle that was
# signed keeps its number in the chain, whatever became of it, so an own feed's newest number is left out.
logical_dump() { python3 - "$1/catalog.db" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
for (name,) in sorted(db.execute("SELECT name FROM sqlite_master WHERE type='table'")):
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
    kept = [c for c in columns if name != "feed" or c not in ("sequence", "head")]
    for row in sorted(map(repr, db.execute("SELECT " + ", ".join(f'"{c}"' for c in kept) + f" FROM {name}"))):
        print(name, row)
PYTHON
}

# The state digest of a feed.
state_of() { "$1" --point "$2" status --json >"$work/status.json" && json "$work/status.json" "[f['state'] for f in d['feeds'] if f['name']=='$3'][0]"; }

# differs NAME LEFT RIGHT: two values that must not be the same.
differs() {
  if [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "both are: $2"; fi
}

# holds NAME FILE EXPRESSION: a Python expression over the JSON document `d` is true.
holds() {
  local found
  if found=$(json "$2" "$3" 2>&1) && [ "$found" = True ]; then
    pass "$1"
  else
    fail "$1" "expression: $3" "found: $found" "$(head -c 2000 "$2")"
  fi
}

# The SHA-256 of a whole catalog; of a site's, of all that a refused bundle must leave alone.
dump_digest() { logical_dump "$1" | sha256sum | cut -d ' ' -f 1; }

# refused CODE NAME POINT COMMAND...: ends with this exit code, leaves the catalog of POINT as it was and
# nothing in its spool.
refused() {
  local wanted=$1 name=$2 point=$3
  shift 3
  logical_dump "$point" >"$work/refused.before"
  exits "$wanted" "$name" "$@"
  logical_dump "$point" >"$work/refused.after"
  if cmp -s "$work/refused.before" "$work/refused.after"; then
    pass "$name: the catalog is unchanged"
  else
    fail "$name: the catalog is unchanged" "$(diff "$work/refused.before" "$work/refused.after")"
  fi
  # What the next run goes on with may stay, where the test says so: keeps="bundle-*".
  equal "$name: nothing is left in the spool" \
    "$(find "$point/spool" -mindepth 1 -maxdepth 1 ! -name "${keeps:-}" -printf '%f\n')" ""
}

# add_source POINT NAME KIND PATH, add_feed POINT NAME PRODUCTS CLASSIFICATIONS, add_site POINT NAME FEED:
# one more table in point.toml. The lists are written as in TOML: '["Firmware"]'.
add_source() { printf '[[source]]\nname = "%s"\nkind = "%s"\npath = "%s"\n' "$2" "$3" "$4" >>"$1/point.toml"; }
add_feed() {
  printf '[[feed]]\nname = "%s"\nproducts = %s\nclassifications = %s\nlanguages = ["*"]\ncontent = "none"\n' \
    "$2" "$3" "$4" >>"$1/point.toml"
}
add_site() { printf '[[site]]\nname = "%s"\nfeed = "%s"\n' "$2" "$3" >>"$1/point.toml"; }

# sample_catalog DIR: the project's own catalog as it stands at the start, in DIR/scup and DIR/updates.
sample_catalog() { cp -r "$FERRY_SOURCE_ROOT/samples/metadata/start" "$1"; }

# next_month DIR: moves it on by a month, as samples/metadata/README.md says.
next_month() {
  cp -r "$FERRY_SOURCE_ROOT/samples/metadata/next/scup" "$FERRY_SOURCE_ROOT/samples/metadata/next/updates" "$1/"
  while read -r gone; do rm "$1/$gone"; done <"$FERRY_SOURCE_ROOT/samples/metadata/next/removed.txt"
}

# sample_exporter POINT DIR: an exporting point over both folders of sample_catalog.
sample_exporter() {
  new_exporter "$1" updates "$2/updates" || return 1
  add_source "$1" packages scup "$2/scup"
}

# new_exporter DIR SOURCE-KIND SOURCE-PATH [SITE]: an exporting point with one source, a feed of everything
# named "all" and one site.
new_exporter() {
  ferry_export --point "$1" init --name hq >/dev/null || return 1
  cat >"$1/point.toml" <<TOML
[point]
name = "hq"
[[source]]
name = "vendor"
kind = "$2"
path = "$3"
[[feed]]
name = "all"
products = ["*"]
classifications = ["*"]
languages = ["*"]
content = "none"
[[site]]
name = "${4:-plant-1}"
feed = "all"
TOML
  ferry_export --point "$1" trust init >/dev/null
}

# new_site DIR EXPORTER [SITE]: a disconnected point that trusts the exporting one.
new_site() { ferry_import --point "$1" init --trust "$2/trust/trust-0001.xml" --site "${3:-plant-1}" >/dev/null; }

finish() {
  echo "# $(basename "$0") took $SECONDS s"
  echo "1..$test_count"
  [ "$test_failures" -eq 0 ]
}
