#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ferry's own client against Ferry's own server over HTTP: a whole catalog arrives equal, a month moves only its delta,
# and a server that is killed in the middle costs nothing that had arrived, over TLS either. FERRY_COMPLETE=1: 100,000
# revisions.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source=../support/serve.sh
. "$FERRY_SOURCE_ROOT/tests/support/serve.sh"

revisions=2000
[ -z "${FERRY_COMPLETE:-}" ] || revisions=100000
month() { "$GENERATE_CATALOG" --seed 5 --revisions "$revisions" --month "$1" --quiet catalog; }
# How much the last run found new or changed at the server.
touched() { json out "d['sources'][0]['new'] + d['sources'][0]['changed'] + d['sources'][0]['expired']"; }

month 0
new_exporter up updates "$work/catalog"
ferry_export --point up sync >/dev/null
begins "the upper point serves" first "$FERRY_EXPORT" up --listen 127.0.0.1:0 --log requests
new_exporter down updates unused
sed -i "s|^kind = .*|kind = \"wsus-server\"|; s|^path = .*|url = \"$url\"|" down/point.toml

exits 0 "a whole catalog comes from a server" ferry_export --point down sync --json
equal "of all its revisions" "$(touched)" "$revisions"
equal "equal, by its state digest" "$(state_of "$FERRY_EXPORT" down all)" "$(state_of "$FERRY_EXPORT" up all)"
first=$(wc -l <requests)
exits 2 "a second time nothing has changed" ferry_export --point down sync --json
equal "and nothing moves" "$(touched)" 0

# What the protocol cannot say, that an update is gone, is left out of this month.
cp -r catalog kept
month 1
cp -rn kept/. catalog/
ferry_export --point up sync >/dev/null
before=$(wc -l <requests)
exits 0 "a month later" ferry_export --point down sync --json
claim "only what changed moves, in fewer requests" test $(($(wc -l <requests) - before)) -lt $((first / 2))
equal "and both are equal again" "$(state_of "$FERRY_EXPORT" down all)" "$(state_of "$FERRY_EXPORT" up all)"

# A new point below the same server, which dies while the documents come.
ferry_export --point late init --name late >/dev/null
cp down/point.toml late/
before=$(wc -l <requests)
kill_in_the_middle() {
  ferry_export --point late sync >late.out 2>late.err &
  local client=$! code=0
  while [ $(($(wc -l <requests) - before)) -lt $((first / 2)) ]; do
    kill -0 "$client" 2>/dev/null || break
    sleep 0.02
  done
  kill -KILL "$server" 2>/dev/null
  wait "$client" || code=$?
  echo "$code"
}
sed -i '/^url = /a retries = 0' late/point.toml
differs "the server dies in the middle, which is no success" "$(kill_in_the_middle)" 0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out certificate.pem -days 30 -subj /CN=up \
  -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
begins "it serves again, over TLS" second "$FERRY_EXPORT" up --listen 127.0.0.1:0 --log again \
  --tls-certificate "$work/certificate.pem" --tls-key "$work/key.pem"
sed -i "s|^url = .*|url = \"$url\"|" late/point.toml
keeps='fetched-*'
refused 1 "a certificate that nobody vouches for" late ferry_export --point late sync
sed -i "/^url = /a ca-file = \"$work/certificate.pem\"" late/point.toml
exits 0 "the next run goes on" ferry_export --point late sync --json
claim "and asks again for nothing that had arrived" test "$(wc -l <again)" -lt $((first * 9 / 10))
equal "and ends equal" "$(state_of "$FERRY_EXPORT" late all)" "$(state_of "$FERRY_EXPORT" up all)"
ends
equal "the server ends well" "$?" 0
finish
