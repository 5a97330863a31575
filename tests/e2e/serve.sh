#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `serve`: downstream servers synchronize from a site, first all of it, then a month; payload files, status, and what a
# server must bear. The clients are Python's standard library and python3-zeep: none of them knows our code.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/serve.sh
. "$FERRY_SOURCE_ROOT/tests/support/serve.sh"
downstream() { python3 -B "$FERRY_SOURCE_ROOT/tests/support/wsus_downstream.py" "$@"; }
# The documents of a folder, however it is laid out.
digests() { find "$1" -name '*.xml' -exec sha256sum {} + | cut -d ' ' -f 1 | sort; }
status_of() { curl -s -o body -w '%{http_code}' "$@"; }
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

revisions=${FERRY_SERVE_REVISIONS:-800}
"$GENERATE_CATALOG" --seed 7 --revisions "$revisions" --month 0 --quiet catalog
new_exporter hq updates "$work/catalog"
ferry_export --point hq sync --quiet && ferry_export --point hq export --site plant-1 -o month0 --quiet
new_site site hq
exits 0 "a site has a catalog" ferry_import --point site import month0 --quiet

echo "# all of it"
begins "the site serves" first "$FERRY_IMPORT" site --listen 127.0.0.1:0 --log requests
exits 0 "a downstream server synchronizes" downstream sync "$url" down0
cp out told0
holds "everything is listed" told0 "d['categories'] + d['updates'] == $revisions"
equal "and is byte for byte what was published" "$(digests down0 | sha256sum)" "$(digests catalog | sha256sum)"
for file in $(find down0 -name '*.xml' | sort | awk 'NR % 150 == 1'); do
  id=$(basename "$file" .xml)
  ferry_import --point site show "${id%-r*}" --document >shown
  claim "'show' gives the same document of $id" cmp shown "$file"
done
exits 0 "again, with the anchors" downstream sync "$url" again "--anchor=$(json told0 "d['anchor']")" \
  "--config-anchor=$(json told0 "d['config_anchor']")"
holds "there is nothing new" out "d['categories'] == 0 and d['updates'] == 0"

echo "# a choice"
ferry_import --point site list --json >list.json
ferry_import --point site list products --json >products.json
ferry_import --point site list classifications --json >classifications.json
# The classification in which two products have most, and those.
read -r class product other < <(python3 - <<'PYTHON'
import collections, json
ids = {c["name"]: c["id"] for c in json.load(open("products.json"))["products"] if c["kind"] == "product"}
classes = {c["name"]: c["id"] for c in json.load(open("classifications.json"))["classifications"]}
count = collections.defaultdict(collections.Counter)
for update in json.load(open("list.json"))["updates"]:
    if update["classification"] in classes:
        for name in set(update["products"]) & ids.keys(): count[update["classification"]][name] += 1
best = max(sorted(count), key=lambda name: sorted(count[name].values())[-2:][0])
print(classes[best], *(ids[name] for name, _ in count[best].most_common(2)))
PYTHON
)
exits 0 "a product and a classification" downstream sync "$url" chosen --choose "$product:$class"
cp out chosen.told
# What the choice brings, and the categories, which it does not touch.
exits 0 "what that brings" downstream expected catalog "$product" "$class"
comm -23 <(cd chosen && find . -name '*.xml' -printf '%f\n' | sort) \
  <(cd down0 && grep -lE 'UpdateType="(Category|Detectoid)"' ./*.xml | sed 's|./||' | sort) >brought
equal "is what the documents say" "$(cat brought)" "$(sort out)"
claim "that is something, and not all" test "$(wc -l <brought)" -gt 5 -a "$(wc -l <brought)" -lt "$(json told0 "d['updates']")"

echo "# a month later, while it serves"
cp -r catalog before
"$GENERATE_CATALOG" --seed 7 --revisions "$revisions" --month 1 --quiet catalog
ferry_export --point hq sync --quiet && ferry_export --point hq export --site plant-1 -o month1 --quiet
exits 0 "the site imports" ferry_import --point site import month1 --quiet
exits 0 "the anchors bring" downstream sync "$url" down1 "--anchor=$(json told0 "d['anchor']")" \
  "--config-anchor=$(json told0 "d['config_anchor']")"
cp out told1
comm -13 <(digests before) <(digests catalog) >new_documents
equal "only what is new" "$(digests down1)" "$(cat new_documents)"
claim "which is something" test -s new_documents
exits 0 "a choice that is known moves as far as it moved" downstream sync "$url" chosen1 --choose "$product:$class" \
  "--anchor=$(json chosen.told "d['anchor']")" "--config-anchor=$(json chosen.told "d['config_anchor']")"
equal "and brings nothing that was there" "$(comm -23 <(digests chosen1) new_documents)" ""
exits 0 "a product that is new to the downstream server comes whole" downstream sync "$url" chosen2 \
  --choose "$product,$other:$class" --again "$other" "--anchor=$(json told1 "d['anchor']")" \
  "--config-anchor=$(json told1 "d['config_anchor']")"
downstream expected catalog "$other" "$class" >wanted
equal "as if there were no anchor" "$(cd chosen2 && find . -name '*.xml' -printf '%f\n' | sort)" "$(cat wanted)"
exits 0 "garbage is refused" downstream fault "$url" GetRevisionIdList \
  "<filter><Anchor>garbage</Anchor><GetConfig>true</GetConfig><Get63LanguageOnly>false</Get63LanguageOnly></filter>"
equal "as the protocol says" "$(cat out)" "InvalidParameters filter"
ferry_import --point site undo --quiet
downstream fault "$url" GetRevisionIdList "<filter><Anchor>$(json told1 "d['anchor']")</Anchor><GetConfig>true</GetConfig>
  <Get63LanguageOnly>false</Get63LanguageOnly></filter>" >out
equal "after an undo the anchor of what is undone is of another server" "$(cat out)" "ServerChanged"
ferry_import --point site import month1 --quiet
exits 0 "imported again it holds again" downstream sync "$url" down2 "--anchor=$(json told1 "d['anchor']")" \
  "--config-anchor=$(json told1 "d['config_anchor']")"
holds "with nothing new" out "d['updates'] == 0"

echo "# pages"
equal "the status is a page" "$(status_of "$url")" 200
claim "for people" grep -qi '<!doctype html>' body
equal "metrics" "$(status_of "${url}METRICS")" 200
claim "are the ones of 'status --prometheus'" grep -q '^ferry_info{program="ferry-import"' body
equal "status.json" "$(status_of "${url}status.json")" 200
holds "is the one of 'status --json'" body "d['version'] == 1 and d['site'] == 'plant-1'"
curl -sI "$url" >"head.txt"
claim "HEAD gives the head alone" grep -q '^HTTP/1.1 200' head.txt

echo "# junk"
sync_url=${url}ServerSyncWebService/ServerSyncWebService.asmx
equal "an unknown path" "$(status_of "${url}../../etc/passwd" --path-as-is)" 404
equal "the service of GET" "$(status_of "$sync_url")" 405
equal "a page of POST" "$(status_of -d x "$url")" 405
equal "another method" "$(status_of -X DELETE "$url")" 405
equal "no XML" "$(status_of -d 'junk' "$sync_url")" 400
equal "a billion laughs" "$(status_of -d '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' "$sync_url")" 400
python3 -c 'print("<a>" * 200000)' >deep
equal "a deep well" "$(status_of --data-binary @deep "$sync_url")" 400
head -c 2000000 /dev/zero >large
equal "a body that is too large" "$(status_of --data-binary @large "$sync_url")" 413
curl -s --data-binary @large -H 'Transfer-Encoding: chunked' -H 'Expect:' "$sync_url" >body 2>/dev/null
claim "and one that says no length gets no answer" test $? -ne 0
equal "letter case of a path does not matter" "$(status_of -d x "${url}SERVERSYNCWEBSERVICE/serversyncwebservice.ASMX")" 400
python3 - "$url" <<'PYTHON' >out 2>&1
import random, socket, sys, urllib.parse
place = urllib.parse.urlsplit(sys.argv[1])
rng = random.Random(5)
for _ in range(50):
    with socket.create_connection((place.hostname, place.port), timeout=20) as s:
        s.sendall(rng.randbytes(rng.randrange(1, 4000)) + b"\r\n\r\n")
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536): pass
# Sixty who dawdle: a byte of a head each, one of a body, and then nothing.
idle = []
for number in range(60):
    s = socket.create_connection((place.hostname, place.port), timeout=20)
    s.sendall(b"G" if number % 2 else b"POST /ServerSyncWebService/ServerSyncWebService.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<")
    idle.append(s)
s = socket.create_connection((place.hostname, place.port), timeout=20)
s.sendall(b"GET /status.json HTTP/1.0\r\n\r\n")
print(s.recv(100).split(b"\r\n")[0].decode())
PYTHON
equal "random bytes and clients that dawdle keep nobody else out" "$(cat out)" "HTTP/1.1 200 OK"

echo "# sixteen downstream servers at once"
exits 0 "all synchronize" downstream crowd "$url" crowd 16
holds "without an error" out "len(d) == 16 and not any('error' in one for one in d)"
whole=$(digests catalog | sha256sum)
same=0
for number in $(seq 0 15); do [ "$(digests "crowd/$number" | sha256sum)" = "$whole" ] && same=$((same + 1)); done
equal "and hold the whole catalog, each" "$same" 16
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$server/status")
echo "# the server's peak: $((peak / 1024)) MiB"
claim "in bounded memory" test "$peak" -lt $((128 * 1024))
rm -rf crowd
ends
equal "SIGTERM ends it well" "$?" 0
claim "it says so" grep -qx stopped first.out
claim "and nobody listens any more" bash -c "! curl -s '$url' >/dev/null"
claim "the log has a line for each request" test "$(wc -l <requests)" -gt 100
claim "of printable characters" bash -c '! LC_ALL=C grep -q "[^ -~]" requests'
equal "nothing in the catalog is damaged" "$(ferry_import --point site check >/dev/null 2>&1; echo $?)" 0

echo "# another client, which knows a WSDL alone; a replica"
ferry_import --point site list --json >list.json
approved=$(json list.json "[u['id'] for u in d['updates'] if u['type'] == 'software'][0]")
declined=$(json list.json "[u['id'] for u in d['updates'] if u['type'] == 'software'][1]")
ferry_import --point site approve "$approved" --group pilot --deadline 2026-12-24 --quiet
ferry_import --point site decline "$declined" --quiet
if /usr/bin/python3 -c 'import zeep' 2>/dev/null; then
  begins "it serves" zeep "$FERRY_IMPORT" site --listen '[::1]:0'
  exits 0 "python3-zeep synchronizes" /usr/bin/python3 -B "$FERRY_SOURCE_ROOT/tests/support/wsus_zeep.py" \
    "$FERRY_SOURCE_ROOT/tests/e2e/server_sync.wsdl" "$url" zeep
  cp out zeep.told
  holds "it was told who authorizes" zeep.told "d['plug_in'] == 'DssTargeting' and d['version'] == '1.20' and d['most'] == 100"
  holds "all languages, as the feed carries them" zeep.told "len(d['languages']) == 39"
  for cabinet in zeep/*.cab; do
    cabextract -q -p "$cabinet" 2>/dev/null | iconv -f UTF-16LE -t UTF-8 >"${cabinet%.cab}.xml"
  done
  claim "some documents came as cabinets" test "$(find zeep -name '*.cab' | wc -l)" -gt 0
  equal "every document is as it was published" "$(digests zeep | sha256sum)" "$(digests catalog | sha256sum)"
  holds "groups" zeep.told "d['groups'] == ['All Computers', 'Unassigned Computers', 'pilot']"
  holds "the approval, with its deadline" zeep.told \
    "[(one[0], one[1], one[2][:19]) for one in d['deployments']] == [('$approved', 0, '2026-12-24T00:00:00')]"
  holds "the decline" zeep.told "d['hidden'] == ['$declined']"
  holds "a fault with its code" zeep.told "d['fault'] == 'InvalidParameters updateIds'"
  ends
else
  skip "python3-zeep synchronizes" "needs python3-zeep"
fi

echo "# payload files"
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
payload files one:100000 two:3000001 >named
new_exporter shop updates "$work/files/updates"
sed -i 's/^content = .*/content = "all"/' shop/point.toml
ferry_export --point shop sync --quiet
ferry_export --point shop content add files/content --quiet
begins "the exporting point serves, too" shop "$FERRY_EXPORT" shop --listen 127.0.0.1:0
exits 0 "a downstream server synchronizes" downstream sync "$url" shopped
for path in $(cd files/content && find . -name '*.bin' | sed 's|^\./||'); do
  curl -s "${url}Content/$path" >whole
  claim "$path comes whole" cmp whole "files/content/$path"
  curl -s "${url}content/$(echo "$path" | tr '[:lower:]' '[:upper:]')" >whole
  claim "in any letter case" cmp whole "files/content/$path"
  tag=$(curl -sI "${url}Content/$path" | sed -n 's/^ETag: //Ip' | tr -d '\r')
  equal "$path is not sent to who has it" "$(status_of -H "If-None-Match: $tag" "${url}Content/$path")" 304
  size=$(stat -c %s "files/content/$path")
  equal "a range is 206" "$(status_of -r 1000-50999 "${url}Content/$path")" 206
  claim "and those bytes" cmp body <(tail -c +1001 "files/content/$path" | head -c 50000)
  equal "the end of it" "$(status_of -r -777 "${url}Content/$path")" 206
  claim "is the end" cmp body <(tail -c 777 "files/content/$path")
  equal "a range beyond it is 416" "$(status_of -r "$size-" "${url}Content/$path")" 416
  { head -c 40000 "files/content/$path" >part && curl -s -C - -o part "${url}Content/$path"; }
  claim "a download goes on where it was cut" cmp part "files/content/$path"
done
equal "a file that is not here is 404" "$(status_of "${url}Content/00/0000000000000000000000000000000000000000.cab")" 404
for path in "00/../../catalog.db" "../point.toml" "AB/x" "AB/" ""; do
  equal "'$path' is 404" "$(status_of --path-as-is "${url}Content/$path")" 404
done
stored=$(find shop/content -type f | sort | head -n 1)
cp "$stored" kept && truncate -s 5 "$stored"
found=0
for path in $(cd files/content && find . -name '*.bin' | sed 's|^\./||'); do
  [ "$(status_of "${url}Content/$path")" = 404 ] && found=$((found + 1))
done
equal "a file that was cut short is not sent" "$found" 1
ends

echo "# who may come, and how"
begins "it serves" closed "$FERRY_EXPORT" shop --listen 127.0.0.1:0 --allow 10.0.0.0/8 --allow fd00::/8
claim "a client that is not on the list gets nothing" bash -c "! curl -s '$url' >/dev/null"
ends
begins "it serves" allowed "$FERRY_EXPORT" shop --listen 127.0.0.1:0 --allow 127.0.0.0/8
equal "one that is gets its answer" "$(status_of "$url")" 200
ends
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 30 -subj /CN=plant \
  -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
printf '[serve]\nlisten = "127.0.0.1:0"\ntls-certificate = "%s"\ntls-key = "%s"\nallow = ["127.0.0.1"]\n' \
  "$work/certificate.pem" "$work/key.pem" >>shop/point.toml
begins "point.toml says all of it" tls "$FERRY_EXPORT" shop
equal "over TLS" "${url%%:*}" https
equal "which the certificate shows" "$(status_of --cacert certificate.pem "${url}status.json")" 200
curl -s --cacert certificate.pem --data-binary @- "${url}ServerSyncWebService/ServerSyncWebService.asmx" >body <<<'<a/>'
path=$(cd files/content && find . -name '*.bin' | sed 's|^\./||' | sort | tail -n 1)
claim "plain HTTP gets nothing there" bash -c "! curl -sf 'http://${url#https://}'"
claim "TLS 1.1 neither" bash -c "! curl -s --cacert certificate.pem --tls-max 1.1 '$url' >/dev/null"
ends
equal "SIGTERM ends it well" "$?" 0
exits 64 "an address without a port" ferry_export --point shop serve --listen 127.0.0.1
exits 64 "an address that is not this machine's" ferry_export --point shop serve --listen 192.0.2.1:8530
exits 64 "a network with bits beyond its prefix" ferry_export --point shop serve --allow 10.1.2.3/8
exits 64 "a key without its certificate" ferry_export --point shop serve --tls-key key.pem
exits 3 "a key that is not there" ferry_export --point shop serve --tls-key none.pem --tls-certificate certificate.pem
exits 1 "a key that is none" ferry_export --point shop serve --listen 127.0.0.1:0 --tls-key certificate.pem --tls-certificate certificate.pem
exits 3 "a point that is not there" ferry_export --point none serve
begins "it serves" one "$FERRY_IMPORT" site --listen 127.0.0.1:0
place=${url#http://}
exits 1 "a port that is taken" ferry_import --point site serve --listen "${place%/}"
says "another program uses the port" "it says so"
ends
sed -i 's/^listen = .*/listen = "somewhere"/' shop/point.toml
exits 64 "a wrong address in point.toml" ferry_export --point shop serve
says "listen of [serve]" "is named"
finish
