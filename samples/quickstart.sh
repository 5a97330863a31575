#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job from end to end, on the sample catalogs of samples/metadata: build, synchronize a catalog, export
# a signed bundle, carry it, verify and import it; then a month passes and only the difference travels.
# Leaves everything in the directory it names at its end. May be run again: it starts from zero each time.
#
#   samples/quickstart.sh [DIRECTORY]      default: build/quickstart
#
# With FERRY_EXPORT and FERRY_IMPORT set it uses these programs and builds nothing.
set -euo pipefail
samples=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$samples")
demo=$(realpath -m "${1:-$root/build/quickstart}")
cd "$root"

step() { printf '\n== %s\n' "$*"; }
# Shows a command as one would type it, then runs it.
run() {
  printf '$ %s\n' "$(basename "$1")$(printf ' %s' "${@:2}")"
  "$@"
}

ferry_export=${FERRY_EXPORT:-$root/build/exporter/ferry-export}
ferry_import=${FERRY_IMPORT:-$root/build/importer/ferry-import}
if [ -z "${FERRY_EXPORT:-}" ]; then
  step "build"
  packaging/install-build-deps.sh build
  # The programs alone: the tests need more packages. A build directory that is there is used as it is.
  if [ ! -f build/build.ninja ] && ! log=$(meson setup build -Dtests=false -Ddebug=false --unity=on 2>&1); then
    printf '%s\n' "$log" >&2
    exit 1
  fi
  ninja -C build --quiet exporter/ferry-export importer/ferry-import
fi

mkdir -p "$demo"
if [ -n "$(ls -A "$demo")" ] && [ ! -f "$demo/.quickstart" ]; then
  echo "$demo is not empty and was not made by this script; name another directory" >&2
  exit 64
fi
rm -rf "${demo:?}"/{headquarters,plant-1,vendor,stick,.quickstart}
touch "$demo/.quickstart"
cd "$demo"

step "a vendor publishes: a SCUP catalog and a folder of update documents"
mkdir vendor
cp -r "$samples/metadata/start/." vendor/
chmod -R u+w vendor
find vendor -type f | wc -l | xargs printf '%s files in vendor/\n'

step "connected side: make a point, say what it synchronizes and for whom, make keys"
run "$ferry_export" --point headquarters init --name headquarters
cat >headquarters/point.toml <<TOML
[point]
name = "headquarters"

[[source]]
name = "scup"
kind = "scup"
path = "$demo/vendor/scup"

[[source]]
name = "documents"
kind = "updates"
path = "$demo/vendor/updates"

[[feed]]
name = "all"
products = ["*"]
classifications = ["*"]
languages = ["*"]
content = "none"

[[site]]
name = "plant-1"
feed = "all"
TOML
run "$ferry_export" --point headquarters trust init
run "$ferry_export" --point headquarters sync

step "disconnected side: make a point that trusts those keys (the trust file came by hand)"
run "$ferry_import" --point plant-1 init --trust headquarters/trust/trust-0001.xml --site plant-1

step "first trip: a full bundle"
run "$ferry_export" --point headquarters export --site plant-1 -o stick
run "$ferry_import" --point plant-1 inspect stick
run "$ferry_import" --point plant-1 import stick

step "a month later: the vendor changed, expired and withdrew some updates"
cp -r "$samples/metadata/next/scup" "$samples/metadata/next/updates" vendor/
while read -r gone; do rm -f "vendor/$gone"; done <"$samples/metadata/next/removed.txt"
run "$ferry_export" --point headquarters sync

step "second trip: only the difference"
rm -f stick/*
run "$ferry_export" --point headquarters preview plant-1
run "$ferry_export" --point headquarters export --site plant-1 -o stick
run "$ferry_import" --point plant-1 diff stick
run "$ferry_import" --point plant-1 import stick

step "both sides hold the same catalog"
run "$ferry_export" --point headquarters status
run "$ferry_import" --point plant-1 status
run "$ferry_import" --point plant-1 history
ours=$("$ferry_export" --point headquarters status --json | grep -o '"state": "[0-9a-f]*"')
theirs=$("$ferry_import" --point plant-1 status --json | grep -o '"state": "[0-9a-f]*"')
if [ "$ours" != "$theirs" ]; then
  echo "the state digests differ: $ours / $theirs" >&2
  exit 1
fi
echo "equal: $ours"

step "to look at"
cat <<TEXT
$demo/headquarters   the connected point: point.toml, catalog.db, trust/, log/audit.jsonl
$demo/stick          what travelled; try: tar tf $demo/stick/*.ferry
$demo/plant-1        the disconnected point; try: $ferry_import --point $demo/plant-1 list
TEXT
