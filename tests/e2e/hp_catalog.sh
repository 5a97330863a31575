#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A vendor's complete catalog, as real as it gets: 1,829 updates, in every form that it is handed out in.
# The facts claimed are those of ../shared/data/INDEX.md and those that Python reads out of the documents itself.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

v2=$data_root/hp-scup/HpCatalogForSms.latest_V2.zip
v1=$data_root/hp-scup/HpCatalogForSms.zip
if [ ! -f "$v2" ] || [ ! -f "$v1" ]; then
  skip "the HP catalog in every form" "no ../shared/data/hp-scup"
  finish
  exit
fi

mkdir v2 v1
python3 -c 'import sys,zipfile; [zipfile.ZipFile(a).extractall(d) for a, d in zip(sys.argv[1::2], sys.argv[2::2])]' \
  "$v2" v2 "$v1" v1

# What an independent reader finds in the .sdp files: per id the superseded ids and the files.
python3 - v2 >facts.json <<'PYTHON'
import glob, json, sys, xml.etree.ElementTree as tree
facts = {}
for path in glob.glob(sys.argv[1] + "/*.sdp"):
    root = tree.parse(path).getroot()
    def every(name): return [e for e in root.iter() if e.tag.split("}")[-1] == name]
    properties = every("Properties")[0]
    facts[properties.get("PackageID").lower()] = {
        "supersedes": [(e.text or e.get("PackageID")).strip().lower()
                       for group in every("SupersededPackages") for e in group],
        "bytes": sum(int(e.get("Size")) for e in every("OriginFile")),
        "classification": every("UpdateSpecificData")[0].get("UpdateClassification"),
        "title": every("Title")[0].text}
json.dump(facts, sys.stdout)
PYTHON
equal "Python finds 1,829 packages in the V2 catalog" "$(json facts.json 'len(d)')" 1829
equal "Python finds 28,319 supersedence edges" "$(json facts.json 'sum(len(f["supersedes"]) for f in d.values())')" 28319

# form NAME PATH: a point that syncs the catalog in this form.
form() {
  new_exporter "$1" scup "$2"
  exits 0 "$1: the first sync is done" ferry_export --point "$1" sync --json
  cp "$work/out" "$1.sync.json"
  holds "$1: 1,829 new, nothing else and nothing failed" "$1.sync.json" \
    '[(s["new"], s["changed"], s["expired"], s["removed"], s["unchanged"], s["failed"]) for s in d["sources"]] == [(1829,0,0,0,0,[])]'
  exits 2 "$1: a second sync has nothing to do" ferry_export --point "$1" sync --json
  holds "$1: and finds 1,829 unchanged, none changed" "$work/out" \
    '[(s["new"], s["changed"], s["unchanged"]) for s in d["sources"]] == [(0,0,1829)]'
  ferry_export --point "$1" list --json >"$1.list.json"
  holds "$1: lists exactly the ids that Python found" "$1.list.json" \
    'sorted(u["id"] for u in d["updates"]) == sorted(json.load(open("facts.json")))'
}

# facts NAME: what the point says of the catalog is true.
facts() {
  ferry_export --point "$1" list --count-by classification --json >"$1.counts.json"
  holds "$1: the classifications have 1,531, 254, 26, 17 and 1 updates" "$1.counts.json" \
    'd["counts"] == {"Updates": 1531, "Critical Updates": 254, "Tools": 26, "Feature Packs": 17, "Security Updates": 1}'
  equal "$1: 28,319 supersedence edges" "$(json "$1.list.json" 'sum(u["supersedes"] for u in d["updates"])')" 28319
  equal "$1: 1,433 updates supersede others" "$(json "$1.list.json" 'sum(u["supersedes"] > 0 for u in d["updates"])')" 1433
  equal "$1: files of 160.8 GB" "$(json "$1.list.json" '"%.1f GB" % (sum(u["file_bytes"] for u in d["updates"]) / 1e9)')" "160.8 GB"
  holds "$1: title, classification, edges and file sizes of every update are Python's" "$1.list.json" \
    '(lambda facts: [u["id"] for u in d["updates"] for f in [facts[u["id"]]] if (u["title"], u["classification"], u["supersedes"], u["file_bytes"]) != (f["title"], f["classification"], len(f["supersedes"]), f["bytes"])])(json.load(open("facts.json"))) == []'
  rm -f "$1.edges"
  for id in $(json facts.json '" ".join(sorted(d)[1::400])'); do
    ferry_export --point "$1" show "$id" --json >"$1.show.json"
    json "$1.show.json" 'sorted(d["supersedes"]) == sorted(json.load(open("facts.json"))[d["id"]]["supersedes"])' >>"$1.edges"
  done
  equal "$1: show names the superseded ids of five updates" "$(sort "$1.edges" | uniq -c | xargs)" "5 True"
}

form v2-zip "$v2"
facts v2-zip
form v2-folder "$work/v2"
form v1-zip "$v1"
facts v1-zip
form v1-xml "$work/v1/HpCatalogForSms.xml"
if command -v gcab >/dev/null; then
  (cd v2 && find . -type f -printf '%P\n' | sort | xargs gcab --create --zip --nopath "$work/v2.cab")
  (cd v1 && gcab --create --zip --nopath "$work/v1.cab" HpCatalogForSms.xml)
  form v2-cab "$work/v2.cab"
  form v1-cab "$work/v1.cab"
else
  skip "the catalog as a cabinet" "gcab is not installed"
fi

# The parts of a listing that do not depend on the bytes of the document.
same='[{k: v for k, v in u.items() if k not in ("size",)} for u in sorted(d["updates"], key=lambda u: u["id"])]'
equal "V1 and V2 tell the same of every update" "$(json v1-zip.list.json "$same" | sha256sum)" "$(json v2-zip.list.json "$same" | sha256sum)"
for other in v2-folder v2-cab; do
  [ -f "$other.list.json" ] || continue
  equal "$other lists what the V2 zip lists, sizes included" "$(json "$other.list.json" d | sha256sum)" "$(json v2-zip.list.json d | sha256sum)"
done
equal "the state digest of the catalog is the same from zip and folder" "$(state_of "$FERRY_EXPORT" v2-zip all)" "$(state_of "$FERRY_EXPORT" v2-folder all)"

for other in v1-xml v1-cab; do
  [ -f "$other.list.json" ] || continue
  equal "$other lists what the V1 zip lists, sizes included" "$(json "$other.list.json" d | sha256sum)" "$(json v1-zip.list.json d | sha256sum)"
done

# From here on: one journey.
exits 0 "a full export is done" ferry_export --point v2-zip export --site plant-1 -o carried --json
holds "it has one bundle of 1,829 puts and no drops" "$work/out" \
  '[(b["kind"], b["base"], b["puts"], b["drops"]) for b in d["bundles"]] == [("full", 0, 1829, 0)]'
new_site site v2-zip
exits 0 "the import is done" ferry_import --point site import carried --json
holds "it says applied, 1,829 added" "$work/out" \
  '[(b["result"], b["code"], b["added"], b["removed"]) for b in d["bundles"]] == [("applied", 0, 1829, 0)]'
equal "the state digest is the same on both sides" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" v2-zip all)"
ferry_import --point site list --json >site.list.json
equal "the site lists what the exporting point lists" "$(json site.list.json d | sha256sum)" "$(json v2-zip.list.json d | sha256sum)"

compared=0
different=
while read -r id; do
  compared=$((compared + 1))
  ferry_import --point site show "$id" --document | cmp -s - "v2/$id.sdp" || different="$different $id"
done < <(json facts.json '"\n".join(sorted(d)[::50])')
equal "37 documents, every 50th, were compared with the zip" "$compared" 37
equal "all of them came through byte for byte" "$different" ""
claim "the site's catalog is sound" ferry_import --point site check

# The vendor changes the form of its catalog: every document is another one now, no update is lost.
sed -i "s|^path = .*|path = \"$v1\"|" v2-zip/point.toml
exits 0 "the switch to the V1 form is synced" ferry_export --point v2-zip sync --json
holds "it reports all 1,829 as changed" "$work/out" \
  '[(s["new"], s["changed"], s["expired"], s["removed"], s["unchanged"]) for s in d["sources"]] == [(0,1829,0,0,0)]'
ferry_export --point v2-zip list --json >switched.list.json
equal "every package has revision 2 now" "$(json switched.list.json 'sorted(set(u["revision"] for u in d["updates"]))')" "[2]"
claim "the switch is exported" ferry_export --point v2-zip export --site plant-1 -o switched
claim "and imported" ferry_import --point site import switched
equal "both sides agree again" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" v2-zip all)"

# A package cut out of a V1 catalog: its element's bytes, more namespace declarations in the start tag aside.
python3 - "$work/v1/HpCatalogForSms.xml" >cut.txt <<'PYTHON'
import json, os, re, subprocess, sys
catalog = open(sys.argv[1], "rb").read()
ids = sorted(json.load(open("facts.json")))[::200]
wrong = []
for one in ids:
    run = [os.environ["FERRY_IMPORT"], "--point", "site", "show", one, "--document"]
    document = subprocess.run(run, stdout=subprocess.PIPE, check=True).stdout
    body = document[document.index(b">") + 1:]
    if len(body) < 1000 or body not in catalog or b"SoftwareDistributionPackage" not in document[:document.index(b">")]:
        wrong.append(one)
print(len(ids), wrong)
PYTHON
equal "ten packages of the V1 catalog stand in it verbatim" "$(cat cut.txt)" "10 []"
id=$(json facts.json 'sorted(d)[0]')
ferry_import --point site show "$id" --revision 1 --document >first.sdp
claim "the site still shows the document of revision 1" cmp first.sdp "v2/$id.sdp"

finish
