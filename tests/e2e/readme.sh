#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What README prints is what works: its commands for a courier with stock tools, its tour, the quickstart.
# shellcheck source=tests/support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source=tests/support/fences.sh
. "$FERRY_SOURCE_ROOT/tests/support/fences.sh"
readme=$FERRY_SOURCE_ROOT/README.md

# The code block of README that holds a line beginning with this text.
block() { block_of "$readme" "$1"; }
program_path

# The quickstart, twice: it may be run again.
exits 0 "the quickstart runs" "$FERRY_SOURCE_ROOT/samples/quickstart.sh" demo
says "equal: " "and ends with equal states"
exits 0 "the quickstart runs again" "$FERRY_SOURCE_ROOT/samples/quickstart.sh" demo
mkdir strange && touch strange/file
exits 64 "the quickstart does not touch a directory that is not its own" \
  "$FERRY_SOURCE_ROOT/samples/quickstart.sh" strange

# The courier's commands, literally, on a bundle of the name that README uses.
sample_catalog vendor
new_exporter hq scup "$work/vendor/scup" plant-1
ferry_export --point hq sync >/dev/null
ferry_export --point hq export --site plant-1 -o courier >/dev/null
cp hq/trust/exporters.pem courier/
block "tar tf" >courier.sh
equal "README shows the courier's five commands" "$(grep -cE '^(tar|zstd|openssl)' courier.sh)" 4
# Without pipefail: head closes the pipe on zstd, which is what a person sees too.
exits 0 "and they succeed as printed" bash -c 'cd courier && bash -eu ../courier.sh'
says "put " "they show the first record"
says "CMS Verification successful" "and that the signature is valid"
printf 'x' >>courier/manifest.xml
exits 4 "openssl refuses a changed manifest" bash -c "cd courier && $(grep '^openssl' courier.sh)"

# The tour's point.toml is one that the program takes.
ferry-export --point tour init --name headquarters >/dev/null
block '[point]' | sed "s|/srv/catalogs/vendor.cab|$work/vendor/scup|" >tour/point.toml
exits 0 "README's first commands work: trust init" ferry-export --point tour trust init
exits 0 "README's point.toml is accepted" ferry-export --point tour sync
exits 0 "README's export works" ferry-export --point tour export --site plant-1 -o stick
exits 0 "README's import works" bash -c \
  'ferry-import --point plant init --trust tour/trust/trust-0001.xml --site plant-1 && ferry-import --point plant import stick'

# Every command has help with an example, and README names every command.
for program in ferry-export ferry-import; do
  for command in $("$program" --help | sed -n '/Subcommands/,$p' | awk '/^  [a-z]/ {print $1}'); do
    "$program" "$command" --help >help 2>&1
    case $command in
      trust) "$program" trust init --help >help 2>&1 ;;
      content) "$program" content add --help >help 2>&1 ;;
      schedule) "$program" schedule install --help >help 2>&1 ;;
      write) "$program" write wsus --help >help 2>&1 ;;
    esac
    claim "$program $command --help shows an example" grep -q "Example:" help
    claim "README names $program $command" grep -qE "\`${command}[ \`]|\`[^\`]*\`, \`${command}" "$readme"
  done
done
finish
