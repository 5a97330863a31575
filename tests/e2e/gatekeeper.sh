#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Between the two points stands a person: the change report, the staged tree, the release, and what is refused.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }

# new_keeper NAME: a key and a certificate made with stock tools.
new_keeper() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.pem" -out "$1.crt" -days 3650 \
    -subj "/CN=$1" -addext keyUsage=digitalSignature -addext extendedKeyUsage=codeSigning 2>/dev/null
}
# lacks NAME FILE TEXT: the file does not hold this text.
lacks() { if grep -qF -- "$3" "$2"; then fail "$1" "found: $3"; else pass "$1"; fi; }

payload catalog one:3000 evil:2000:::Critical >files
sample_catalog sample
cp sample/updates/*.xml catalog/updates/
# A title that would be markup, leave a quoted attribute, and turn the line around.
python3 - catalog/updates/evil.xml <<'PYTHON'
import sys
path = sys.argv[1]
text = open(path).read().replace(">evil<", ">&lt;script&gt;alert(1)&lt;/script&gt; \" onload=\"x &amp; \u202edesrever<")
open(path, "w").write(text.replace('FileName="evil.bin"', 'FileName="../../evil.bin"'))
PYTHON
new_exporter hq updates "$work/catalog/updates"
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >out
ferry_export --point hq content add catalog/content >out

echo "# the report beside the volumes"
ferry_export --point hq export --site plant-1 --json -o stick >export.json
name=$(json export.json "d['bundles'][0]['name']")
page=stick/$name.html
equal "the result names it" "$(json export.json "d['bundles'][0]['report']")" "$page"
claim "it lies there" test -s "$page"
lacks "a title's markup is text" "$page" "<script"
claim "shown as it was written" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt; &quot; onload=&quot;x &amp; \u{202e}desrever' "$page"
lacks "no title turns a line around" "$page" "$(printf '\342\200\256')"
claim "nothing is loaded from anywhere" bash -c "! grep -qE '(src|href)=|url\(|@import|<script|<link' '$page'"
claim "it is well-formed enough for a strict reader" python3 - "$page" <<'PYTHON'
import html.parser, sys
class Reader(html.parser.HTMLParser):
    stack, headers = [], []
    def handle_starttag(self, tag, attributes):
        if tag in ("meta", "br"): return
        if tag == "th": assert dict(attributes).get("scope") in ("row", "col"), attributes
        if tag == "html": assert dict(attributes)["lang"] == "en"
        self.stack.append(tag)
    def handle_endtag(self, tag): assert self.stack.pop() == tag, tag
reader = Reader()
reader.feed(open(sys.argv[1]).read())
assert not reader.stack
PYTHON
claim "it says that it is not signed" grep -q "is not signed" "$page"
claim "and how to make it anew" grep -q "ferry-import inspect --html" "$page"
claim "products have names" grep -q "Contoso Workplace 11" "$page"
claim "CVEs stand there" grep -q "CVE-2026-990017" "$page"
equal "preview does not disturb it" "$(ferry_export --point hq preview plant-1 --full --json | python3 -c 'import json,sys
d = json.load(sys.stdin)["change_report"]; print(d["counts"]["new"] + d["counts"]["expired"], d["changes"][0]["severity"])')" \
  "$(json export.json "str(d['bundles'][0]['puts'] - 17)") Critical"
ferry_export --point hq export --site plant-1 --full --no-report --json -o stick >again.json
equal "--no-report leaves it out" "$(json again.json "d['bundles'][0]['report']")" None
claim "and no old one of the name stays" test ! -e "$page"
ferry_export --point hq export --site plant-1 --full -o stick >out

echo "# looking"
new_site site hq
exits 0 "inspect makes it from the verified bundle" ferry_import --point site inspect --html inspect.html --json stick
holds "and tells the same" out "d['bundles'][0]['change_report']['changes'][0]['severity'] == 'Critical'"
claim "as a page" grep -q "&lt;script&gt;" inspect.html
exits 11 "not without a trust file" ferry_import --point nowhere inspect --html no.html stick
claim "and then there is no page" test ! -e no.html
exits 0 "diff tells it of this site" ferry_import --point site diff --html diff.html --json stick
holds "with its numbers" out "d['bundles'][0]['change_report']['counts']['new'] > 0 and 'changes' in d['bundles'][0]"
claim "as a page, too" grep -q "Contoso Workplace 11" diff.html
exits 0 "people see tables" ferry_import --point site diff stick
says "classification" "of classifications"

echo "# staging"
before=$(dump_digest site)
exits 0 "a bundle is staged" ferry_import --point site import --stage inspect stick --json
holds "the answer names the tree" out "d['bundles'][0]['result'] == 'staged' and d['bundles'][0]['tree'].endswith('/inspect/$name')"
equal "nothing of the catalog changed" "$(dump_digest site)" "$before"
tree=inspect/$name
tar xf stick/*.ferry manifest.xml
claim "the manifest lies there" cmp manifest.xml "$tree/manifest.xml"
evil=$(awk '$1 == "evil" {print $2}' files)
claim "each document as its publisher wrote it" cmp "$tree/documents/${evil}_1.xml" catalog/updates/evil.xml
claim "a harmless file name is kept" cmp "$tree/content/one.bin" "$(awk '$1 == "one" {print $4}' files)"
digest=$(awk '$1 == "evil" {print $3}' files)
claim "another becomes a digest" cmp "$tree/content/$digest" "$(awk '$1 == "evil" {print $4}' files)"
claim "with the report" grep -q "&lt;script&gt;" "$tree/report.html"
equal "nobody writes there by mistake" "$(stat -c %a "$tree/documents" "$tree/manifest.xml" "$tree/content/one.bin" | tr '\n' ' ')" "555 444 444 "
exits 64 "a second staging does not replace the first" ferry_import --point site import --stage inspect stick
exits 3 "what is not staged is not applied" ferry_import --point site import --apply other
cp -rp site plain && cp -rp inspect plain-inspect
exits 0 "where no gatekeeper is demanded the tree is applied" ferry_import --point plain import --apply "plain-inspect/$name"
equal "with its state" "$(state_of "$FERRY_IMPORT" plain all)" "$(json again.json "d['bundles'][0]['state']")"
claim "the catalog is sound" ferry_import --point plain check
claim "and the content store" ferry_import --point plain content check
exits 3 "once" ferry_import --point plain import --apply "plain-inspect/$name"

echo "# gatekeepers"
new_keeper anna && new_keeper otto && new_keeper mallory
printf '[import]\ngatekeeper = ["%s/anna.crt", "%s/otto.crt"]\ngatekeeper-threshold = 2\n' "$work" "$work" >>site/point.toml
keeps="bundle-*"
refused 11 "then nothing is merged in one step" site ferry_import --point site import stick
says "import --stage" "and it says what to do"
refused 11 "nor without a release" site ferry_import --point site import --apply "$tree"
says "ferry-import release" "it says who has to do what"
exits 0 "a gatekeeper releases it" ferry_import release "$tree" --key anna.pem --certificate anna.crt
exits 2 "once is enough" ferry_import release "$tree" --key anna.pem --certificate anna.crt
claim "openssl finds the signature good" openssl cms -verify -binary -inform DER -in "$tree/release.01.p7s" \
  -content "$tree/manifest.xml" -CAfile anna.crt -purpose any -out /dev/null
refused 11 "one of two is not enough" site ferry_import --point site import --apply "$tree"
cp "$tree/release.01.p7s" "$tree/release.02.p7s"
refused 11 "nor is one twice" site ferry_import --point site import --apply "$tree"
rm "$tree/release.02.p7s"
exits 0 "a stranger may sign" ferry_import release "$tree" --key mallory.pem --certificate mallory.crt
refused 11 "which counts for nothing" site ferry_import --point site import --apply "$tree"
exits 11 "a certificate of another key signs nothing" ferry_import release "$tree" --key anna.pem --certificate otto.crt
exits 0 "the second gatekeeper" ferry_import release "$tree" --key otto.pem --certificate otto.crt

echo "# a tree that was changed"
# tampered NAME COMMAND...: after the command in a copy of the tree, the copy is refused and nothing merged.
tampered() {
  local name=$1
  shift
  rm -rf copy && cp -rp inspect copy && chmod -R u+w copy
  (cd "copy/$(basename "$tree")" && "$@")
  refused 15 "$name" site ferry_import --point site import --apply "copy/$(basename "$tree")"
}
tampered "a changed document" bash -c "echo >>documents/${evil}_1.xml"
tampered "a document with other bytes of the same length" sed -i 's/Critical/critical/' "documents/${evil}_1.xml"
tampered "a document that is gone" rm "documents/${evil}_1.xml"
tampered "a document more" cp "documents/${evil}_1.xml" documents/more.xml
tampered "a link in place of a document" bash -c "mv documents/${evil}_1.xml '$work/away' && ln -s '$work/away' documents/${evil}_1.xml"
tampered "a changed payload file" bash -c "printf x | dd of=content/one.bin bs=1 seek=7 conv=notrunc status=none"
tampered "a changed report" bash -c "echo >>report.html"
tampered "a file more" touch setup.exe
rm -rf copy && cp -rp inspect copy && chmod -R u+w copy && echo >>"copy/$name/manifest.xml"
exits 3 "a changed manifest is that of no staged bundle" ferry_import --point site import --apply "copy/$name"

cp -rp site spoiled
chunk=$(find spoiled/spool -name '*.zst' | head -n 1)
printf x | dd of="$chunk" bs=1 seek=100 conv=notrunc status=none
exits 15 "a changed private copy is refused, too" ferry_import --point spoiled import --apply "$tree"
touch -d '29 days ago' site/spool/bundle-*
exits 0 "a released tree is applied by its name, after weeks" ferry_import --point site import --apply "$name"
says "released by CN=anna" "and says who released it"
equal "with its state" "$(state_of "$FERRY_IMPORT" site all)" "$(json again.json "d['bundles'][0]['state']")"
equal "nothing is left in the spool" "$(ls -A site/spool)" ""
printf '[point]\nname = "plant-1"\n[import]\ngatekeeper = ["%s/hq/keys/exporter-1.crt"]\n' "$work" >spoiled/point.toml
new_site third hq && cp spoiled/point.toml third/point.toml
ferry_import --point third import --stage third-tree stick >out
exits 11 "a key that signs bundles is no gatekeeper's" ferry_import --point third import --apply "third-tree/$name"
says "expected a key of its own" "and why is said"


echo "# a delta at a station without a catalog"
# The former revision of an update is what its new one is written against.
sed -i 's/RevisionNumber="1"/RevisionNumber="2"/; s/<[^>]*Description>[^<]*/&, and more/' catalog/updates/one.xml
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 --since 1 --no-report -o delta >out
exits 1 "its documents are written against those that the site holds" \
  ferry_import --point nowhere inspect --trust hq/trust/trust-0001.xml --html delta.html delta
says "--stands-alone" "and what to do is said"
claim "and then there is no page" test ! -e delta.html
exits 0 "where the base is, they are read and told" ferry_import --point site inspect --html delta.html --json delta
holds "as the change that it is" out "d['bundles'][0]['change_report']['counts']['new'] + d['bundles'][0]['change_report']['counts']['changed'] == 1"
ferry_export --point hq export --site plant-1 --since 1 --stands-alone --no-report -o alone >out
exits 0 "a bundle that stands alone is told without a catalog" \
  ferry_import --point nowhere inspect --trust hq/trust/trust-0001.xml --html alone.html --json alone
claim "as a page" test -s alone.html

finish
