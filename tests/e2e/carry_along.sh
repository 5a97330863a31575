#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The statically linked ferry-import works where nothing is installed: in a root with the program and the stick alone.
# What it cannot do it says, and changes nothing.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

equal "it needs no shared library" "$(readelf -d "$FERRY_IMPORT_STATIC" | grep NEEDED)" ""
if ! unshare --map-root-user chroot / true 2>/dev/null; then
  skip "the carry-along program in an empty root" "needs user namespaces"
  finish
  exit
fi

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
mkdir -p root/tmp
ferry_export --point hq export --site plant-1 --parity 5% -o root/stick >out
cp hq/trust/trust-0001.xml root/trust.xml
cp "$FERRY_IMPORT_STATIC" root/ferry-import
carried() { env -i unshare --map-root-user "$(command -v chroot)" root /ferry-import "$@"; }
# outcome PROGRAM...: everything it says and its exit code.
outcome() { "$@" 2>&1; echo "exit code $?"; }

exits 127 "there is nothing else in that root" env -i unshare --map-root-user "$(command -v chroot)" root /bin/sh
for command in inspect "inspect --json" "verify --trust trust.xml" "verify --trust trust.xml --json"; do
  # shellcheck disable=SC2086
  equal "'$command' says what the installed program says" "$(outcome carried $command stick)" "$(cd root && outcome "$FERRY_IMPORT" $command stick)"
done
exits 0 "it verifies" carried verify --trust trust.xml stick
says "sound" "and says so"
exits 0 "it makes a point" carried --point plant init --trust trust.xml --site plant-1
exits 0 "says what the bundle would change" carried --point plant diff stick
exits 0 "lays it out" carried --point plant import --stage staged stick
exits 0 "imports" carried --point plant import stick
equal "the site has the publisher's state" "$(state_of "$FERRY_IMPORT" root/plant all)" "$(state_of "$FERRY_EXPORT" hq all)"
for command in list status history "history --verify" check; do
  # shellcheck disable=SC2086
  exits 0 "it does '$command'" carried --point plant $command
done
# Incomplete: a package of wsusutil carries no SDP documents.
exits 4 "it writes a package as .xml.gz" carried --point plant write wsus out.xml.gz

echo "# what it leaves to installed programs"
exits 64 "it serves nothing" carried --point plant serve --listen 127.0.0.1:0
says "cannot serve; use an installed ferry-import" "and says who does"
exits 64 "it writes no cabinet" carried --point plant write wsus out.cab
says "cannot write cabinets" "and says so"
claim "and leaves none" test ! -e root/out.cab
volume=$(basename "$(ls root/stick/*_v01of*.ferry)")
printf 'damaged' | dd of="root/stick/$volume" bs=1 seek=8192 conv=notrunc 2>/dev/null
equal "it finds damage as the installed program does" "$(outcome carried verify --trust trust.xml stick)" \
  "$(cd root && outcome "$FERRY_IMPORT" verify --trust trust.xml stick)"
exits 64 "it repairs nothing" carried repair stick -o whole
says "cannot repair from parity files; use an installed ferry-import" "and says who does"
equal "and leaves nothing half done" "$(ls root/whole 2>/dev/null)" ""
finish
