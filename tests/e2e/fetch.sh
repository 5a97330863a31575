#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Payload files downloaded from an nginx on the loopback: whole, continued, refused, through a proxy, within a rate.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh" || exit 1
PATH=$PATH:/usr/sbin
for program in nginx openssl; do
  if ! command -v "$program" >/dev/null; then
    skip "downloads" "$program is not installed"
    finish
    exit
  fi
done
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

servers=()
stop_servers() { for server in "${servers[@]}"; do kill "$server" 2>/dev/null; done; rm -rf "$work"; }
trap stop_servers EXIT
mapfile -t ports < <(python3 -c 'import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
for s in sockets: print(s.getsockname()[1])')
plain=http://127.0.0.1:${ports[0]} secure=https://localhost:${ports[1]} other=http://127.0.0.1:${ports[2]}

mkdir -p www nginx
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -subj /CN=test-ca -days 30 2>/dev/null
openssl req "${key[@]}" -keyout server.key -out server.csr -subj /CN=localhost 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.pem 2>/dev/null
as_root=''
[ "$(id -u)" != 0 ] || as_root='user root;' # else its workers may not read the work directory
cat >nginx.conf <<NGINX
daemon off;
$as_root
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events {}
http {
  access_log off;
  log_format short '\$status \$request_uri range="\$http_range" bytes=\$body_bytes_sent';
  client_body_temp_path $work/nginx/body;
  proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi;
  scgi_temp_path $work/nginx/scgi;
  server {
    listen 127.0.0.1:${ports[0]};
    access_log $work/access.log short;
    root $work/www;
    location /norange/ { alias $work/www/; max_ranges 0; }
    location /slow/ { alias $work/www/; limit_rate 200k; }
    location /moved/ { return 302 $plain/moved-again\$uri; }
    location ~ ^/moved-again/.*/(.*)\$ { return 301 /\$1; }
    location /loop/ { return 302 \$uri; }
    location /tofile/ { return 302 file://$work/www/sdp-one.bin; }
    location /tohost/ { return 302 http://localhost:${ports[0]}/sdp-one.bin; }
    location /busy/ { return 503; }
    location /wrong/ { alias $work/wrong/; }
  }
  server {
    listen 127.0.0.1:${ports[1]} ssl;
    ssl_certificate $work/server.pem;
    ssl_certificate_key $work/server.key;
    root $work/www;
  }
}
NGINX
nginx -c "$work/nginx.conf" -e "$work/nginx/error.log" &
servers+=("$!")

# A forward proxy; and a server that cuts the first answer for each file in the middle and sends /endless/ for ever.
cat >server.py <<'PYTHON'
import http.server, os, re, socketserver, sys, urllib.request
seen = set()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("http://"):
            with open("proxy.log", "a") as log: log.write(self.path + "\n")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            bytes = opener.open(self.path).read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(bytes)))
            self.end_headers()
            self.wfile.write(bytes)
            return
        if self.path.startswith("/endless/"):
            self.send_response(200)
            self.end_headers()
            while True: self.wfile.write(b"x" * 65536)
        bytes = open("www/" + os.path.basename(self.path), "rb").read()
        start = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-")).group(1))
        with open("cut.log", "a") as log: log.write(f"{self.path} {start}\n")
        self.send_response(206 if start else 200)
        if start: self.send_header("Content-Range", f"bytes {start}-{len(bytes) - 1}/{len(bytes)}")
        self.send_header("Content-Length", str(len(bytes) - start))
        self.end_headers()
        self.wfile.write(bytes[start:] if self.path in seen else bytes[start:len(bytes) // 2])
        seen.add(self.path)
        self.close_connection = True
    def log_message(self, *arguments): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): daemon_threads = True
Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
PYTHON
python3 server.py "${ports[2]}" 2>/dev/null &
servers+=("$!")
for port in "${ports[@]}"; do
  for _ in $(seq 100); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
done

# point NAME BASE-URL SPEC...: an exporting point that wants these files from there; www/ has them.
point() {
  python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" --base-url "$2" "$1.catalog" "${@:3}" >"$1.files"
  while read -r name _ _ path; do cp "$path" "www/$name.bin"; done <"$1.files"
  ferry_export --point "$1" init --name hq >/dev/null
  cat >"$1/point.toml" <<TOML
[point]
name = "hq"
[[source]]
name = "packages"
kind = "scup"
path = "$work/$1.catalog/scup"
[[feed]]
name = "all"
content = "all"
TOML
  [ ! -d "$1.catalog/updates" ] || add_source "$1" updates updates "$work/$1.catalog/updates"
  ferry_export --point "$1" sync >/dev/null
}
fetch() { ferry_export --point "$1" fetch "${@:2}"; }
stored() { find "$1/content" -type f ! -name '.*' | wc -l; }
partials() { find "$1/content" -name '.fetch-*' | wc -l; }
sound() { (cd "$1/content" && find . -type f ! -name '.*' | while read -r file; do echo "$(basename "$file")  $file"; done | sha256sum -c --quiet); }
# partial POINT NAME: where the file's download is kept.
partial() { echo "$1/content/.fetch-$(sha1sum <"www/$2.bin" | cut -c 1-40).partial"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

echo "# whole files"
point hq "$plain" sdp-one:300000 sdp-two:1000000 sdp-three:1 sdp-four:70000 sdp-five:70001 sdp-six:70002
exits 0 "a dry run says what would come" fetch hq --dry-run
says "would fetch 6 files, 1.4 MiB" "how much"
says "$plain/sdp-two.bin" "and from where"
equal "and fetches nothing" "$(stored hq)" 0
exits 3 "a feed that is not there" fetch hq --feed nothing
exits 0 "six files are fetched" fetch hq --json
holds "the JSON counts them" out '(d["version"], d["fetched"], d["bytes"], d["failed"], d["without_url"]) == (1, 6, 1510004, [], [])'
equal "all lie in the store" "$(stored hq)" 6
claim "under their digests" sound hq
equal "no partial file is left" "$(partials hq)" 0
exits 0 "the catalog knows them" ferry_export --point hq content check
exits 2 "nothing is left to do" fetch hq
claim "the log has a line of it" grep -q '"event":"fetch"' hq/log/audit.jsonl
claim "the exporter has an HTTP client" bash -c "ldd '$FERRY_EXPORT' | grep -q libcurl"
claim "the importer has none" bash -c "! ldd '$FERRY_IMPORT' | grep -q libcurl"

echo "# continued"
point killed "$plain/slow" sdp-slow:600000
: >access.log
set -m # so that the child is not born with SIGINT ignored
"$FERRY_EXPORT" --point killed fetch --quiet &
process=$!
set +m
for _ in $(seq 100); do [ "$(stat -c %s "$(partial killed sdp-slow)" 2>/dev/null || echo 0)" -gt 50000 ] && break; sleep 0.05; done
kill -INT "$process"
wait "$process" 2>/dev/null
had=$(stat -c %s "$(partial killed sdp-slow)")
claim "Ctrl-C leaves a partial file ($had bytes)" test "$had" -gt 50000 -a "$had" -lt 600000
exits 0 "which the content check does not mind" ferry_export --point killed content check
exits 0 "the next run" fetch killed
claim "goes on where it ended" grep -q "206 /slow/sdp-slow.bin range=\"bytes=$had-\"" access.log
claim "with the right bytes" sound killed
point cut "$other/cut" sdp-cut:500000
exits 0 "a connection that is cut" fetch cut
equal "is taken up again in the same run" "$(cat cut.log)" "/cut/sdp-cut.bin 0
/cut/sdp-cut.bin 250000"
claim "with the right bytes" sound cut
point cut-once "$other/cut" sdp-once:500000
exits 4 "without retries it fails" fetch cut-once --retries 0
equal "and keeps the half" "$(stat -c %s "$(partial cut-once sdp-once)")" 250000
point stale "$plain" sdp-stale:400000
head -c 200000 /dev/zero >"$(partial stale sdp-stale)"
exits 0 "a partial file with other bytes is fetched anew" fetch stale
claim "with the right bytes" sound stale
point full "$plain" sdp-full:400000
cp www/sdp-full.bin "$(partial full sdp-full)"
: >access.log
exits 0 "a partial file that is whole" fetch full
equal "needs no request" "$(cat access.log)" ""
point norange "$plain/norange" sdp-nr:400000
head -c 200000 www/sdp-nr.bin >"$(partial norange sdp-nr)"
: >access.log
exits 0 "a server without ranges sends all" fetch norange
claim "in one answer" grep -q '^200 /norange/sdp-nr.bin range="bytes=200000-" bytes=400000' access.log
claim "with the right bytes" sound norange
touch "norange/content/.fetch-$(printf '%040d' 0).partial"
rm norange/content/??/*
exits 0 "a file that was lost is fetched again" fetch norange
equal "and partial files that nobody wants are removed" "$(partials norange)" 0

echo "# refused"
point missing "$plain/none" sdp-m:1000
: >access.log
exits 4 "a file that is not there" fetch missing
says "sdp-m.bin" "is named"
says "answers 404" "with the answer"
equal "and not asked for again" "$(wc -l <access.log)" 1
equal "no empty file is left" "$(partials missing)" 0
point busy "$plain/busy" sdp-b:1000
: >access.log
exits 4 "a server that is busy" fetch busy --retries 1
equal "is asked twice" "$(wc -l <access.log)" 2
says "answers 503" "and told"
mkdir wrong
point wrong "$plain/wrong" sdp-w:1000 sdp-long:1000 sdp-short:1000
head -c 1000 /dev/zero >wrong/sdp-w.bin
{ cat www/sdp-long.bin; echo more; } >wrong/sdp-long.bin
head -c 999 www/sdp-short.bin >wrong/sdp-short.bin
exits 4 "other files than the documents say" fetch wrong
says "found SHA-1 $(sha1sum <wrong/sdp-w.bin | cut -c 1-40), expected $(sha1sum <www/sdp-w.bin | cut -c 1-40)" "one with other bytes"
says "sends more than the 1000 bytes of the file" "one that is too long"
says "found 999 bytes, expected 1000" "one that is too short"
equal "nothing of them is kept" "$(stored wrong) $(partials wrong)" "0 0"
point endless "$other/endless" sdp-e:200000
exits 4 "a file without an end" timeout 20 "$FERRY_EXPORT" --point endless fetch
says "sends more than" "is refused where it is too long"

echo "# places"
point moved "$plain/moved" sdp-moved:100 sdp-moved2:90000
head -c 50 www/sdp-moved.bin >"$(partial moved sdp-moved)"
exits 0 "redirections are followed, also when going on" fetch moved
claim "to the right bytes" sound moved
point loop "$plain/loop" sdp-l:1000
exits 4 "not for ever" fetch loop
says "redirects more than 5 times" "it says so"
point tofile "$plain/tofile" sdp-one:300000
exits 4 "a redirection to a file of this machine is refused" fetch tofile
says "has the scheme 'file'" "it says so"
for place in "file://$work/www" "gopher://127.0.0.1:${ports[0]}" ftp://127.0.0.1; do
  rm -rf here here.catalog
  point here "$place" sdp-one:300000
  exits 4 "${place%%:*} is refused" fetch here
  says "expected http or https" "it says so: ${place%%:*}"
  equal "nothing came: ${place%%:*}" "$(stored here)" 0
done
point host "$plain/tohost" sdp-one:300000
exits 4 "a redirection to another host is refused with --only-hosts" fetch host --only-hosts 127.0.0.1,example.org
says "which is none of --only-hosts" "it says so"
exits 4 "so is the host itself" fetch host --only-hosts localhost
exits 0 "without it both are asked" fetch host
point secret "http://user:geheim@127.0.0.1:${ports[0]}/none" sdp-s:1000
exits 4 "a place with a password" fetch secret --json
equal "is shown and logged without it" "$(cat out err secret/log/audit.jsonl | grep -c geheim)" 0
point nowhere "" sdp-n:1000 old:2000
exits 4 "files without a place" fetch nowhere
says "that is not a URL" "a place that is none is told"
says "1 file is missing of which no document says where to find it" "as is none at all"
says "old.bin" "by name"

echo "# https"
point https "$secure" sdp-tls:100000
exits 4 "an unknown authority is refused" fetch https
says "certificate" "it says so"
equal "nothing came" "$(stored https)" 0
exits 3 "a --ca that is not there" fetch https --ca nothing.pem
exits 11 "a --ca without a certificate" fetch https --ca nginx.conf
exits 0 "with --ca it is believed" fetch https --ca ca.pem
point address "https://127.0.0.1:${ports[1]}" sdp-a:1000
exits 4 "another name than the certificate's is refused" fetch address --ca ca.pem

echo "# ways"
point proxy "$plain" sdp-p1:1000 sdp-p2:1000
exits 64 "a proxy that is none" fetch proxy --proxy file:///x
exits 0 "through a proxy" fetch proxy --proxy "$other"
equal "both files" "$(sort proxy.log)" "$plain/sdp-p1.bin
$plain/sdp-p2.bin"
point environment "$plain" sdp-p3:1000
exits 0 "through the proxy of the environment" env http_proxy="$other" "$FERRY_EXPORT" --point environment fetch
claim "which was asked" grep -q sdp-p3 proxy.log
point around "$plain" sdp-p4:1000
exits 0 "and not where no_proxy says so" env http_proxy="$other" no_proxy=127.0.0.1 "$FERRY_EXPORT" --point around fetch
claim "which was not asked" bash -c "! grep -q sdp-p4 proxy.log"
point rate "$plain" sdp-r1:1000000 sdp-r2:1000000
began=$(milliseconds)
exits 0 "within a rate" fetch rate --limit-rate 500kB
took=$(($(milliseconds) - began))
claim "2 MB at 500 kB a second took $took ms" test "$took" -gt 2500 -a "$took" -lt 12000
exits 64 "a rate of nothing" fetch rate --limit-rate 0
point parallel "$plain/slow" sdp-a1:300000 sdp-a2:300000 sdp-a3:300000 sdp-a4:300000
began=$(milliseconds)
exits 0 "four slow files at a time" fetch parallel
took=$(($(milliseconds) - began))
claim "took $took ms, less than one after the other" test "$took" -lt 4500
exits 64 "none at a time" fetch parallel --parallel 0
finish
