# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An update server that is not Ferry's, and points below it. Sourced after e2e.sh.
# shellcheck disable=SC2154  # e2e.sh sets `work`
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

mkdir -p up/docs up/files
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"; }
trap stop EXIT
start_server() {
  local port
  port=$(cat up/port 2>/dev/null)
  rm -f up/port
  python3 -B "$FERRY_SOURCE_ROOT/tests/e2e/wsus_upstream.py" up ${port:+"$port"} 2>>up/errors &
  server=$!
  for _ in $(seq 200); do [ -s up/port ] && break; sleep 0.1; done
  url=http://127.0.0.1:$(cat up/port)
}
# control JSON: how the server behaves from now on.
control() { printf '%s' "$1" >up/control.new && mv up/control.new up/control.json; }
# asked EXPRESSION: over the list `l` of what the server was asked since the last `forget`.
asked() { python3 -c 'import json,sys; l=[json.loads(x) for x in open("up/log")]; print(eval(sys.argv[1]))' "$1"; }
forget() { : >up/log; }

# month N: what was published by then; what is new in it is a folder of its own.
month() {
  "$GENERATE_CATALOG" --seed 31 --revisions 300 --month "$1" --quiet all
  mkdir -p "up/docs/$1"
  (cd all && find . -name '*.xml') | while read -r file; do
    compgen -G "up/docs/*/$file" >/dev/null || { mkdir -p "up/docs/$1/$(dirname "$file")" && cp "all/$file" "up/docs/$1/$file"; }
  done
}
# The identities and document digests that a point holds.
holds_what() { python3 - "$1/catalog.db" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
for row in db.execute("SELECT hex(h.update_id), r.number, hex(d.digest) FROM held h JOIN revision r ON r.id = h.revision "
                      "JOIN document d ON d.id = r.document ORDER BY 1, 2"): print(*row)
PYTHON
}
point() {
  ferry_export --point "$1" init --name hq >/dev/null
  cat >"$1/point.toml" <<TOML
[point]
name = "hq"
[[source]]
name = "upstream"
kind = "wsus-server"
url = "$url"
retries = 1
answer-seconds = ${limit:-60}
${2-}
[[feed]]
name = "all"
${3-}
TOML
  # The source and the feed are known from the first run on, whatever becomes of it.
  control '{"mode": {"GetAuthConfig": "html"}}'
  ferry_export --point "$1" sync >/dev/null 2>&1
  control '{}'
}
