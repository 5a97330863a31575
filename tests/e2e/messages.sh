#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a tired person types, and that the one line of the answer says what is wrong and what to do.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
ferry_export --point hq export --site plant-1 -o stick >out
new_site plant hq
ferry_import --point plant import stick >out
ferry_export --point other init --name other >out

# answers CODE TEXT PROGRAM COMMAND...: one line that begins as every error does and holds the text.
answers() {
  local code=$1 text=$2 program=$3
  shift 3
  exits "$code" "$program $*" "${program/ferry-/ferry_}" "$@"
  says "$text" "… says: $text"
  equal "… in one line" "$(grep -cE "^$program: error: |^warning: " err) $(wc -l <err)" "1 1"
}

echo "# words that are none"
answers 64 "no command was given; see: ferry-import --help" ferry-import
answers 64 "'--foo' is no command and no option; see: ferry-import --help" ferry-import --foo
answers 64 "'imprt' is no command and no option" ferry-import imprt stick
answers 64 "'--sight' is no command and no option; see: ferry-export export --help" ferry-export --point hq export --sight plant-1
answers 64 "--output is required; see: ferry-export export --help" ferry-export --point hq export --site plant-1
answers 64 "see: ferry-export trust revoke --help" ferry-export --point hq trust revoke
answers 64 "no command was given; see: ferry-export trust --help" ferry-export trust
answers 64 "{bash,zsh,fish}" ferry-export completion foo
answers 64 "'12' is not an update id; expected a GUID, as 'list' shows them" ferry-import --point plant show 12
answers 64 "as 'list' shows them" ferry-import --point plant approve kb4711
answers 3 "in this catalog; see: list" ferry-import --point plant show 00000000-0000-0000-0000-000000000001
answers 3 "here; see: list" ferry-import --point plant decline 00000000-0000-0000-0000-000000000001

echo "# names that are none"
answers 3 "there is no site 'plant-2' in point.toml; it names 'plant-1'" ferry-export --point hq export --site plant-2 -o x
answers 3 "there is no feed 'al' in point.toml; it names 'all'" ferry-export --point hq export --feed al -o x
answers 3 "there is no source 'vender' in point.toml; it names 'vendor', 'packages'" ferry-export --point hq sync vender
answers 3 "there is no site 'x' in point.toml; it names none" ferry-export --point other export --site x -o x
answers 3 "make one with 'init', or name it with --point or FERRY_POINT" ferry-import --point nowhere status

echo "# places that are none"
answers 3 "there is no file or folder 'nowhere'" ferry-export --point hq content add nowhere
answers 3 "nowhere" ferry-import --point plant import nowhere
answers 3 "there is no volume (*.ferry) in 'catalog'" ferry-import --point plant import catalog
cp -r hq scheduled
printf '[schedule]\ncalendar = "Mon *-*-* 03:00"\ndrop-folder = "%s"\n' "$work/drop" >>scheduled/point.toml
answers 3 "make it, or name another with --directory" ferry-export --point scheduled schedule install --directory nowhere
answers 3 "'write content' makes one" ferry-import --point plant check --content nowhere


echo "# files that are others"
answers 11 "'hq/point.toml': not a usable trust file" ferry-import --point new init --trust hq/point.toml --site plant-1
answers 11 "expected one as 'ferry-export trust' writes it" ferry-import --point new init --trust hq/point.toml --site plant-1
claim "and makes no point" test ! -e new
answers 1 "not a regular file; name a file" ferry-import --point new init --trust hq --site plant-1
answers 11 "name the two that belong together" ferry-import release stick --key hq/keys/exporter-1.pem --certificate hq/keys/root-1.crt

echo "# keys"
root=$(ferry_export --point hq trust show | awk '/root-1/ {print $1}')
exporter=$(ferry_export --point hq trust show | awk '/exporter-1/ {print $1}')
answers 64 "is of role root, not of role exporter; say --role root" ferry-export --point hq trust rotate "$root"
answers 64 "is of role exporter, not of role root; say --role exporter" ferry-export --point hq trust rotate "$exporter" --role root
equal "and no trust file came of it" "$(ls hq/trust)" "exporters.pem
followed
trust-0001.xml"
# A bundle that nobody trusted signed.
new_exporter stranger updates "$work/catalog/updates"
ferry_export --point stranger sync >out
ferry_export --point stranger export --site plant-1 -o strange >out
exits 11 "is refused" ferry_import verify strange --trust hq/trust/trust-0001.xml
says "do not use this bundle, ask its publisher" "and says what to do"
finish
