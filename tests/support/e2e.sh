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

# Every row of every table, in an order that does not depend on how they came: what "unchanged" means.
logical_dump() { python3 - "$1/catalog.db" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
for (name,) in sorted(db.execute("SELECT name FROM sqlite_master WHERE type='table'")):
    for row in sorted(map(repr, db.execute(f"SELECT * FROM {name}"))):
        print(name, row)
PYTHON
}

# The state digest of a feed.
state_of() { "$1" --point "$2" status --json >"$work/status.json" && json "$work/status.json" "[f['state'] for f in d['feeds'] if f['name']=='$3'][0]"; }

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
  echo "1..$test_count"
  [ "$test_failures" -eq 0 ]
}
