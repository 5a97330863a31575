#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A feed's criteria change: the next bundle carries exactly the difference, and a site that followed stands where a new
# one stands. What appeared upstream and nobody chose is told until somebody ignores it.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
set_key() { sed -i "s/^$2 = .*/$2 = $3/" "$1/point.toml"; }
# What a site's catalog says of the feed beside its documents.
policy() { query "$1" "SELECT content, languages FROM feed WHERE imported = 1"; }
approvals() { query "$1" "SELECT lower(hex(update_id)) FROM feed_approval WHERE until IS NULL ORDER BY update_id"; }
says_of_feed() { query "$1" "SELECT hex(state), content, languages, (SELECT coalesce(group_concat(hex(update_id)), '') FROM
  (SELECT update_id FROM feed_approval WHERE until IS NULL ORDER BY update_id)) FROM feed WHERE imported = 1"; }
query() { python3 -c 'import sqlite3, sys
print(*[" ".join(row) for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])])' "$1/catalog.db" "$2"; }
lacking() { ferry_import --point "$1" need --json | sed -n 's/^ *"sha1": //p' | sort; }

step=0
# follow WHAT [EXPORT-CODE]: the next bundle goes to the site that follows, a full one to a new site; both stand alike.
follow() {
  local what=$1 code=${2:-0}
  step=$((step + 1))
  exits "$code" "$what: a bundle is made" ferry_export --point hq export --site plant-1 --stands-alone --json -o "delta-$step"
  cp out "export-$step.json"
  exits 0 "$what: the site takes it" ferry_import --point site import --max-removals 100 "delta-$step"
  rm -rf hq-full fresh "full-$step"
  cp -r hq hq-full
  ferry_export --point hq-full export --site plant-1 --full -o "full-$step" >/dev/null 2>&1
  new_site fresh hq
  claim "$what: a new site takes a full bundle" ferry_import --point fresh import "full-$step"
  equal "$what: same state, policy, languages and approvals" "$(says_of_feed site)" "$(says_of_feed fresh)"
  ferry_import --point site list --json >site.list
  ferry_import --point fresh list --json >fresh.list
  claim "$what: same list" cmp site.list fresh.list
  equal "$what: same missing files" "$(lacking site)" "$(lacking fresh)"
}
carried() { json "export-$step.json" "d['bundles'][0]['$1']"; }
reasons() { for volume in "delta-$step"/*.ferry; do tar xOf "$volume" --wildcards 'chunks/*' | zstd -dc; done | sed -n 's/^drop .* \([a-z]*\)$/\1/p' | sort -u; }

sample_catalog catalog
payload catalog plain:3000 german:5000:de english:4000:en licensed:6000::de sdp-tool:7000 >files
sample_exporter hq "$work/catalog"
set_key hq products '["Northwind Instruments"]'
sed -i 's/^content = .*/&\napprovals = false/; s/^feed = .*/&\ncover-drops = 1/' hq/point.toml
exits 0 "the first sync" ferry_export --point hq sync
says "are chosen by no feed" "tells that products are chosen by nobody"
ferry_export --point hq content add catalog/content >/dev/null
new_site site hq
follow "one company"
equal "a full bundle" "$(carried kind)" full

echo "# products and classifications"
set_key hq products '["Northwind Instruments", "Fabrikam Drives"]'
follow "a company more"
equal "a delta" "$(carried kind)" delta
exits 2 "nothing more is news" ferry_export --point hq export --site plant-1 -o none
claim "with old documents of the new company" test "$(carried puts)" -gt 0
equal "and nothing goes" "$(carried drops)" 0
set_key hq products '["Fabrikam Drives"]'
follow "a company less"
claim "tombstones" test "$(carried drops)" -gt 0
equal "which say why" "$(reasons)" deselected
set_key hq products '["*"]'
set_key hq classifications '["Updates"]'
follow "all products, one classification"
set_key hq classifications '["*"]'
follow "everything"
rm catalog/scup/df311b65-e0ac-4655-888d-d1c8af152f87.sdp
ferry_export --point hq sync >/dev/null
follow "a package is gone"
equal "its reason" "$(reasons)" removed

echo "# content policy and languages, when no document changes"
set_key hq content '"eula"'
follow "licences" 4
equal "the bundle brings no documents" "$(carried puts) $(carried drops)" "0 0"
claim "but files" test "$(carried files)" -gt 0
set_key hq languages '["en"]'
follow "English licences" 4
equal "which needs no file" "$(carried files)" 0
equal "the site knows" "$(policy site)" "eula en"
set_key hq content '"all"'
follow "all files in English" 4
equal "those of the payload: plain, English, licensed, the tool" "$(carried files)" 4
set_key hq languages '["en", "de"]'
follow "German too" 4
equal "the German payload and the German licence, nothing else" "$(carried files)" 2
set_key hq languages '["DE", "en", "de"]'
exits 4 "the same languages in other words" ferry_export --point hq export --site plant-1 -o none
says "nothing new since" "are no news"
set_key hq content '"none"'
follow "no files at all"
equal "the site wants none" "$(policy site)" "none de en"
equal "and lacks none" "$(lacking site)" ""

echo "# a bundle that was lost, and undo"
set_key hq cover-drops 4
set_key hq content '"all"'
ferry_export --point hq export --site plant-1 -o lost >/dev/null 2>&1
set_key hq languages '["*"]'
follow "the bundle after a lost one" 4
before=$(policy site)
set_key hq content '"eula"'
ferry_export --point hq export --site plant-1 -o narrow >/dev/null 2>&1
claim "a narrower policy comes" ferry_import --point site import narrow
differs "and holds" "$(policy site)" "$before"
exits 0 "undo" ferry_import --point site undo
equal "takes the policy back" "$(policy site)" "$before"
exits 0 "the same bundle again" ferry_import --point site import narrow
exits 14 "an older one" ferry_import --point site import lost
equal "does not bring its policy" "$(policy site)" "eula *"

echo "# approvals"
set_key hq cover-drops 1
plain=$(awk '$1 == "plain" {print $2}' files) english=$(awk '$1 == "english" {print $2}' files)
set_key hq content '"approved"'
ferry_export --point hq approve "$plain" >/dev/null
follow "approved files" 4
equal "the approval came" "$(approvals site)" "${plain//-/}"
ferry_export --point hq decline "$plain" >/dev/null
ferry_export --point hq approve "$english" >/dev/null
follow "another one in its place" 4
equal "only that one" "$(approvals site)" "${english//-/}"
equal "with its file" "$(carried files)" 1
set_key hq content '"none"'
follow "approvals stay behind with the policy"
equal "none is there" "$(approvals site)" ""
set_key hq approvals true
follow "approvals = true"
equal "it is there" "$(approvals site)" "${english//-/}"

echo "# what nobody chose"
set_key hq products '["Northwind Instruments"]'
ferry_export --point hq sync >/dev/null
next_month catalog
exits 0 "the next month" ferry_export --point hq sync --json
holds "has what no feed chooses" out "len(d['unchosen']) > 1 and d['ignored'] == []"
ferry_export --point hq status --json >status.json
holds "status keeps telling" status.json "len(d['unchosen']) > 1"
json status.json "d['unchosen'][0]['id']" >first.id
exits 3 "what is not known cannot be ignored" ferry_export --point hq ignore "No Such Product"
exits 0 "one is ignored by its id" ferry_export --point hq ignore "$(cat first.id)"
exits 2 "once" ferry_export --point hq ignore "$(cat first.id)"
exits 0 "the list" ferry_export --point hq ignore --json
holds "says which, by whom and when" out "d['ignored'][0]['id'] == open('first.id').read().strip() and bool(d['ignored'][0]['by'] and d['ignored'][0]['at'])"
ferry_export --point hq status --json >status.json
holds "status tells of it no more, but that it is ignored" status.json \
  "open('first.id').read().strip() not in [c['id'] for c in d['unchosen']] and len(d['ignored']) == 1"
python3 -c 'import sqlite3, sys, uuid
db = sqlite3.connect("hq/catalog.db")
db.execute("UPDATE category SET name = ? WHERE id = ?", ("Another Name", uuid.UUID(sys.argv[1]).bytes))
db.commit()' "$(cat first.id)"
exits 2 "a sync" ferry_export --point hq sync --json
holds "leaves it ignored under another name" out \
  "open('first.id').read().strip() not in [c['id'] for c in d['unchosen']] and d['ignored'][0]['name'] == 'Another Name'"
exits 0 "and back" ferry_export --point hq ignore --undo "$(cat first.id)"
ferry_export --point hq status --json >status.json
holds "it is told again" status.json "open('first.id').read().strip() in [c['id'] for c in d['unchosen']] and not d['ignored']"
exits 64 "--undo without a name" ferry_export --point hq ignore --undo
finish
