#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An update server as a source: first sync, month by month with anchors, killed and gone on with, and every way in which
# a server may answer wrongly. The server is wsus_upstream.py, which shares nothing with the product.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh" || exit 1
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

mkdir -p up/docs up/files
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"; }
trap stop EXIT
start_server() {
  rm -f up/port
  python3 -B "$FERRY_SOURCE_ROOT/tests/e2e/wsus_upstream.py" up 2>up/errors &
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
$2
[[feed]]
name = "all"
$3
TOML
}

start_server
month 0
point hq

forget
exits 0 "a first sync takes everything" ferry_export --point hq sync
claim "categories are asked for first" test "$(asked '[e["config"] for e in l if e["op"]=="GetRevisionIdList"]')" = "[True, False]"
equal "what is asked for the first time is asked for whole, without an anchor" \
  "$(asked '[(e["anchor"], any(e["Categories"].values()), any(e["Classifications"].values())) for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]')" "[(None, False, False)]"
claim "no request is for more updates than the server takes" test "$(asked 'max(e.get("ids", 0) for e in l)')" = 20
equal "the account is the point's name and id" "$(asked '[e["account"][0] for e in l if "account" in e]')" "['hq']"

mkdir folder && cp -r up/docs/0/. folder
ferry_export --point direct init --name hq >/dev/null
printf '[point]\nname = "hq"\n[[source]]\nname = "docs"\nkind = "updates"\npath = "%s"\n[[feed]]\nname = "all"\n' "$work/folder" >direct/point.toml
ferry_export --point direct sync >/dev/null 2>&1
equal "every document is the same, byte for byte, as read from a folder" "$(holds_what hq | sha256sum)" "$(holds_what direct | sha256sum)"
equal "and so is the feed's state" "$(state_of ferry_export hq all)" "$(state_of ferry_export direct all)"

forget
exits 2 "nothing new is nothing to do" ferry_export --point hq sync
equal "nothing is fetched then" "$(asked 'sum(e.get("ids", 0) for e in l)')" 0
equal "known ids are asked for by anchor" \
  "$(asked '[(e["anchor"], all(e["Categories"].values()), all(e["Classifications"].values())) for e in l if e["op"]=="GetRevisionIdList" and not e["config"]]')" "[('7,2026-01-01 00:00:00.000', True, True)]"

month 1
before=$(find up/docs/1 -name '*.xml' | wc -l)
forget
exits 0 "a month later what changed is taken" ferry_export --point hq --json sync
equal "of which no more than that is fetched" "$(asked 'sum(e.get("ids", 0) for e in l) <= '"$before")" True
claim "and it is something" test "$(asked 'sum(e.get("ids", 0) for e in l)')" -gt 0
mkdir -p folder/1 && cp -r up/docs/1/. folder/1
ferry_export --point direct sync >/dev/null 2>&1
equal "and all is held that was published up to then" "$(holds_what hq | sha256sum)" "$(holds_what direct | sha256sum)"
finish
