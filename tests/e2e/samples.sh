#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The project's own catalog and its next month (samples/metadata/README.md): what is new, changed, expired, removed,
# shadowed, chosen by no feed, unresolved or broken, and what lists and shows say of it.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sample_catalog catalog
sample_exporter hq "$work/catalog"
counted='[tuple(s[k] for k in ("new", "changed", "expired", "removed", "unchanged", "shadowed")) for s in d["sources"]]'

# The start.
exits 0 "the start is synced" ferry_export --point hq sync --json
equal "22 update documents and 10 packages are new" "$(json out "$counted")" "[(22, 0, 0, 0, 0, 0), (10, 0, 0, 0, 0, 0)]"
holds "the JSON has version 1 and the fields of the contract" out \
  'd["version"] == 1 and all({"name", "new", "changed", "expired", "removed", "unchanged", "failed"} <= set(s) for s in d["sources"])'
exits 2 "a second sync has nothing to do" ferry_export --point hq sync
exits 0 "the full bundle" ferry_export --point hq export --site plant-1 -o full --json
holds "export: the JSON has version 1 and the fields of the contract" out \
  'd["version"] == 1 and all({"site", "feed", "kind", "base", "target", "state", "puts", "drops", "bytes", "volumes"} <= set(b) for b in d["bundles"])'
holds "export: the volumes are there and have that many bytes" out \
  '[sum(__import__("os").path.getsize(v) for v in b["volumes"]) == b["bytes"] for b in d["bundles"]] == [True]'
new_site site hq
exits 0 "the full bundle is imported" ferry_import --point site import full --json
holds "import: the JSON has version 1 and the fields of the contract" out \
  'd["version"] == 1 and all({"path", "result", "code", "feed", "generation", "state", "added", "removed"} <= set(b) for b in d["bundles"])'
equal "both sides have the same state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# The month after.
next_month catalog
exits 0 "the next month is synced" ferry_export --point hq sync --json
equal "updates: 4 new, 2 changed, 1 expired; packages: 2 new, 1 changed, 1 removed" "$(json out "$counted")" \
  "[(4, 2, 1, 0, 19, 0), (2, 1, 0, 1, 8, 0)]"
ids='sorted(i[:8] for s in d["sources"] for i in s["ids"]'
equal "they are named: new" "$(json out "${ids}[\"new\"])")" "['45a79972', '4eae3d12', 'a4f8bd08', 'e9302986', 'ef0fbdfa', 'f74ea00d']"
equal "they are named: changed" "$(json out "${ids}[\"changed\"])")" "['5a8330d1', '78513033', 'c20b3a7f']"
equal "they are named: expired" "$(json out "${ids}[\"expired\"])")" "['fe811d9b']"
equal "they are named: removed" "$(json out "${ids}[\"removed\"])")" "['df311b65']"
exits 0 "the delta" ferry_export --point hq export --site plant-1 -o delta --json
holds "the delta has 10 puts and 5 drops" out '[(b["kind"], b["base"], b["target"], b["puts"], b["drops"]) for b in d["bundles"]] == [("delta", 1, 2, 10, 5)]'
exits 0 "the delta is imported" ferry_import --point site import delta --json
holds "it says 10 added, 5 removed" out '[(b["added"], b["removed"]) for b in d["bundles"]] == [(10, 5)]'
equal "both sides have the same state again" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

# What the site shows.
id_of() { (cd catalog && find ../catalog "$FERRY_SOURCE_ROOT/samples/metadata/start" -name "$1*" | head -n 1 | xargs basename | cut -c 1-36); }
show() { ferry_import --point site show "$(id_of "$1")" --json "${@:2}" >show.json; }
show fe811d9b
holds "the expired update is shown as expired, at revision 202" show.json '(d["state"], d["revision"]) == ("expired", 202)'
show fe811d9b --revision 200
holds "its revision 200 was published" show.json '(d["state"], d["revision"]) == ("published", 200)'
show 5a8330d1
holds "the changed package has revision 2" show.json '(d["revision"], d["dialect"]) == (2, "sdp")'
ferry_import --point site list --json >list.json
holds "the removed package is not listed any more" list.json '[u for u in d["updates"] if u["id"].startswith("df311b65")] == []'
claim "but its revision 1 can still be shown" ferry_import --point site show "$(id_of df311b65)" --revision 1
ferry_import --point site show "$(id_of df311b65)" --revision 1 --document >gone.sdp
claim "byte for byte" cmp gone.sdp "$FERRY_SOURCE_ROOT/samples/metadata/start/scup/$(id_of df311b65).sdp"
exits 3 "a revision that never was is not found" ferry_import --point site show "$(id_of df311b65)" --revision 9
show 4651d4cc
holds "the chain: 4651d4cc supersedes 0b1c6a96 and is superseded by e9302986" show.json \
  'any(i.startswith("0b1c6a96") for i in d["supersedes"]) and any(i.startswith("e9302986") for i in d["superseded_by"])'
show d7347079
holds "the package that needs another one says so" show.json 'any(i.startswith("72485191") for c in d["prerequisites"] for i in c["any_of"])'
show 78513033
holds "the bundle names its leaves with exact revisions" show.json \
  'sorted((m["id"][:8], m["revision"]) for g in d["bundles"] for m in g["any_of"]) == [("2017d130", 100), ("c20b3a7f", 201)]'
holds "it has titles in several languages, a bulletin, two CVEs, a KB and a severity" show.json \
  'len(d["texts"]) >= 4 and d["bulletins"] == ["CTS26-041"] and len(d["cves"]) == 2 and d["kb_articles"] == ["9900412"] and d["severity"] == "Critical"'
holds "its category ids are names: classification and product" show.json '(d["classification"], d["products"]) == ("Security Updates", ["Contoso Workplace 11"])'
show 090985fe
holds "licence files have language, size and SHA-1" show.json \
  'any(f["is_eula"] and f["language"] and f["size"] > 0 and len(f["sha1"]) == 40 for f in d["files"])'
show a1e9d3ee
holds "a driver has its hardware facts" show.json 'd["type"] == "driver" and d["drivers"] and all(x["hardware_id"] for x in d["drivers"])'
equal "an id may be typed in upper case" "$(ferry_import --point site show "$(id_of a1e9d3ee | tr a-f A-F)" --json | sha256sum)" "$(sha256sum <show.json)"

# Every document of the source, byte for byte, at the site.
python3 - catalog >different.txt <<'PYTHON'
import glob, os, re, subprocess, sys
files = sorted(glob.glob(sys.argv[1] + "/*/*.sdp") + glob.glob(sys.argv[1] + "/*/*.xml"))
bad = []
for path in files:
    run = [os.environ["FERRY_IMPORT"], "--point", "site", "show", os.path.basename(path)[:36], "--document"]
    if subprocess.run(run, stdout=subprocess.PIPE).stdout != open(path, "rb").read(): bad.append(path)
print(len(files), bad)
PYTHON
equal "all 37 documents came through byte for byte" "$(cat different.txt)" "37 []"

# Lists.
number() { ferry_import --point site list --json "$@" >list.json && json list.json 'len(d["updates"])'; }
equal "list: 37 updates" "$(number)" 37
holds "list: version 1 and the fields of the contract" list.json \
  'd["version"] == 1 and all({"id", "revision", "dialect", "type", "title", "classification", "products", "state", "size"} <= set(u) for u in d["updates"])'
equal "list by state" "$(number --state expired)" 2
equal "list by type" "$(number --type detectoid)" 3
equal "list of categories" "$(number --type category)" 9
equal "list by classification name" "$(number --classification 'Critical Updates')" 3
equal "list by classification id" "$(number --classification E6CF1350-C01B-414D-A61F-263D14D133B4)" 3
equal "list by product" "$(number --product Firmware)" 5
equal "list by company" "$(number --product 'Northwind Instruments')" 7
equal "list by text, whatever the case" "$(number --text 'spectra 300')" 4
equal "list by two filters" "$(number --product Firmware --classification 'Security Updates')" 3
equal "list of all revisions has the old one of a changed package no more: it is no member" "$(number --all-revisions)" 37
ferry_import --point site list --count-by classification --json >list.json
holds "counts by classification" list.json 'd["version"] == 1 and (d["counts"]["Critical Updates"], d["counts"]["Security Updates"], d["counts"]["Tools"]) == (3, 6, 1)'
ferry_import --point site list products --json >list.json
holds "products: the category tree by name and parent" list.json \
  '{(p["name"], p["parent"]) for p in d["products"]} >= {("Contoso Shield", "Contoso Workplace"), ("Contoso Workplace", "Contoso"), ("Firmware", "Fabrikam Drives"), ("Firmware", "Northwind Instruments")}'
ferry_import --point site list classifications --json >list.json
equal "classifications by name" "$(json list.json 'sorted(c["name"] for c in d["classifications"])')" \
  "['Critical Updates', 'Definition Updates', 'Drivers', 'Security Updates', 'Tools', 'Updates']"

# Every command's JSON, on both sides.
parses() {
  if "${@:2}" --json >json.out 2>json.err && [ "$(json json.out 'd["version"]' 2>&1)" = 1 ]; then pass "$1"; else
    fail "$1" "command: ${*:2} --json" "$(head -c 500 json.out)" "$(cat json.err)"
  fi
}
for what in "status" "feeds" "sites" "list" "list products" "list classifications" "list --count-by type" "trust show" "check" "preview plant-1 --full"; do
  # shellcheck disable=SC2086  # words of a command
  parses "ferry-export $what --json" ferry_export --point hq $what
done
for what in "status" "history" "list" "check" "inspect full" "verify delta"; do
  # shellcheck disable=SC2086  # words of a command
  parses "ferry-import $what --json" ferry_import --point site $what
done
parses "ferry-export init --json" ferry_export --point made init --name made
parses "ferry-export trust init --json" ferry_export --point made trust init
parses "ferry-import init --json" ferry_import --point made-site init --trust made/trust/trust-0001.xml --site x
ferry_export --point hq status --json >status.json
holds "export status: the fields of the contract" status.json \
  'd["point"] == "hq" and all({"name", "generation", "state", "updates", "revisions"} <= set(f) for f in d["feeds"]) and all({"name", "feed", "acknowledged", "exported"} <= set(s) for s in d["sites"])'
ferry_import --point site status --json >status.json
holds "import status: the fields of the contract" status.json \
  '"point" in d and "sites" in d and all({"name", "generation", "state", "updates", "revisions"} <= set(f) for f in d["feeds"])'
ferry_import list --point site --json >after.json
ferry_import --point site list --json >before.json
claim "--point may stand after the command" cmp before.json after.json
equal "FERRY_POINT names a point too" "$(FERRY_POINT=$work/site ferry_import list --json | sha256sum)" "$(sha256sum <before.json)"
for program in "$FERRY_EXPORT" "$FERRY_IMPORT"; do
  for command in $("$program" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
    "$program" "$command" --help >help.out 2>&1
    claim "$(basename "$program") $command --help shows an example" grep -qi -e "$(basename "$program")" help.out
  done
done

# A third source offers an update that the first has: the first wins.
cp -r hq shadow
mkdir extra
cp catalog/updates/2ed4808d*.xml catalog/updates/b37aeb01*.xml extra/
sed 's/Processor is x64/Processor is something else/' extra/2ed4808d*.xml >extra/changed && mv extra/changed "$(echo extra/2ed4808d*.xml)"
sed -i 's/RevisionNumber="100"/RevisionNumber="900"/' extra/2ed4808d*.xml
before=$(state_of "$FERRY_EXPORT" shadow all)
add_source shadow later updates "$work/extra"
ferry_export --point shadow sync --json >out
equal "both updates of the later source are shadowed" "$(json out '[(s["shadowed"], [i[:8] for i in s["ids"]["shadowed"]]) for s in d["sources"] if s["name"] == "later"]')" "[(2, ['2ed4808d', 'b37aeb01'])]"
equal "a shadowed update changes nothing in the feed" "$(state_of "$FERRY_EXPORT" shadow all)" "$before"
ferry_export --point shadow show 2ed4808d-1f53-4b8c-8f0f-90f35709e405 --json >show.json 2>err || cp err show.json
ferry_export --point shadow show "$(id_of 2ed4808d)" --json >show.json
holds "the first source's document is the one that counts" show.json '(d["revision"], d["title"]) == (100, "Processor is x64")'

# A feed of one product carries all that its updates need, and nothing else.
cp -r hq closure
add_feed closure workplace '["Contoso Workplace 11"]' '["Security Updates"]'
add_site closure plant-3 workplace
exits 0 "a changed point.toml takes effect with the next export" ferry_export --point closure export --site plant-3 -o closed
ferry_export --point closure list --feed workplace --json >list.json
equal "the feed's updates, their leaves, detectoids and categories" "$(json list.json '" ".join(sorted(u["id"][:8] for u in d["updates"]))')" \
  "$(python3 - catalog/updates <<'PYTHON'
# What the chosen documents need, followed by an independent reader.
import glob, sys, xml.etree.ElementTree as tree
roots = {}
for path in glob.glob(sys.argv[1] + "/*.xml"):
    root = tree.parse(path).getroot()
    roots[next(e for e in root if e.tag.endswith("UpdateIdentity")).get("UpdateID").lower()] = root
def needs(root):
    return {e.get("UpdateID").lower() for part in root.iter() if part.tag.split("}")[1] in ("Prerequisites", "BundledUpdates")
            for e in part.iter() if e.tag.endswith("UpdateIdentity")}
product, classification = "49ef6429-df87-44c4-a651-87462aaf7a4a", "0fa1201d-4330-4fa8-8ae9-b877473b6441"
todo = [i for i, r in roots.items() if {product, classification} <= needs(r)]
done = set()
while todo:
    one = todo.pop()
    if one in done: continue
    done.add(one)
    todo.extend(n for n in needs(roots[one]) if n in roots)
print(" ".join(sorted(i[:8] for i in done)))
PYTHON
)"
holds "among them the leaves of the bundle" list.json '{"2017d130", "c20b3a7f"} <= {u["id"][:8] for u in d["updates"]}'
holds "and none of another product" list.json 'not any("Shield" in u["title"] or "Fieldpad" in u["title"] for u in d["updates"])'
new_site closed-site closure plant-3
claim "the site of that feed takes it" ferry_import --point closed-site import closed
equal "and has its state" "$(state_of "$FERRY_IMPORT" closed-site workplace)" "$(state_of "$FERRY_EXPORT" closure workplace)"

# New products and classifications that no feed chooses are told.
sample_catalog month
new_exporter narrow updates "$work/month/updates"
sed -i 's/^products = .*/products = ["Contoso Workplace 11"]/' narrow/point.toml
ferry_export --point narrow sync >out 2>&1
next_month month
exits 0 "a feed of one product, a month later" ferry_export --point narrow sync --json
holds "the new product that no feed chooses is named" out '"Contoso Fieldpad" in [c["name"] for c in d["new_categories"]]'
holds "the product that was chosen is not" out '"Contoso Workplace 11" not in [c["name"] for c in d["new_categories"]]'
ferry_export --point narrow status --json >status.json
holds "status keeps telling it" status.json '"Contoso Fieldpad" in [c["name"] for c in d["unchosen"]]'

# A reference that no source can resolve.
sample_catalog holes
rm holes/updates/2017d130*.xml holes/updates/2ed4808d*.xml
new_exporter holes-hq updates "$work/holes/updates"
exits 0 "a catalog with holes is synced" ferry_export --point holes-hq sync
says "2017d130" "the bundled update that no source offers is named"
says "2ed4808d" "the detectoid that no source offers is named"
cp -r holes-hq strict-hq
cp -r holes-hq lax-hq
sed -i 's/^classifications = .*/classifications = ["Security Updates"]/' strict-hq/point.toml
refused 1 "a strict export refuses when point.toml has changed" strict-hq ferry_export --point strict-hq export --site plant-1 --strict -o strict
refused 1 "a strict export refuses a feed with holes" holes-hq ferry_export --point holes-hq export --site plant-1 --strict -o strict
equal "a strict export writes nothing" "$(find strict -name '*.ferry' 2>/dev/null)" ""
exits 0 "an export that is not strict goes through" ferry_export --point lax-hq export --site plant-1 -o holes-out

# A document that is broken.
sample_catalog month-b
sample_exporter broken "$work/month-b"
ferry_export --point broken sync >out
next_month month-b
victim=$(cd month-b/updates && echo f74ea00d*.xml)
head -c 700 "month-b/updates/$victim" >cut.xml && mv cut.xml "month-b/updates/$victim"
cp month-b/scup/1a715734*.sdp saved && echo '<!-- not XML' >"$(echo month-b/scup/1a715734*.sdp)"
refused 1 "sync --strict changes nothing" broken ferry_export --point broken sync --strict
exits 4 "sync of a catalog with two broken documents" ferry_export --point broken sync --json
holds "the broken documents are named, each with its error" out \
  'sorted(f["path"][:8] for s in d["sources"] for f in s["failed"]) == ["1a715734", "f74ea00d"] and all(f["error"] for s in d["sources"] for f in s["failed"])'
equal "the others are taken over, and the package that became unreadable is kept" "$(json out '[(s["new"], s["changed"], s["expired"], s["removed"]) for s in d["sources"]]')" "[(3, 2, 1, 0), (2, 1, 0, 1)]"
claim "the kept package is still there" ferry_export --point broken show "$(id_of 1a715734)"
mv saved "$(echo month-b/scup/1a715734*.sdp)"
cp "$FERRY_SOURCE_ROOT/samples/metadata/next/updates/$victim" month-b/updates/
exits 0 "repaired documents are taken by the next sync" ferry_export --point broken sync
equal "and the catalog is what it would have been" "$(state_of "$FERRY_EXPORT" broken all)" "$(state_of "$FERRY_EXPORT" hq all)"

finish
