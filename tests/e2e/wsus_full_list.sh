#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an update server deletes: its lists of changes do not say it, a full list does. Removed is only what a whole list
# does not name, and no more at once than a person allows.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh" || exit 1
# shellcheck source-path=SCRIPTDIR source=../support/wsus_upstream.sh
. "$FERRY_SOURCE_ROOT/tests/support/wsus_upstream.sh"

keeps='fetched-*'
# updates N: ids of the first N updates that no other one bundles or needs, as JSON.
updates() { python3 - "$1" <<'PYTHON'
import glob, json, re, sys
texts = [open(path, encoding="utf-8").read() for path in sorted(glob.glob("up/docs/*/**/*.xml", recursive=True))]
named = {}
for text in texts:
    ids = [one.lower() for one in re.findall('UpdateIdentity UpdateID="([^"]*)"', text)]
    own = ids[0]
    for other in set(ids[1:]) - {own}: named[other] = True
    if re.search('UpdateType="(Software|Driver)"', text): named.setdefault(own, False)
print(json.dumps([one for one in sorted(named) if named[one] is False][:int(sys.argv[1])]))
PYTHON
}
# fresh: what a new point holds that knows of no past.
fresh() { rm -rf fresh && mode_before=$(cat up/control.json) && point fresh && control "$mode_before" && ferry_export --point fresh sync >/dev/null 2>&1; holds_what fresh; }
removed() { json out "d['sources'][0]['removed']"; }

start_server
month 0
point hq "max-removals = 5"
exits 0 "a first sync takes everything" ferry_export --point hq sync
before=$(holds_what hq)
three=$(updates 3)
control "{\"gone\": $three}"
exits 2 "three updates are deleted at the server: the list of changes says nothing" ferry_export --point hq sync
equal "and nothing is removed" "$(holds_what hq)" "$before"
forget
exits 0 "a full list says it" ferry_export --point hq sync --full-list --json
equal "three are removed" "$(removed)" 3
holds "those three" out "sorted(d['sources'][0]['ids']['removed']) == sorted($three)"
equal "the lists were asked for whole" \
  "$(asked '[(e["anchor"], any(e["Categories"].values())) for e in l if e["op"]=="GetRevisionIdList"]')" "[(None, False), (None, False)]"
equal "no document that was known was asked for again" "$(asked 'sum(e.get("ids", 0) for e in l)')" 0
equal "a new point would hold the same" "$(holds_what hq)" "$(fresh)"
exits 2 "after it the lists go on from where it ended" ferry_export --point hq sync
control '{}'
exits 0 "what the server has again comes again with a full list" ferry_export --point hq sync --full-list --json
equal "as it was" "$(holds_what hq)" "$before"

echo "# never more than a whole list says"
control "{\"gone\": $three, \"mode\": {\"GetRevisionIdList\": \"short\"}}"
refused 1 "a list that is cut off" hq ferry_export --point hq sync --full-list
mkdir -p up/docs/1
python3 - up/docs/1/new.xml <<'PYTHON'
import glob, re, sys
for path in sorted(glob.glob("up/docs/0/**/*.xml", recursive=True)):
    text = open(path, encoding="utf-8").read()
    if 'UpdateType="Software"' in text and 'IsCategory="true"' in text: break
open(sys.argv[1], "w", encoding="utf-8").write(re.sub('UpdateID="[^"]*"', 'UpdateID="5a5a5a5a-0000-4000-8000-00000000000b"', text, count=1))
PYTHON
control "{\"gone\": $three, \"bad\": [\"5a5a5a5a-0000-4000-8000-00000000000b\"]}"
exits 4 "a list with an update that cannot be had" ferry_export --point hq sync --full-list
says "nothing is taken as removed" "a person is told"
equal "nothing was removed" "$(holds_what hq)" "$before"
control '{"nothing": true}'
exits 2 "a server that lists nothing is no reason to remove anything" ferry_export --point hq sync --full-list
says "nothing is taken as removed" "a person is told that, too"
equal "and nothing was" "$(holds_what hq)" "$before"
control '{}'
ferry_export --point hq sync >/dev/null 2>&1
before=$(holds_what hq)
claim "the new update came, which was there to have" grep -q '^5A5A5A5A' <<<"$before"

echo "# no more at once than is allowed"
many=$(updates 1000)
count=$(python3 -c 'import json, sys; print(len(json.loads(sys.argv[1])))' "$many")
claim "enough are in nobody's way" test "$count" -ge 16
control "{\"gone\": $many}"
exits 4 "more than five percent are too many" ferry_export --point hq sync --full-list
says "$count of 301 updates" "how many"
says "sync upstream --full-list --max-removals 100" "and the way, if it is right"
equal "nothing was removed" "$(holds_what hq)" "$before"
exits 0 "when that is allowed" ferry_export --point hq sync upstream --full-list --max-removals 100 --json
equal "they go" "$(removed)" "$count"
equal "and a new point would hold the same" "$(holds_what hq)" "$(fresh)"
exits 64 "more than all is no percentage" ferry_export --point hq sync --full-list --max-removals 101
control '{}'
ferry_export --point hq sync --full-list >/dev/null 2>&1

echo "# now and then by itself"
sed -i '/^max-removals/a full-list-days = 30' hq/point.toml
lists() { asked '[e["anchor"] is None for e in l if e["op"]=="GetRevisionIdList"]'; }
at() { SOURCE_DATE_EPOCH=$(date -d "$1" +%s) ferry_export --point hq sync "${@:2}"; }
forget
at now >out 2>&1
equal "not before it is time" "$(lists)" "[False, False]"
control "{\"gone\": $three}"
forget
exits 0 "after thirty days" at '31 days' --json
equal "all is asked for" "$(lists)" "[True, True]"
equal "and what is gone goes" "$(removed)" 3
forget
at '32 days' >out 2>&1
equal "and not again a day later" "$(lists)" "[False, False]"

echo "# a category that was deleted"
gone_product=$(python3 - <<'PYTHON'
import sqlite3, uuid
db = sqlite3.connect("file:hq/catalog.db?mode=ro", uri=True)
print(uuid.UUID(bytes=db.execute("SELECT c.id FROM category c LEFT JOIN revision_category x ON x.category = c.id "
    "WHERE c.type = 3 GROUP BY c.id ORDER BY count(x.revision), c.id LIMIT 1").fetchone()[0]))
PYTHON
)
control "{\"gone\": [\"$gone_product\"]}"
refused 1 "the server refuses to be asked for it" hq at '33 days'
says "sync upstream --full-list" "and the way out is named"
exits 0 "which it is" at '33 days' upstream --full-list --max-removals 100
exits 2 "from then on it is asked for no more" at '34 days'
finish
