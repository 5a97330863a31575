#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The routines of ferry(7) and the commands of ferry-bundle(5) are run as they are printed.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/trust.sh
. "$FERRY_SOURCE_ROOT/tests/support/trust.sh"

mkdir bin rootkeys stick
ln -s "$FERRY_EXPORT" bin/ferry-export
ln -s "$FERRY_IMPORT" bin/ferry-import
PATH=$work/bin:$PATH

# block PAGE HEADING NUMBER: a block of commands under a heading, with the folders of this test.
block() {
  python3 - "$FERRY_SOURCE_ROOT/packaging/man/$1.scd" "$2" "$3" <<'PYTHON' |
import re, sys
page, heading, number = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2], int(sys.argv[3])
part = re.search(rf"^##? {re.escape(heading)}\n(.*?)(?=^##? |\Z)", page, re.M | re.S).group(1)
print(re.findall(r"^```\n(.*?)^```", part, re.M | re.S)[number - 1].replace("\\\\\n", "\\\n"), end="")
PYTHON
    sed -e "s|/media/stick|$work/stick|g; s|/media/rootkeys|$work/rootkeys|g" -e "s|KEY|${key:-KEY}|; s|WORDS|${words:-WORDS}|"
}
# works NAME HEADING NUMBER: the commands of a routine succeed, each of them.
works() { exits 0 "ferry(7), $1" bash -euo pipefail -c "$(block ferry "$2" "$3")"; }

sample_catalog vendor
works "a plant from zero: the point" "A plant from zero" 1
cat >hq/point.toml <<TOML
[point]
name = "headquarters"
[[source]]
name = "vendor"
kind = "scup"
path = "$work/vendor/scup"
[[feed]]
name = "all"
[[site]]
name = "plant-1"
feed = "all"
TOML
works "a plant from zero: the first bundle" "A plant from zero" 2
words=$(ferry_export --point hq trust fingerprint | grep -oE '([a-z]{5}-){7}[a-z]{5}' | xargs)
cp hq/trust/trust-0001.xml .
works "a plant from zero: the site" "A plant from zero" 3
equal "the plant holds what headquarters has" "$(state_of ferry_import plant all)" "$(state_of ferry_export hq all)"

mkdir courier && cd courier || exit 1
cp ../stick/*.ferry ../hq/trust/exporters.pem ../trust-0001.xml .
exits 0 "ferry-bundle(5): the commands for a look" bash -eu -c "$(block ferry-bundle "BY HAND" 1)"
says "put " "they show the first record"
exits 0 "ferry-bundle(5): the signature" bash -eu -c "$(block ferry-bundle "BY HAND" 2)"
says "CMS Verification successful" "it is valid"
exits 0 "ferry-bundle(5): a site's own check" bash -eu -c "$(block ferry-bundle "BY HAND" 3)"
cd "$work" || exit 1

next_month vendor
rm stick/*
works "every month" "Every month" 1
equal "the plant holds the next month" "$(state_of ferry_import plant all)" "$(state_of ferry_export hq all)"

# after NAME: the bundle of a routine, and what the site makes of it.
after() {
  exits 0 "$1: the site takes the bundle" ferry_import --point plant import stick
  equal "$1: and follows the new trust file" "$(trust_of plant)" "$2"
}
# Something is new, so that there is a bundle.
rm stick/* vendor/scup/4651d4cc-381c-4efb-a6b8-8aa30ce8b406.sdp
ferry_export --point hq sync >/dev/null 2>&1
works "keys are rotated" "Keys are rotated" 1
after "rotated" 2
rm stick/*
key=$(key_of hq exporter-2)
works "a key is stolen" "A key is stolen" 1
after "stolen" 3
rm stick/*
key=$(key_of hq exporter-3)
works "the exporting point is restored" "The exporting point is restored" 1
after "restored" 4

finish
